"""What was known then and what is known now: the day on which they differ most, and how it is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from analytics.efficacy import measures, revised, words_known
from analytics.efficacy.results import Confusion, Efficacy
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader

START = date(2026, 3, 2)
SCOPE = Scope(model="m", version="1")
DAYS = 28
BAD, GOOD = range(10, 15), range(17, 21)
"""Days of which labels came on day 15, or on day 21: of the first, half of the alarms were wrong, of the others as
everywhere."""


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Twenty alarms a day, all judged a day later, but those of two spans late; 18 of 20 right, of the first span 4."""
    (tmp_path / "models.csv").write_text("model_id,model_version,threshold\nm,1,0.5\n")
    import_files(tmp_path / "w", "models", [str(tmp_path / "models.csv")])
    rows = []
    for d in range(DAYS):
        came = 15 if d in BAD else 21 if d in GOOD else d + 1
        for k in range(40):
            at = datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=d, minutes=k)
            judged = datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(days=came)
            right = k < (4 if d in BAD else 18)
            rows.append((f"e{d}-{k}", at.isoformat(), 0.9 if k < 20 else 0.1, int(right), judged.isoformat()))
    columns = ["event_id", "occurred_at", "score", "label", "labelled_at"]
    frame = pd.DataFrame(rows, columns=columns).assign(model_id="m", model_version="1", label_source="adjudication")
    frame = frame.assign(decision=frame["score"].map({0.9: "block", 0.1: "allow"}))
    frame.to_csv(tmp_path / "d.csv", index=False)
    report = import_files(tmp_path / "w", "detections", [str(tmp_path / "d.csv")])
    assert report.rejected == 0, report.reasons
    return open_reader(tmp_path / "w", local_viewer())


def test_the_day_of_the_largest_difference_is_found(reader: Reader) -> None:
    """At the end of day 14 the labels of five days were missing, which then turned out to be worse than all before."""
    day = revised.differing(reader, SCOPE).result
    assert day == START + timedelta(days=14)
    at = datetime(2026, 3, 17, tzinfo=UTC)
    then, now = (measures.efficacy(reader, s).result for s in revised.then_and_now(SCOPE, at))
    assert (then.n_labelled, now.n_labelled) == (10 * 40, 15 * 40)
    assert then.estimates["precision"].value == pytest.approx(0.9)
    assert now.estimates["precision"].value == pytest.approx((10 * 18 + 5 * 4) / (15 * 20))
    said = words_known.then_and_now(then, now)
    assert said.startswith("200 labels have come since: ")
    assert "right alarms 90 % (85–93 %) then, 67 % (61–72 %) now" in said
    # A window that begins later does not know of them, and one of a week holds no more than its first.
    assert revised.differing(reader, Scope("m", "1", since=datetime(2026, 3, 13, tzinfo=UTC))).result != day
    assert revised.differing(reader, Scope("m", "1", since=datetime(2026, 3, 24, tzinfo=UTC))).result is None


def test_the_days_compared_are_those_with_most_labels_to_come() -> None:
    def late(rows: list[tuple[int, int, int]]) -> list[int]:
        frame = pd.DataFrame(rows, columns=["happened", "known", "n"])
        for column in ("happened", "known"):
            frame[column] = [START + timedelta(days=d) for d in frame[column]]
        return [(d - START).days for d in revised._late(frame)]

    # Mondays are days 0, 7, 14, … At the end of day 9 five labels are to come, of 10 and 11 eight, of 12 three.
    assert late([(0, 0, 1), (9, 12, 5), (10, 13, 3)]) == [10]
    assert late([(0, 0, 1), (9, 12, 5), (16, 17, 6), (23, 24, 1), (30, 31, 2), (37, 38, 3)]) == [16, 9, 37, 30]
    assert late([(0, 1, 9), (3, 5, 9)]) == []  # the first week says nothing
    assert late([(0, 0, 9), (20, 20, 9)]) == []
    assert late([]) == []


def told(precision: Estimate, recall: Estimate, labelled: int) -> Efficacy:
    """Return what two figures were, of so many labelled rows."""
    estimates = {"precision": precision, "recall": recall}
    return Efficacy(
        "m", "1", 0.5, "asked", "production", "audit", Confusion(1, 1, 1, 1), 10, 10.0, None, 10, labelled, estimates
    )


def test_both_figures_are_told_with_their_intervals() -> None:
    a, b = Estimate(0.45, 0.39, 0.52, 200), Estimate(0.25, 0.21, 0.30, 400)
    wide, narrow = Estimate(0.6, 0.01, 0.66, 200, basis="audit"), Estimate(0.5, 0.02, 0.58, 400, basis="audit")
    none = Estimate(None, 0.1, 0.9, 5, quality="not_measurable")
    assert words_known.then_and_now(told(a, wide, 200), told(b, narrow, 1_100)) == (
        "900 labels have come since: right alarms were 45 % (39–52 %) as known then, 25 % (21–30 %) as known now; "
        "attacks caught most likely 60 % (1–66 %) then, 50 % (2–58 %) now"
    )
    assert words_known.then_and_now(told(b, none, 200), told(b, narrow, 201)) == (
        "1 label has come since: attacks caught were not measurable (the labels allow 10–90 %) as known then, "
        "50 % (2–58 %) as known now"
    )
    same = told(a, wide, 200), told(a, wide, 202)
    assert words_known.then_and_now(*same) == (
        "2 labels have come since; right alarms and attacks caught read the same"
    )
    assert words_known.differs_most(*same) == ""
    assert words_known.differs_most(told(a, wide, 200), told(b, wide, 201)).endswith("differ most on this one.")
