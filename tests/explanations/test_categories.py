"""Models that see categories: explained as shap does, and only values that they know can be tried."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.errors import BadInput
from analytics.explanations import batch, door, drivers, measures, words, words_drivers
from analytics.explanations import words_asked as asked_words
from analytics.explanations.categories import categories
from analytics.explanations.door import Offered
from analytics.explanations.flip import nearest_flip
from analytics.explanations.inputs import Inputs
from analytics.explanations.results import Agreement, Explanation, NotExplained
from analytics.explanations.searching import Flip
from analytics.explanations.what_if import WhatIf, what_if
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, explained, open_reader
from tests.explanations import made

COLUMNS, HOSTILE = made.CATEGORY_COLUMNS, made.HOSTILE_CATEGORY
SCOPES = (Scope("k", "encoded"), Scope("k", "onnx"))


@pytest.fixture(scope="module")
def model() -> tuple[Any, pd.DataFrame]:
    """A pipeline that encodes a word, and its rows."""
    return made.make_categories()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, model: tuple[Any, pd.DataFrame]) -> Reader:
    """A warehouse of them, the model once of skops and once of ONNX."""
    folder = tmp_path_factory.mktemp("categories")
    made.add_categories(folder / "warehouse", folder, *model)
    return open_reader(folder / "warehouse", local_viewer())


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Reader, Any, pd.DataFrame]:
    """The same with ports."""
    fitted, x = made.make_categories(("22", "80", "443"))
    folder = tmp_path_factory.mktemp("digits")
    made.add_categories(folder / "warehouse", folder, fitted, x)
    return open_reader(folder / "warehouse", local_viewer()), fitted, x


@pytest.mark.parametrize("scope", SCOPES, ids=["skops", "onnx"])
def test_categories_have_the_values_of_shap(reader: Reader, model: Any, scope: Scope) -> None:
    shap = pytest.importorskip("shap")
    fitted, x = model
    asked = door.looked_up(reader, scope, "k7", None, door.Trace(reader))
    assert not isinstance(asked, NotExplained)
    kinds = sorted(set(x["protocol"]))

    def coded(rows: pd.DataFrame) -> np.ndarray:
        return np.column_stack([rows["f.size"], rows["f.protocol"].map(kinds.index)]).astype(float)

    def theirs(rows: np.ndarray) -> np.ndarray:
        told = pd.DataFrame({"size": rows[:, 0], "protocol": [kinds[int(k)] for k in rows[:, 1]]})
        return fitted.predict_proba(told)[:, 1]

    explainer = shap.explainers.Exact(theirs, shap.maskers.Independent(coded(asked.ordinary), 500))
    want = explainer(coded(asked.row))
    e = measures.explain(reader, scope, "k7").result
    assert isinstance(e, Explanation)
    mine = {c.column: c for c in (*e.raised, *e.lowered)}
    np.testing.assert_allclose([mine[f"f.{c}"].value for c in COLUMNS], want.values[0], atol=1e-6)
    assert e.base == pytest.approx(float(want.base_values[0]), abs=1e-6)
    assert mine["f.protocol"].word == x["protocol"][7]
    assert words.compared(mine["f.protocol"], 200).startswith("“")
    assert "protocol “" in e.sentence and "\u202e" not in e.sentence
    told = measures.check(reader, scope, "k7").result
    assert isinstance(told, Agreement) and told.n == 2


@pytest.mark.parametrize("scope", SCOPES, ids=["skops", "onnx"])
def test_only_known_values_are_offered_and_taken(reader: Reader, model: Any, scope: Scope) -> None:
    fitted, x = model
    offered = door.offered(reader, scope, "k7").result
    assert isinstance(offered, Offered)
    size, protocol = offered.features
    assert size.options == () and protocol.options == tuple(sorted({HOSTILE, "tcp", "udp"}))
    assert protocol.word == x["protocol"][7]
    assert "\u202e" not in asked_words.usual(door.Feature("p", "f.p", *[np.nan] * 4, False, (HOSTILE,), HOSTILE, "tcp"))
    for word in protocol.options:
        w = what_if(reader, scope, "k7", None, {"f.size": 0.5, "f.protocol": word}).result
        assert isinstance(w, WhatIf)
        want = fitted.predict_proba(pd.DataFrame({"size": [0.5], "protocol": [word]}))[0, 1]
        assert w.changed.score == pytest.approx(want, abs=1e-6)
    for edited in ({"f.size": 0.5, "f.protocol": "icmp"}, {"f.size": 0.5, "f.protocol": 3.0},
                   {"f.size": "tcp", "f.protocol": "tcp"}):  # fmt: skip
        with pytest.raises(BadInput, match=r"is none that (size|protocol) can have"):
            what_if(reader, scope, "k7", None, edited)


@pytest.mark.parametrize("scope", SCOPES, ids=["skops", "onnx"])
def test_the_nearest_change_leaves_categories_and_says_so(reader: Reader, model: Any, scope: Scope) -> None:
    fitted, x = model
    alarm = next(f"k{i}" for i in range(300) if fitted.predict_proba(x.iloc[[i]])[0, 1] >= 0.5)
    f = nearest_flip(reader, scope, alarm, None).result
    assert isinstance(f, Flip) and f.found and [c.column for c in f.changes] == ["f.size"]
    assert "Categories stayed as they are." in asked_words.tried(f)
    row = x.iloc[[int(alarm[1:])]].assign(size=f.changes[0].value)
    assert f.score == pytest.approx(fitted.predict_proba(row)[0, 1], abs=1e-6)


def test_batches_store_them(reader: Reader) -> None:
    said = list(batch.run(reader, list(SCOPES), 30, 0, lambda *_: None))
    assert [(s["explained"], s["failed"]) for s in said[:2]] == [(30, 0), (30, 0)]
    now = open_reader(reader.directory, local_viewer())
    for scope in SCOPES:
        rows = pd.read_parquet(explained.files(now, scope, now.query).listed["path"].iloc[0])
        np.testing.assert_allclose(rows["base"] + rows["added"].map(np.sum), rows["output"], atol=1e-6)
        e = measures.explain(now, scope, str(rows["event_id"].iloc[0])).result
        assert isinstance(e, Explanation) and e.source.startswith("This was worked out beforehand")
        d = drivers.drivers(now, scope, "random").result
        assert d is not None and {o.name for o in d.drivers} == set(COLUMNS)
        assert words_drivers.beeswarm_note(d, 100).endswith("orange high; of categories: orange raised, blue lowered.")


def test_columns_of_an_encoder_are_found_however_they_were_chosen() -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    names = ["size", "kind", "age", "flag"]
    frame = pd.DataFrame({"size": [1.0, 2], "kind": ["b", "a"], "age": [3.0, 4], "flag": ["y", None]})
    known = {"kind": ("a", "b"), "flag": ("y",)}
    filled = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    mask, array = [False, True, False, True], frame.to_numpy()
    for rows, chosen in ((array, [1, 3]), (array, [-3, -1]), (array, slice(1, 4, 2)), (array, mask),
                         (frame, ["kind", "flag"]), (frame, mask)):  # fmt: skip
        for encoder in (OneHotEncoder(), filled):
            given = rows if encoder is filled else rows.copy()
            fitted = ColumnTransformer([("word", encoder, chosen)], remainder="passthrough").fit(given)
            assert categories(fitted, names) == known, (chosen, encoder)
    encoder = ColumnTransformer([("word", OneHotEncoder(), slice("kind", "flag"))]).fit(frame)
    assert {n: k for n, k in categories(encoder, names).items() if n != "age"} == known


@pytest.mark.parametrize("scope", SCOPES, ids=["skops", "onnx"])
def test_words_that_are_numbers_are_given_as_they_were_learned(digits: Any, scope: Scope) -> None:
    """An import stores them as numbers: 80 is 80.0 there, and the model knows "80"."""
    reader, fitted, x = digits
    e = measures.explain(reader, scope, "k7").result
    assert isinstance(e, Explanation) and not e.other_scale
    assert e.score == pytest.approx(fitted.predict_proba(x)[7, 1], abs=1e-6)
    offered = door.offered(reader, scope, "k7").result
    assert isinstance(offered, Offered)
    protocol = offered.features[1]
    assert (protocol.options, protocol.word) == (("22", "443", "80"), x["protocol"][7])
    w = what_if(reader, scope, "k7", None, {"f.size": 0.5, "f.protocol": "443"}).result
    assert isinstance(w, WhatIf)
    want = fitted.predict_proba(pd.DataFrame({"size": [0.5], "protocol": ["443"]}))[0, 1]
    assert w.changed.score == pytest.approx(want, abs=1e-6)
    spelled = Inputs(("f.tls",), (False,), (("1.0", "1.2"),)).spelled(0, pd.DataFrame({"f.tls": [1.0, 1.2, "80.0"]}))
    assert spelled == ["1.0", "1.2", "80.0"], "as the model knows it, and words as they are"
