"""How much was checked a day, by what, and how many alarms a day were false: as the overview tells it, by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from analytics.efficacy import consequences, measures, words_threshold
from analytics.efficacy.assumptions import Assumptions
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import Reader, import_files, open_reader

START = datetime(2026, 3, 2, tzinfo=UTC)
SCOPE = Scope("m", "1", START, START + timedelta(days=2))
Build = Callable[..., Reader]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Two days of counts: an hour 50 pass and 10 are blocked, and on the first day 20 are not scored."""

    def make(mode: str = "act", scored: bool = True) -> Reader:
        rows = ["model_id,model_version,hour,mode,decision,score,unscored_reason,count"]
        for h in range(48):
            at = (START + timedelta(hours=h)).isoformat()
            if scored:
                rows += [f"m,1,{at},{mode},allow,0.1,,50", f"m,1,{at},{mode},block,0.9,,10"]
            if h < 24:
                rows.append(f"m,1,{at},{mode},allow,,time-out,20")
        for kind, text in (
            ("models", "model_id,model_version,threshold\nm,1,0.5"),
            ("counts", "\n".join(rows)),
        ):
            (tmp_path / f"{kind}.csv").write_text(text + "\n")
            report = import_files(tmp_path / "w", kind, [str(tmp_path / f"{kind}.csv")])
            assert report.rejected == 0, report.reasons
        return open_reader(tmp_path / "w", local_viewer())

    return make


def said(reader: Reader, scope: Scope = SCOPE) -> str:
    """What the section says."""
    e = measures.efficacy(reader, scope).result
    return words_threshold.checked(e, consequences.checked(reader, scope).result)


def test_what_was_checked_a_day_and_by_what(build: Build) -> None:
    reader = build()
    found = consequences.checked(reader, SCOPE).result
    assert (found.value, found.low, found.high, found.represents) == (60 * 24, 60 * 24, 60 * 24, 60 * 48)
    # 2,880 of 3,360 events; of the second day all
    assert said(reader) == "1,440 events a day were checked; 85.7 % of all by a model that can stop them"
    second = replace(SCOPE, since=START + timedelta(days=1))
    assert said(reader, second) == "1,440 events a day were checked; 100 % of all by a model that can stop them"


def test_a_model_that_only_alerts_and_one_that_checked_nothing(build: Build) -> None:
    assert said(build("shadow")) == "1,440 events a day were checked by a model that only alerts"


def test_nothing_checked_is_said(build: Build) -> None:
    assert said(build(scored=False)) == "Nothing was checked"


def test_of_less_than_an_hour_no_number_a_day_is_told(build: Build) -> None:
    e = measures.efficacy(build(), SCOPE).result
    unknown = Estimate(None, None, None, 0, represents=60.0, quality="not_measurable")
    assert words_threshold.checked(e, unknown) == "85.7 % of all events were checked by a model that can stop them"


def test_the_tile_of_right_alarms_tells_how_many_were_false_a_day(build: Build) -> None:
    reader = build()
    e, none = measures.efficacy(reader, SCOPE).result, Assumptions()
    now = consequences.consequences(reader, SCOPE, 0.5, none).result
    false = Estimate(12.4, 10.0, 21.6, 50, unit="count")
    for found, line in ((false, "12 false alarms a day (10–22)"), (replace(false, low=None), "12 false alarms a day")):
        tiles = dict(words_threshold.tiles(e, replace(now, false_alarms=found), None, none, "", {}))
        assert tiles["precision"].why.split("\n")[0] == line
    tiles = dict(words_threshold.tiles(e, now, None, none, "", {}))
    assert now.false_alarms.value is None
    assert "false alarms a day" not in tiles["precision"].why
