"""Why rows were served otherwise than scored, against a slow count of the same rows in pandas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.efficacy import measures, words_served
from analytics.efficacy.served import Otherwise, Served, served
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader

START = datetime(2026, 3, 2, tzinfo=UTC)
CHANGE = START + timedelta(days=4)
MODEL = {"model_id": "m", "model_version": "1"}


def drawn(n: int = 600) -> pd.DataFrame:
    """Rows of every kind: scored or not, acted on or not, rules, modes, two versions, labelled late or never."""
    rng = np.random.default_rng(4)
    at = [START + timedelta(minutes=20 * int(i)) for i in range(n)]
    score = np.round(rng.random(n), 2)
    late = [timedelta(days=int(d)) for d in rng.integers(0, 9, n)]
    decided = np.where(rng.random(n) < 0.6, np.where(score >= 0.5, "block", "allow"), "")
    other = rng.choice(["allow", "alert", "block"], n)
    return pd.DataFrame(
        {
            "model_id": "m",
            "model_version": rng.choice(["1", "2"], n, p=[0.9, 0.1]),
            "event_id": [f"e{i}" for i in range(n)],
            "occurred_at": [t.isoformat() for t in at],
            "score": np.where(rng.random(n) < 0.1, np.nan, score),
            "decision": np.where(rng.random(n) < 0.05, "", np.where(decided == "", other, decided)),
            "mode": rng.choice(["act", "shadow", "log", ""], n, p=[0.7, 0.1, 0.1, 0.1]),
            "rule_hits": rng.choice(["", "r1", "r1,r2"], n, p=[0.6, 0.3, 0.1]),
            "region": rng.choice(["EMEA", "APAC"], n),
            "label": np.where(rng.random(n) < 0.8, (rng.random(n) < 0.4).astype(float), np.nan),
            "labelled_at": [(t + d).isoformat() for t, d in zip(at, late, strict=True)],
        }
    )


def built(folder: Path, frame: pd.DataFrame, thresholds: list[tuple[str, float, datetime]]) -> Reader:
    """Import the rows and the thresholds (action, threshold, effective from)."""
    models = [
        {**MODEL, "action": a, "threshold": t, "effective_from": since.isoformat()} for a, t, since in thresholds
    ] or [MODEL]
    both = [*models, {**MODEL, "model_version": "2"}]
    pd.DataFrame(both).to_csv(folder / "models.csv", index=False)
    frame.to_csv(folder / "d.csv", index=False)
    for kind, name in (("models", "models.csv"), ("detections", "d.csv")):
        report = import_files(folder / "w", kind, [str(folder / name)])
        assert report.rejected == 0, report.reasons
    return open_reader(folder / "w", local_viewer())


LONG_AGO = START - timedelta(days=900)
THRESHOLDS = [("block", 0.95, LONG_AGO), ("alert", 0.3, LONG_AGO), ("alert", 0.5, CHANGE)]
"""The lowest in force was .3 until the fifth day, .5 from then on."""


def told(row: pd.Series, now: float) -> str | None:
    """The reason of one row, by hand; None where score and decision agree, or the decision is not known."""
    acted, flagged = row["decision"] != "allow", row["score"] >= now
    if row["decision"] == "" or acted == flagged:
        return None
    if np.isnan(row["score"]):
        return "unscored"
    if acted == (row["score"] >= (0.3 if datetime.fromisoformat(row["occurred_at"]) < CHANGE else 0.5)):
        return "threshold"
    if not acted and row["mode"] in ("shadow", "log"):
        return "mode"
    return "rule" if row["rule_hits"] else "none"


SCOPES = {
    "all": Scope("m", "1"),
    "early": Scope("m", "1", until=START + timedelta(days=2, hours=5)),
    "middle": Scope("m", "1", START + timedelta(days=3), START + timedelta(days=6)),
    "slice": Scope("m", "1", where=(("region", "EMEA"),)),
    "as known then": Scope("m", "1", known_at=START + timedelta(days=6)),
}


def test_reasons_equal_a_count_by_hand_and_add_up_to_the_differing_rows(tmp_path: Path) -> None:
    frame = drawn()
    reader = built(tmp_path, frame, THRESHOLDS)
    at, known = (pd.to_datetime(frame[c]) for c in ("occurred_at", "labelled_at"))
    seen = set()
    for name, scope in SCOPES.items():
        inside = (frame["model_version"] == "1") & frame["label"].notna()
        for since in filter(None, (scope.since,)):
            inside &= at >= since
        for until in filter(None, (scope.until, scope.known_at)):
            inside &= at < until
        inside &= known <= scope.known_at if scope.known_at else True
        inside &= frame["region"] == "EMEA" if scope.where else True
        mine = frame[inside]
        e, found = measures.efficacy(reader, scope).result, served(reader, scope).result
        # A window that ends before the change is judged by what was in force at its end.
        assert found.threshold == e.threshold == (0.3 if name == "early" else 0.5)
        why = mine.apply(told, axis=1, now=found.threshold)
        expected = mine.assign(why=why, acted=mine["decision"] != "allow").dropna(subset="why")
        by = expected.groupby("why")["acted"]
        assert {o.reason: (o.acted, o.passed) for o in found.otherwise} == {
            why: (int(acted.sum()), int((~acted).sum())) for why, acted in by
        }
        assert found.rows == e.served_differs == len(expected) > 0
        seen |= {o.reason for o in found.otherwise}
    assert seen == {"unscored", "threshold", "mode", "rule", "none"}


def test_without_stored_rules_the_rest_is_not_explained(tmp_path: Path) -> None:
    frame = pd.DataFrame({"score": [0.9, 0.1, 0.1], "decision": ["allow", "block", "allow"], "label": [1, 0, 0]})
    frame = frame.assign(**MODEL, event_id=["a", "b", "c"], occurred_at=START.isoformat())
    found = served(built(tmp_path, frame, [("alert", 0.5, LONG_AGO)]), Scope("m", "1")).result
    assert found == Served(0.5, [Otherwise("none", 1, 1)])
    assert words_served.served(found) == (
        "2 labelled rows were decided otherwise than the score says, all for no reason that is stored"
    )
    assert words_served.table(found).to_numpy().tolist() == [["not explained by what is stored", 1, 1]]


def test_without_a_threshold_nothing_can_be_otherwise(tmp_path: Path) -> None:
    frame = pd.DataFrame({"score": [0.9], "decision": ["allow"], "label": [1], "event_id": ["a"]})
    found = served(built(tmp_path, frame.assign(**MODEL, occurred_at=START.isoformat()), []), Scope("m", "1")).result
    assert found == Served(None, [])
    assert words_served.served(found) == "No threshold is in force, so no decision can be held against one"
    assert words_served.table(found).empty


@pytest.mark.parametrize(
    ("otherwise", "said"),
    [
        ([], "No labelled row was decided otherwise than its score says at the threshold in force"),
        (
            [Otherwise("rule", 1_200, 0), Otherwise("mode", 0, 3)],
            (
                "1,203 labelled rows were decided otherwise than the score says: 1,200 with a rule that fired, 3 while "
                "it could not act"
            ),
        ),
        (
            [Otherwise("unscored", 1, 0)],
            "1 labelled row was decided otherwise than the score says, without a score",
        ),
    ],
)
def test_the_sentence_tells_rows_and_reasons(otherwise: list[Otherwise], said: str) -> None:
    assert words_served.served(Served(0.5, otherwise)) == said
