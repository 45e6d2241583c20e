"""Gaps of hours: what is planted is found to the hour, and what chance leaves out is not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from analytics.drift import silence, tables, traffic, words_mix
from analytics.drift.mixes import Gap
from analytics.scope import Scope
from analytics.viewer import local_viewer
from analytics.warehouse import import_files, open_reader

ZONE = "Europe/Berlin"
WEEK = 24 * 7


def hours(volume: float, weeks: int = 8, seed: int = 1) -> pd.Series:
    """Poisson counts with a shape of the day: nothing at night, twice as much at noon."""
    at = pd.date_range("2026-09-01", periods=weeks * WEEK, freq="h", tz=ZONE)
    day = np.clip(1 + np.sin((at.hour - 6) / 24 * 2 * np.pi), 0, 2) * (at.hour >= 4)
    return pd.Series(np.random.default_rng(seed).poisson(volume * day).astype(float), at)


def berlin(text: str) -> datetime:
    """A time of the business zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


def found(rows: pd.Series) -> list[tuple[datetime, datetime]]:
    """Start and end of each gap."""
    return [g.hours for g in silence.silent(rows) if g.hours is not None]


@pytest.mark.parametrize("volume", [0.2, 2.0, 20.0, 200.0])
def test_quiet_weeks_have_no_gap(volume: float) -> None:
    """Sixty times eight weeks: less than one in a thousand each is meant."""
    assert [g for seed in range(60) for g in found(hours(volume, seed=seed))] == []


def test_planted_hours_are_found_to_the_hour() -> None:
    rows = hours(20)
    rows.loc["2026-10-07 10:00":"2026-10-07 13:00"] = 0.0
    rows.loc["2026-10-10 22:00":"2026-10-11 08:00"] = 0.0  # over a night in which nothing ever comes
    assert found(rows) == [
        (berlin("2026-10-07 10:00"), berlin("2026-10-07 14:00")),
        (berlin("2026-10-10 22:00"), berlin("2026-10-11 09:00")),
    ]


def test_how_many_silent_hours_are_surprising_follows_from_their_volume() -> None:
    """By hand: exp(−Λ) times the hours of eight weeks lies below a thousandth from Λ = 14.1 on."""
    assert np.log(8 * WEEK / silence.ONCE) == pytest.approx(14.1, abs=0.05)
    for volume, least in ((8.0, 2), (4.0, 4), (1.0, 15)):
        rows = pd.Series(volume, pd.date_range("2026-09-07", periods=8 * WEEK, freq="h", tz="UTC"))
        for n in (least - 1, least):
            some = rows.copy()
            some.iloc[500 : 500 + n] = 0.0
            assert len(found(some)) == (n == least), (volume, n)


def test_what_comes_in_lumps_is_silent_more_often() -> None:
    """Cases of ten rows at a time: silence that ten times as many single rows would make surprising is none."""
    at = pd.date_range("2026-09-07", periods=8 * WEEK, freq="h", tz="UTC")
    named = []
    for seed in range(30):
        chance = np.random.default_rng(seed)
        named += found(pd.Series(10.0 * chance.poisson(3, len(at)), at))
    assert named == []
    rows = pd.Series(np.random.default_rng(1).poisson(30, len(at)).astype(float), at)
    rows.iloc[700] = 0.0
    assert len(found(rows)) == 1, "of single rows one such hour is a gap"


def test_whole_days_and_another_offset_are_no_gaps_of_hours() -> None:
    rows = hours(50)
    rows.loc["2026-10-07"] = 0.0
    assert found(rows) == []
    work = pd.date_range("2026-10-01", periods=6 * WEEK, freq="h", tz=ZONE)  # winter time begins on 25 October
    opened = pd.Series(np.where((work.hour >= 8) & (work.hour < 18) & (work.day_of_week < 5), 40.0, 0.0), work)
    assert found(opened) == []
    for zone in ("Africa/Cairo", "America/Havana"):  # days that begin at one o'clock, where clocks go forward
        utc = pd.date_range("2026-03-01", periods=9 * WEEK, freq="h", tz="UTC")
        assert found(pd.Series(9.0, utc.tz_convert(zone))) == []


def test_they_are_told_in_words_tables_and_records(tmp_path: Path) -> None:
    at = pd.date_range("2026-09-01", periods=6 * WEEK * 20, freq="3min")
    at = at[(at < "2026-10-07 01:00") | (at >= "2026-10-07 05:00")]
    frame = pd.DataFrame({"event_id": [f"e{i}" for i in range(len(at))], "occurred_at": at, "score": 0.1})
    frame.assign(model_id="m", model_version="1", region="EMEA").to_parquet(tmp_path / "d.parquet")
    (tmp_path / "m.csv").write_text("model_id,model_version,threshold\nm,1,0.5\n")
    import_files(tmp_path / "w", "models", [str(tmp_path / "m.csv")], zone=ZONE)
    import_files(tmp_path / "w", "detections", [str(tmp_path / "d.parquet")])
    reader = open_reader(tmp_path / "w", local_viewer())
    then, now = (Scope("m", "1", until=berlin("2026-10-01")), Scope("m", "1", since=berlin("2026-10-01")))
    t = traffic.traffic(reader, then, now).result
    assert [g.hours for g in t.gaps] == [(berlin("2026-10-07 03:00"), berlin("2026-10-07 07:00"))]
    assert words_mix.gaps(t) == "7 Oct 03:00–07:00 nothing came (window)"
    assert words_mix.beside(t).endswith("7 Oct 03:00–07:00 nothing came (window).")
    assert tables.gaps(t)["when"].tolist() == ["7 Oct 03:00–07:00"]
    told = t.to_record()["gaps"][0]["hours"]
    assert told == {"since": "2026-10-07T01:00:00Z", "until": "2026-10-07T05:00:00Z"}
    assert "Hours without an event" in words_mix.gaps_note(t)
    of_slice = (Scope("m", "1", s.since, s.until, where=(("region", "EMEA"),)) for s in (then, now))
    none = traffic.traffic(reader, *of_slice).result
    assert none.gaps == () and "Of a slice only whole days" in words_mix.gaps_note(none)


def test_less_than_four_weeks_tell_no_hours(tmp_path: Path) -> None:
    at = pd.date_range("2026-09-01", periods=27 * 24, freq="h")
    frame = pd.DataFrame({"event_id": [f"e{i}" for i in range(len(at))], "occurred_at": at, "score": 0.1})
    frame.assign(model_id="m", model_version="1").to_parquet(tmp_path / "d.parquet")
    (tmp_path / "m.csv").write_text("model_id,model_version,threshold\nm,1,0.5\n")
    import_files(tmp_path / "w", "models", [str(tmp_path / "m.csv")])
    import_files(tmp_path / "w", "detections", [str(tmp_path / "d.parquet")])
    reader = open_reader(tmp_path / "w", local_viewer())
    scope = Scope("m", "1")
    t = traffic.traffic(reader, scope, scope).result
    assert t.no_hours == "Hours are looked at from 4 weeks of data on."
    assert "unusual silence" not in words_mix.gaps(t)


def test_a_gap_over_midnight_names_both_days() -> None:
    start, end = berlin("2026-10-07 22:00"), berlin("2026-10-08 03:00")
    gap = Gap("nothing came", start.date(), end.date(), 1.0, "", (start, end))
    assert words_mix.when(gap) == "7 Oct 22:00 to 8 Oct 03:00"
    late = Gap("nothing came", start.date(), start.date(), 1.0, "", (start, berlin("2026-10-08 00:00")))
    assert words_mix.when(late) == "7 Oct 22:00–24:00"
