"""On public sets of web payloads, generated domains and prompts: values add up, are shap's, and so do the marks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.explanations import batch
from analytics.explanations.measures import explain
from analytics.explanations.results import Explanation
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, explained, import_files, open_reader

pytestmark = pytest.mark.shared_data
ROWS = 800
SCOPE = Scope("real", "1")


def prompts(data: Path) -> pd.DataFrame:
    """Prompts that inject something, and harmless ones with and without words that alarm."""
    folder = data / "prompt-injection-piguard"
    read = lambda name: json.loads((folder / name).read_text(encoding="utf-8"))  # noqa: E731
    bad = [p for name in ("BIPIA_text.json", "BIPIA_code.json") for texts in read(name).values() for p in texts]
    wild = json.loads((data / "prompt-jailbreaks-in-the-wild" / "inthewild_jailbreak_llms.json").read_text())
    good = [p["prompt"] for name in ("NotInject_one.json", "NotInject_two.json", "wildguard.json") for p in read(name)]
    texts = [*bad, *wild[:200], *good]
    return pd.DataFrame({"payload": texts, "attack": [i < len(texts) - len(good) for i in range(len(texts))]})


def payloads_of_the_web(data: Path) -> pd.DataFrame:
    """Values of HTTP parameters."""
    rows = pd.read_csv(data / "waf-httpparams" / "payload_test.csv", dtype=str, keep_default_na=False)
    return pd.DataFrame({"payload": rows["payload"], "attack": rows["label"] == "anom"})


def domains(data: Path) -> pd.DataFrame:
    """Names of domains, generated ones and others."""
    rows = pd.read_csv(data / "dga-families" / "domains.csv", dtype=str, keep_default_na=False)
    return pd.DataFrame({"payload": rows["domain"], "attack": rows["label"] == "dga"})


@pytest.fixture(scope="module", params=[payloads_of_the_web, domains, prompts], ids=lambda f: f.__name__)
def real(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory,
    save: Callable[..., Path],
) -> tuple[Reader, Any]:  # fmt: skip
    """A warehouse of a set, scored by a small model that was trained on half of it, and that model."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    rows = request.param(shared_data)
    rows = rows[rows["payload"].str.strip() != ""].sample(ROWS, random_state=0, ignore_index=True)
    train, test = rows.iloc[: ROWS // 2], rows.iloc[ROWS // 2 :].reset_index(drop=True)
    grams = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True, min_df=2)
    model = make_pipeline(grams, LogisticRegression(C=5)).fit(train["payload"], train["attack"])
    score = model.predict_proba(test["payload"])[:, 1]
    folder = tmp_path_factory.mktemp("real")
    frame = test.assign(model_id="real", model_version="1", score=score).drop(columns="attack")
    at = pd.Timestamp("2026-11-01") + pd.to_timedelta(np.arange(len(test)), unit="h")
    frame.assign(event_id=[f"r{i}" for i in range(len(test))], occurred_at=at).to_parquet(folder / "d.parquet")
    (folder / "m.csv").write_text("model_id,model_version,threshold\nreal,1,0.5\n")
    import_files(folder / "warehouse", "models", [str(folder / "m.csv")])
    assert import_files(folder / "warehouse", "detections", [str(folder / "d.parquet")]).rejected == 0
    save(folder / "warehouse", model, model_id="real")
    said = list(batch.run(open_reader(folder / "warehouse", local_viewer()), [SCOPE], 200, 50, lambda *_: None))
    assert said[0]["failed"] == 0
    return open_reader(folder / "warehouse", local_viewer()), model


def test_stored_values_add_up_and_are_those_of_shap(real: tuple[Reader, Any]) -> None:
    shap = pytest.importorskip("shap")
    reader, model = real
    rows = pd.read_parquet(explained.files(reader, SCOPE, reader.query).listed["path"].iloc[0])
    assert len(rows) > 200
    total = rows["base"] + rows["added"].map(np.sum) + rows["rest"]
    np.testing.assert_allclose(total, rows["output"], atol=1e-9)
    files = [str(reader.directory / p) for p in reader.query("SELECT path FROM files")["path"]]
    texts = reader.query("SELECT event_id, payload FROM read_parquet($f)", {"f": files}).set_index("event_id")[
        "payload"
    ]
    np.testing.assert_allclose(
        model.decision_function(texts.loc[rows["event_id"]]),
        rows["output"],
        atol=1e-9,
        err_msg="the model's own output",
    )
    few, grams = rows.head(20), model[0]
    plan = batch.plan(reader, SCOPE, 1, 0)
    assert isinstance(plan, batch.Plan)
    background = shap.maskers.Independent(grams.transform(plan.usual["payload"]).toarray(), len(plan.usual))
    theirs = shap.LinearExplainer(model[1], background).shap_values(
        grams.transform(texts.loc[few["event_id"]]).toarray()
    )
    place = {g: i for i, g in enumerate(grams.get_feature_names_out())}
    for i, row in enumerate(few.to_dict("records")):
        mine = theirs[i][[place[g] for g in row["names"]]]
        np.testing.assert_allclose(row["added"], mine, atol=1e-9)
        np.testing.assert_allclose(row["rest"], theirs[i].sum() - mine.sum(), atol=1e-9)


def test_the_marks_of_every_text_add_up_to_the_total_that_is_shown(real: tuple[Reader, Any]) -> None:
    reader, _ = real
    rows = pd.read_parquet(explained.files(reader, SCOPE, reader.query).listed["path"].iloc[0])
    for event in rows["event_id"].iloc[:: max(1, len(rows) // 12)]:
        e = explain(reader, SCOPE, event).result
        assert isinstance(e, Explanation)
        assert e.source == "This was worked out beforehand, in a batch."
        shown = sum(m.value for m in e.marks)
        assert shown == pytest.approx(sum(e.values), abs=1e-9)
        assert e.base + shown + e.rest == pytest.approx(e.output, abs=1e-6)
