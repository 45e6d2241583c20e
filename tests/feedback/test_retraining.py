"""The retraining check against scikit-learn and statsmodels on the exported files."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from statsmodels.stats.contingency_tables import mcnemar
from typer.testing import CliRunner

from analytics.cli import app
from analytics.errors import NoData
from analytics.feedback import retraining, words_retraining
from analytics.feedback.export import export
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, open_reader
from tests.explanations import onnx_made as made

SCOPE = Scope("m")


@pytest.fixture(scope="module")
def found(still: Reader) -> retraining.Evaluation:
    """The candidate fitted anew."""
    return retraining.evaluate(still, SCOPE).result


@pytest.fixture(scope="module")
def later(still: Reader, built: Any, found: retraining.Evaluation, tmp_path_factory: Any) -> pd.DataFrame:
    """The test split with what a model fitted by hand on the training split says."""
    folder: Path = export(still, SCOPE, tmp_path_factory.mktemp("by hand")).result.folder
    train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    model = LogisticRegression(C=0.5).fit(train[["f.size"]].to_numpy(), train["is_attack"])
    assert found.learned == (len(train), train["is_attack"].sum())
    every = built.events[
        (built.events["occurred_at"] >= found.card.validation_from.replace(tzinfo=None))
        & (built.events["occurred_at"] < found.card.test_from.replace(tzinfo=None))
    ]
    score = model.predict_proba(every[["f.size"]].to_numpy())[:, 1]
    assert (score >= found.threshold).sum() == (every["v1"] >= 0.7).sum(), "as many alarms as the version in use"
    return test.assign(new=model.predict_proba(test[["f.size"]].to_numpy())[:, 1] >= found.threshold)


def test_it_counts_what_is_newly_caught_and_newly_flagged(found: retraining.Evaluation, later: pd.DataFrame) -> None:
    for c, version in zip(found.comparisons, ("1", "2"), strict=True):
        old = later[f"score.{version}"] >= 0.7
        attack, new = later["is_attack"], later["new"]
        assert c.against == version
        assert (c.caught_new, c.caught_lost) == ((attack & new & ~old).sum(), (attack & ~new & old).sum())
        assert (c.caught_both, c.missed_both) == ((attack & new & old).sum(), (attack & ~new & ~old).sum())
        assert (c.flagged_new, c.flagged_gone) == ((~attack & new & ~old).sum(), (~attack & ~new & old).sum())
        pairs = [[c.caught_both, c.caught_new], [c.caught_lost, c.missed_both]]
        exact = mcnemar(pairs, exact=True).pvalue
        assert c.p_attacks <= exact
        assert c.p_attacks == pytest.approx(exact, abs=0.2)


def test_the_difference_is_by_weight_and_chance(found: retraining.Evaluation, later: pd.DataFrame) -> None:
    rows = later[later["is_attack"] & later["inclusion_probability"].notna()]
    weight = rows["weight"] / rows["inclusion_probability"]
    gap = rows["new"].astype(float) - (rows["score.1"] >= 0.7)
    e = found.comparisons[0].recall
    assert e.value == pytest.approx(np.average(gap, weights=weight))
    ends = np.array([e.low, e.value, e.high], dtype=float)
    assert (np.diff(ends) > 0).all()
    reported = later[later["is_attack"] & later["inclusion_probability"].isna()]
    assert found.comparisons[0].reported == (
        len(reported), reported["new"].sum(), (reported["score.1"] >= 0.7).sum()
    )  # fmt: skip


def test_it_says_what_was_shown_and_what_was_not(found: retraining.Evaluation) -> None:
    assert words_retraining.headline(found).startswith("No difference beyond chance between 2, fitted anew, and 1: +")
    assert words_retraining.headline(found).endswith("that fitting it anew made it better was not shown")
    sure = replace(found.comparisons[0], recall=replace(found.comparisons[0].recall, value=0.2, low=0.1, high=0.3))
    better = words_retraining.headline(replace(found, comparisons=(sure, sure)))
    told = "2, fitted anew, catches more attacks than 1: +20.0 points (+10.0 to +30.0)"
    assert better == f"{told}; fitting it anew made it better"
    assert f"Fitted on {found.learned[0]} labelled events" in words_retraining.shown(found)[0]
    share = found.unjudged / found.alarms[0]
    assert words_retraining.not_shown(found)[0].startswith(f"{100 * share:.0f} % of its alarms in the later window")
    assert len(words_retraining.table(found)) == 4


def test_without_a_model_file_or_labels_it_says_why(still: Reader, small_warehouse: Any, hostile_name: str) -> None:
    small = open_reader(small_warehouse, local_viewer())
    with pytest.raises(NoData, match="no file of m 1"):
        retraining.evaluate(still, SCOPE, "1")
    with pytest.raises(NoData, match="no file of dns 8"):
        retraining.evaluate(small, Scope("dns"))
    with pytest.raises(NoData, match="there is no candidate") as error:
        retraining.evaluate(small, Scope(hostile_name))
    assert error.value.fix == "Register a candidate (role challenger)."
    with pytest.raises(NoData, match="can be learned from"):
        retraining.evaluate(still, Scope("m", until=datetime(2026, 9, 4, tzinfo=UTC)))


def test_a_candidate_of_onnx_cannot_be_fitted_and_says_so(reader: Reader) -> None:
    (reader.directory / "models" / "m" / "2.skops").unlink()
    file = made.simple(made.mean(), ("rows", 1), axis=made.AXIS)
    made.save(reader.directory, file, model_id="m", model_version="2", columns=["size"])
    with pytest.raises(NoData, match="2 is saved as ONNX, which can be asked but not fitted anew"):
        retraining.evaluate(reader, SCOPE)


def test_the_command_says_the_same(built: Any, found: retraining.Evaluation) -> None:
    words = ["feedback", "evaluate", "-w", str(built.directory), "--model", "m"]
    run = CliRunner().invoke(app, [*words, "--format", "json"])
    assert run.exit_code == 0, run.output
    record = json.loads(run.stdout, parse_constant=pytest.fail)
    assert record["headline"] == words_retraining.headline(found)
    assert record["comparisons"][0]["caught_new"] == found.comparisons[0].caught_new


def test_a_value_that_was_not_learned_is_a_reason() -> None:
    given = np.array([["tcp"], ["udp"]], dtype=object)
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(given, [0, 1])
    rows = SimpleNamespace(given=lambda _: np.array([["icmp"]], dtype=object))
    with pytest.raises(NoData, match="holds a value that the training part does not have"):
        retraining._scores(model, cast("Any", rows), pd.DataFrame({"x": [1]}))
