"""The map: how a user's file becomes the contract. Read from TOML, checked when it is read."""

from __future__ import annotations

import difflib
import math
import tomllib
from dataclasses import dataclass, field, fields
from datetime import date, time
from pathlib import Path
from typing import Any

from analytics.errors import BadInput
from analytics.warehouse.connect import is_zone

EPOCHS = {"s": (10, 1_000_000), "ms": (13, 1_000), "us": (16, 1), "ns": (19, 1)}
"""Epoch unit -> digits of a time of our age, microseconds a unit (ns is divided by 1,000)."""


@dataclass(frozen=True, slots=True)
class ScoreMap:
    """How a foreign scale becomes a score in [0, 1], higher = more suspicious; all steps are monotone."""

    sentinel: tuple[float, ...] = ()
    """Values that mean "not scored"."""
    sentinel_reason: str = "sentinel"
    """The unscored_reason of these rows, where the file gives none."""
    lo: float | None = None
    hi: float | None = None
    """Linear: lo becomes 0, hi becomes 1."""
    logit: bool = False
    """The value is log-odds."""
    invert: bool = False
    """The product counts downward."""


@dataclass(frozen=True, slots=True)
class TimeMap:
    """How times are written."""

    epoch: str = ""
    """s | ms | us | ns since 1970; empty for ISO 8601."""
    lost_zeros: bool = False
    """Trailing zeros of the epoch number were lost (17000000005 ms for 1700000000500): pad to full length."""
    zone: str = "UTC"
    """Zone of times that carry no offset."""
    format: str = ""
    """strptime pattern; empty for ISO 8601."""


