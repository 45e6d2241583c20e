"""Times: however a file writes them, UTC is stored; what cannot be a time is refused in words."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

NOON = datetime(2026, 7, 1, 12)
T = 1782907200  # 2026-07-01T12:00:00Z
BERLIN = '[time]\nzone = "Europe/Berlin"\n'


def one(place: Any, value: str, toml: str | None = None) -> datetime | str:
    """The stored time of one row of a CSV file, or the reason of its reject."""
    report = place.detections({"occurred_at": value}, toml=toml)
    return place.stored()[0]["occurred_at"] if report.stored else place.rejects(report)[0][2]


@pytest.mark.parametrize(
    ("text", "toml", "utc"),
    [
        ("2026-07-01T12:00:00Z", None, NOON),
        ("2026-07-01T14:00:00+02:00", None, NOON),
        ("2026-07-01T14:00:00+02", None, NOON),
        ("2026-07-01 06:30:00-05:30", None, NOON),
        ("2026-07-01 14:00:00 Europe/Berlin", None, NOON),
        ("2026-07-01 12:00", None, NOON),
        ("2026-07-01", None, datetime(2026, 7, 1)),
        ("2026-07-01 12:00:00.000007", None, NOON.replace(microsecond=7)),
        ("2026-07-01 14:00", BERLIN, NOON),
        ("2026-07-01T12:00:00Z", BERLIN, NOON),
        ("2026-03-29 02:30", BERLIN, datetime(2026, 3, 29, 1, 30)),  # does not exist: read with the offset before
        ("2026-10-25T02:30:00+02:00", BERLIN, datetime(2026, 10, 25, 0, 30)),
        ("2026-10-25T02:30:00+01:00", BERLIN, datetime(2026, 10, 25, 1, 30)),
        ("01.07.2026 14:00", BERLIN + 'format = "%d.%m.%Y %H:%M"', NOON),
        ("01.07.2026 14:00 +0200", BERLIN + 'format = "%d.%m.%Y %H:%M %z"', NOON),
        ("20260701", '[time]\nformat = "%Y%m%d"', datetime(2026, 7, 1)),
        (f"{T}", '[time]\nepoch = "s"', NOON),
        (f"{T}.5", '[time]\nepoch = "s"', NOON.replace(microsecond=500_000)),
        (f"{T}007", '[time]\nepoch = "ms"', NOON.replace(microsecond=7000)),
        (f"{T}000007", '[time]\nepoch = "us"', NOON.replace(microsecond=7)),
        (f"{T}000007000", '[time]\nepoch = "ns"', NOON.replace(microsecond=7)),
        ("17829072", '[time]\nepoch = "ms"\nlost_zeros = true', NOON),
    ],
)
def test_text(place: Any, text: str, toml: str | None, utc: datetime) -> None:
    assert one(place, text, toml) == utc


@pytest.mark.parametrize(
    ("text", "toml"),
    [
        (f"{T}", None),
        ("07/01/2026", None),
        ("2026-02-30", None),
        ("1980-01-01", None),
        ("2101-01-01", None),
        ("now", None),
        ("infinity", None),
        (f"{T}", '[time]\nepoch = "ms"'),
        (f"{T}000", '[time]\nepoch = "s"'),
        ("9" * 40, '[time]\nepoch = "s"'),
        ("2026-07-01", '[time]\nepoch = "s"'),
        ("2026-07-01", '[time]\nformat = "%d.%m.%Y"'),
    ],
)
def test_what_is_no_time_is_refused_with_the_map_line(place: Any, text: str, toml: str | None) -> None:
    assert one(place, text, toml) == (
        f"occurred_at: {text} is not a time between 1990 and 2100 (another way of writing? map it with [time])"
    )


def test_an_ambiguous_hour_is_one_of_its_two_times(place: Any) -> None:
    assert one(place, "2026-10-25 02:30", BERLIN) in (datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30))


def test_a_missing_time_is_named(place: Any) -> None:
    assert one(place, "") == "occurred_at is missing"


WHOLE = [pa.int32(), pa.int64(), pa.uint32(), pa.uint64(), pa.float64(), pa.decimal128(22, 3)]
COLUMNS = [
    *[(pa.array([Decimal(T)], pa.decimal128(22, 3)).cast(t), '[time]\nepoch = "s"', NOON) for t in WHOLE],
    (pa.array([T * 1000], pa.uint64()), '[time]\nepoch = "ms"', NOON),
    (pa.array([T * 10**9], pa.int64()), '[time]\nepoch = "ns"', NOON),
    (pa.array([date(2026, 7, 1)]), None, datetime(2026, 7, 1)),
    (pa.array([date(2026, 7, 1)]), BERLIN, datetime(2026, 6, 30, 22)),
    *[(pa.array([NOON], pa.timestamp(u)), None, NOON) for u in ("s", "ms", "us", "ns")],
    *[(pa.array([NOON], pa.timestamp(u)), BERLIN, datetime(2026, 7, 1, 10)) for u in ("s", "ms", "us", "ns")],
    *[(pa.array([NOON], pa.timestamp(u, "America/New_York")), BERLIN, NOON) for u in ("s", "ms", "us", "ns")],
    (pa.array([20260701]), '[time]\nformat = "%Y%m%d"', datetime(2026, 7, 1)),
]


@pytest.mark.parametrize(("column", "toml", "utc"), COLUMNS, ids=[f"{i}-{c[0].type}" for i, c in enumerate(COLUMNS)])
def test_parquet_types(place: Any, column: pa.Array, toml: str | None, utc: datetime) -> None:
    table = pa.table({"event_id": ["e"], "model_id": ["m"], "model_version": ["1"], "occurred_at": column})
    report = place.imp("detections", place.write("d.parquet", table), toml=toml)
    assert report.reasons == {}
    assert place.stored()[0]["occurred_at"] == utc


@pytest.mark.parametrize("type_", WHOLE, ids=str)
def test_numbers_without_a_unit_are_refused(place: Any, type_: pa.DataType) -> None:
    column = pa.array([Decimal(T)], pa.decimal128(22, 3)).cast(type_)
    table = pa.table({"event_id": ["e"], "model_id": ["m"], "model_version": ["1"], "occurred_at": column})
    report = place.imp("detections", place.write("d.parquet", table))
    assert (report.stored, report.rejected) == (0, 1)
    assert place.rejects(report)[0][2].endswith("(another way of writing? map it with [time])")