@dataclass(frozen=True, slots=True)
class Map:
    """Everything that a map file can say; the empty map takes a file as it is."""

    columns: dict[str, str] = field(default_factory=dict)
    """Contract column -> column of the file."""
    constants: dict[str, Any] = field(default_factory=dict)
    """Contract column -> value of every row."""
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Contract column -> {value in the file: value of the contract}; "*" is every other value."""
    score: ScoreMap = field(default_factory=ScoreMap)
    time: TimeMap = field(default_factory=TimeMap)
    delimiter: str = ""
    """Column separator of CSV files; found in the header where empty."""


def read_map(path: Path | None) -> Map:
    """Read a map file.

    Parameters
    ----------
    path
        A TOML file, or None for the empty map.

    Raises
    ------
    BadInput
        The file is missing, is not TOML, or says something that a map cannot say.
    """
    if path is None:
        return Map()
    doing = f"reading the map {path.name}"
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise BadInput(doing, "there is no such file.", "Check the path after --map.") from e
    except OSError as e:
        raise BadInput(doing, f"it cannot be read ({e.strerror}).", "Check the path after --map.") from e
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise BadInput(doing, f"it is not valid TOML: {e}.", "Mend that line.") from e
    _check_keys(doing, "the map", raw, [f.name for f in fields(Map)])
    score: dict[str, Any] = raw.get("score", {})
    times: dict[str, Any] = raw.get("time", {})
    _check_keys(doing, "[score]", score, [f.name for f in fields(ScoreMap)])
    _check_keys(doing, "[time]", times, [f.name for f in fields(TimeMap)])
    score = {**score, "sentinel": _tuple(score.get("sentinel", ()))}
    _check_types(doing, raw, score, times)
    found = Map(
        columns=raw.get("columns", {}),
        constants=raw.get("constants", {}),
        values=raw.get("values", {}),
        score=ScoreMap(**score),
        time=TimeMap(**times),
        delimiter=raw.get("delimiter", ""),
    )
    _check(doing, found)
    return found


def _tuple(value: Any) -> tuple[float, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


_Kind = tuple[str, tuple[type, ...]]
_TEXT: _Kind = ("a text", (str,))
_SWITCH: _Kind = ("true or false", (bool,))
_NUMBER: _Kind = ("a finite number", (int, float))
_VALUE: _Kind = ("a single value", (str, int, float, bool, date, time))
_TABLE: _Kind = ("a table", (dict,))


def _check_types(doing: str, raw: dict[str, Any], score: dict[str, Any], times: dict[str, Any]) -> None:
    """Refuse entries of another type than the map needs, and texts that the database cannot take."""
    tables = {name: raw.get(name, {}) for name in ("columns", "constants", "values")}
    for name, table in tables.items():
        _check_type(doing, f"[{name}]", table, _TABLE)
    for column, names in tables["values"].items():
        if not isinstance(names, dict):
            raise BadInput(doing, f"[values] {column} is not a table.", f"Write {column} = {{ BENIGN = 0, '*' = 1 }}.")
    kinds = {"lo": _NUMBER, "hi": _NUMBER, "logit": _SWITCH, "invert": _SWITCH, "lost_zeros": _SWITCH}
    found = [(f"[score] {k}", v, kinds.get(k, _TEXT)) for k, v in score.items() if k != "sentinel"]
    found += [("[score] sentinel", v, _NUMBER) for v in score["sentinel"]]
    found += [(f"[time] {k}", v, kinds.get(k, _TEXT)) for k, v in times.items()]
    found += [("the delimiter", raw.get("delimiter", ""), _TEXT)]
    found += [(f"[columns] {k}", v, _TEXT) for k, v in tables["columns"].items()]
    found += [(f"[constants] {k}", v, _VALUE) for k, v in tables["constants"].items()]
    for column, names in tables["values"].items():
        found += [(f"[values] {column}", x, _VALUE) for pair in names.items() for x in pair]
    for place, value, kind in found:
        _check_type(doing, place, value, kind)


def _check_type(doing: str, place: str, value: Any, kind: _Kind) -> None:
    words, types = kind
    fits = isinstance(value, types) and (bool in types or not isinstance(value, bool))
    if isinstance(value, float):
        fits = fits and math.isfinite(value)
    if isinstance(value, str) and "\x00" in value:
        raise BadInput(doing, f"{place} holds a NUL.", "Take it out.")
    if not fits:
        raise BadInput(doing, f"{place} is {value!r}, not {words}.", f"Give {words}.")


def _check_keys(doing: str, place: str, found: Any, known: list[str]) -> None:
    if not isinstance(found, dict):
        raise BadInput(doing, f"{place} is not a table.", "Write it as a TOML table.")
    for key in found:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"It can have: {', '.join(known)}."
            raise BadInput(doing, f"{place} has an unknown entry {key!r}.", hint)


def _check(doing: str, m: Map) -> None:
    s, t = m.score, m.time
    if (s.lo is None) != (s.hi is None) or (s.lo is not None and s.hi is not None and s.lo >= s.hi):
        raise BadInput(
            doing,
            f"[score] lo is {s.lo} and hi is {s.hi}.",
            "Give both, lo below hi; add invert = true to turn.",
        )
    if s.logit and s.lo is not None:
        raise BadInput(doing, "[score] has both logit and lo/hi.", "Keep the one that fits.")
    if t.epoch and t.epoch not in EPOCHS:
        raise BadInput(doing, f"[time] epoch is {t.epoch!r}.", f"Use one of {', '.join(EPOCHS)}.")
    if t.epoch and t.format:
        raise BadInput(doing, "[time] has both epoch and format.", "Keep the one that fits.")
    if not is_zone(t.zone):
        raise BadInput(doing, f"[time] zone {t.zone!r} is not known.", "Use an IANA name such as Europe/Berlin.")
    for column in m.columns.keys() & m.constants.keys():
        raise BadInput(doing, f"{column!r} stands in [columns] and in [constants].", "Keep the one that fits.")
    if len(m.delimiter) > 1:
        raise BadInput(doing, f"the delimiter {m.delimiter!r} is not one character.", "Give one character.")
