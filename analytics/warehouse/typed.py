"""From a source's columns to the contract's: for each column an expression, and one that names its fault."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.errors import BadInput
from analytics.scope import SLICE_NAME
from analytics.warehouse import contract
from analytics.warehouse.contract import Column, Kind
from analytics.warehouse.mapping import EPOCHS, Map
from analytics.warehouse.sources import Source
from analytics.warehouse.sql import identifier, literal

_EARLIEST, _LATEST = "1990-01-01", "2100-01-01"
"""Times outside are taken for a wrong unit; no perimeter log is older."""
_TRUE, _FALSE = ("true", "t", "yes", "1", "1.0"), ("false", "f", "no", "0", "0.0")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBERS = (*_WHOLE, *("U" + t for t in _WHOLE), "FLOAT", "DOUBLE", "DECIMAL")
_WITH_ZONE = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")


@dataclass(frozen=True, slots=True)
class Expression:
    """One column of the staged table."""

    name: str
    type: str
    """DuckDB type of ``sql``."""
    sql: str
    fault: str = "NULL"
    """SQL: the reason to reject the row, or NULL."""


def expressions(kind: Kind, source: Source, m: Map) -> list[Expression]:
    """Return the expressions for every column of the contract that this source or its map gives.

    Raises
    ------
    BadInput
        A required column is missing, or the map names a column that the file does not have.
    """
    given = _given(kind, source, m)
    found = [_contract_column(c, given[c.name], source, m) for c in contract.TABLES[kind] if c.name in given]
    if kind == "detections":
        found += _extras(source, m)
        _score_and_reason(found, m)
        _event(found)
    return found


def unknown_columns(kind: Kind, source: Source, m: Map) -> list[str]:
    """Return the file's columns that are neither of the contract nor named by the map: not stored."""
    known = {c.name for c in contract.TABLES[kind]} | set(m.columns.values())
    return [c for c in source.columns if c not in known and not (kind == "detections" and _is_extra(c))]


def _given(kind: Kind, source: Source, m: Map) -> dict[str, str]:
    """Contract column -> SQL of its raw value."""
    doing = f"matching the columns of {source.path.name}"
    names = [c.name for c in contract.TABLES[kind]]
    for column, theirs in m.columns.items():
        if theirs not in source.columns:
            raise BadInput(
                doing,
                f"the map takes {column} from {theirs!r}.",
                f"The file has: {', '.join(source.columns)}.",
            )
    unknown = [c for c in (*m.columns, *m.constants, *m.values) if c not in names and not _is_extra(c)]
    if unknown:
        raise BadInput(doing, f"the map fills {unknown[0]!r}.", f"`bartizan contract` lists the columns of {kind}.")
    given = {c: identifier(c) for c in names if c in source.columns}
    given |= {c: identifier(theirs) for c, theirs in m.columns.items() if c in names}
    given |= {c: literal(str(value)) for c, value in m.constants.items() if c in names}
    missing = [c.name for c in contract.TABLES[kind] if c.required and c.name not in given]
    if kind in ("detections", "labels", "explanations") and not {"event_id", "detection_id"} & given.keys():
        missing.append("event_id")
    if missing:
        raise BadInput(
            doing,
            f"{' and '.join(missing)} missing.",
            f'The file has: {", ".join(source.columns)}. Name it in a map: [columns] {missing[0]} = "your column".',
        )
    return given


def _is_extra(name: str) -> bool:
    return name.startswith((contract.SLICE_PREFIX, contract.FEATURE_PREFIX))


def _contract_column(c: Column, raw: str, source: Source, m: Map) -> Expression:
    theirs = m.columns.get(c.name, c.name)
    type_ = "VARCHAR" if c.name in m.constants else source.columns.get(theirs, "VARCHAR")
    values = m.values.get(c.name)
    if values:
        raw, type_ = _mapped(_text(raw, type_), values), "VARCHAR"
    if c.type == "time":
        return _time(c, raw, type_, m)
    if c.type in ("number", "share"):
        return _number(c, raw, type_, m)
    if c.type == "count":
        value = f"TRY_CAST({raw} AS BIGINT)"
        whole = f"TRY_CAST({raw} AS DOUBLE) = {value} AND {value} >= 0"
        return Expression(
            c.name, "BIGINT", value, _fault(c, raw, type_, f"NOT coalesce({whole}, false)", "is not a whole number")
        )
    text = _text(raw, type_)
    if c.type == "truth":
        value = (
            f"CASE WHEN lower({text}) IN {_list(_TRUE)} THEN true WHEN lower({text}) IN {_list(_FALSE)} THEN false END"
        )
        return Expression(
            c.name, "BOOLEAN", value, _fault(c, text, "VARCHAR", f"({value}) IS NULL", "is not true or false")
        )
    if c.name == "label":
        text = (
            f"CASE WHEN lower({text}) IN {_list(_TRUE)} THEN 'true_positive' "
            f"WHEN lower({text}) IN {_list(_FALSE)} THEN 'false_positive_logic' ELSE {text} END"
        )
    if not c.allowed:
        return Expression(c.name, "VARCHAR", text, _missing(c, text))
    bad = f"{text} NOT IN {_list(c.allowed)}"
    return Expression(c.name, "VARCHAR", text, _fault(c, text, "VARCHAR", bad, f"is not one of {', '.join(c.allowed)}"))


def _text(raw: str, type_: str) -> str:
    if type_ in ("FLOAT", "DOUBLE"):
        raw = _told(raw)
    return f"nullif({raw}, '')" if type_ == "VARCHAR" else f"CAST({raw} AS VARCHAR)"


def _told(number: str) -> str:
    """Return a floating number without NaN: the missing number of pandas, numpy and R."""
    return f"CASE WHEN NOT isnan({number}) THEN {number} END"


def _mapped(text: str, values: dict[str, object]) -> str:
    named = " ".join(
        f"WHEN {literal(theirs)} THEN {literal(str(ours))}" for theirs, ours in values.items() if theirs != "*"
    )
    rest = f"CASE WHEN {text} IS NOT NULL THEN {literal(str(values['*']))} END" if "*" in values else text
    return f"CASE {text} {named} ELSE {rest} END" if named else rest


def _list(values: tuple[str, ...]) -> str:
    return "(" + ", ".join(literal(v) for v in values) + ")"


def _fault(c: Column, raw: str, type_: str, bad: str, words: str) -> str:
    """Return SQL that gives the reason where a value is there and bad, or is required and missing."""
    text = f"left(CAST({raw} AS VARCHAR), 80)"
    # Numbers and times are never empty texts; writing each of them out took half of the time of judging.
    given = raw if type_.startswith((*_NUMBERS, "TIMESTAMP", "DATE")) else f"nullif(CAST({raw} AS VARCHAR), '')"
    missing = f"WHEN {given} IS NULL THEN {literal(c.name + ' is missing')} " if c.required else ""
    guard = f"{given} IS NOT NULL AND "
    return f"CASE {missing}WHEN {guard}({bad}) THEN {literal(c.name + ': ')} || {text} || {literal(' ' + words)} END"


def _missing(c: Column, text: str) -> str:
    return f"CASE WHEN {text} IS NULL THEN {literal(c.name + ' is missing')} END" if c.required else "NULL"


def _double(raw: str, type_: str) -> str:
    """FLOAT is widened through its shortest decimal: .3 stays .3 and meets a threshold of .3."""
    return f"TRY_CAST(CAST({raw} AS VARCHAR) AS DOUBLE)" if type_ == "FLOAT" else f"TRY_CAST({raw} AS DOUBLE)"


def _number(c: Column, raw: str, type_: str, m: Map) -> Expression:
    value = number = _double(raw, type_)
    if c.name == "score":
        value = _score(number, m)
    if type_ in ("FLOAT", "DOUBLE"):
        raw, value = _told(raw), f"CASE WHEN NOT isnan({number}) THEN {value} END"
    bad = [f"NOT coalesce(isfinite({number}), false)"]
    words = "is not a number"
    if c.type == "share":
        words = "is not a number from 0 to 1"
        bad.append(f"NOT ({value} BETWEEN 0 AND 1)")
        if c.name == "score":
            words += " (another scale? map it with [score] lo, hi or logit)"
    if c.not_negative:
        bad.append(f"{value} < 0")
        words = "is not a number of at least 0"
    if c.above_zero:
        bad.append(f"{value} <= 0")
        words += " and above 0"
    return Expression(c.name, "DOUBLE", value, _fault(c, raw, type_, " OR ".join(bad), words))


def _score(number: str, m: Map) -> str:
    s = m.score
    value = number
    if s.lo is not None and s.hi is not None:
        value = f"({value} - {float(s.lo)!r}) / {float(s.hi) - float(s.lo)!r}"
    if s.logit:
        value = f"1 / (1 + exp(-({value})))"
    if s.invert:
        value = f"1 - ({value})"
    if s.sentinel:
        value = f"CASE WHEN {number} NOT IN ({', '.join(repr(float(v)) for v in s.sentinel)}) THEN {value} END"
    return value


def _time(c: Column, raw: str, type_: str, m: Map) -> Expression:
    zone = literal(m.time.zone)
    if m.time.epoch and type_.startswith(("VARCHAR", *_NUMBERS)):
        value = _epoch(raw, m)
    elif type_ in _WITH_ZONE:
        value = f"timezone('UTC', CAST({raw} AS TIMESTAMPTZ))"
    elif type_.startswith("TIMESTAMP") or type_ == "DATE":
        naive = f"CAST({raw} AS TIMESTAMP)"
        value = naive if m.time.zone == "UTC" else f"timezone('UTC', timezone({zone}, {naive}))"
    else:
        # The session's time zone is the map's: it holds for texts without an offset.
        text = f"CAST({raw} AS VARCHAR)"
        parsed = f"try_strptime({text}, {literal(m.time.format)})" if m.time.format else text
        value = f"timezone('UTC', TRY_CAST({parsed} AS TIMESTAMPTZ))"
    plausible = f"{value} BETWEEN TIMESTAMP {literal(_EARLIEST)} AND TIMESTAMP {literal(_LATEST)}"
    words = f"is not a time between {_EARLIEST[:4]} and {_LATEST[:4]} (another way of writing? map it with [time])"
    return Expression(c.name, "TIMESTAMP", value, _fault(c, raw, type_, f"NOT coalesce({plausible}, false)", words))


def _epoch(raw: str, m: Map) -> str:
    digits, micros = EPOCHS[m.time.epoch]
    if m.time.lost_zeros:
        raw = f"rpad(CAST({raw} AS VARCHAR), {digits}, '0')"
    number = f"TRY_CAST({raw} AS DECIMAL(38, 9))"  # exact where DOUBLE would lose nanoseconds
    scaled = f"{number} / 1000" if m.time.epoch == "ns" else f"{number} * {micros}"
    return f"make_timestamp(TRY_CAST({scaled} AS BIGINT))"


def _extras(source: Source, m: Map) -> list[Expression]:
    named = {c: theirs for c, theirs in m.columns.items() if _is_extra(c)}
    named |= {c: c for c in source.columns if _is_extra(c) and c not in named}
    found = []
    for name in (*named, *filter(_is_extra, m.constants)):
        if not SLICE_NAME.fullmatch(contract.SLICE_PREFIX + name[len(contract.SLICE_PREFIX) :]):
            raise BadInput(
                f"matching the columns of {source.path.name}",
                f"the column {name!r} has a name that cannot be stored.",
                "Use up to 63 lower-case letters, digits and underscores behind s. or f., a letter first.",
            )
    for name, theirs in named.items():
        type_ = source.columns[theirs]
        is_number = name.startswith(contract.FEATURE_PREFIX) and type_.startswith(_NUMBERS)
        column = identifier(theirs)
        if type_ in ("FLOAT", "DOUBLE"):
            column = _told(column)
        sql = _double(column, type_) if is_number else _text(column, type_)
        if name in m.values:
            is_number, sql = False, _mapped(_text(column, type_), m.values[name])
        found.append(Expression(name, "DOUBLE" if is_number else "VARCHAR", sql))
    found += [
        Expression(c, "VARCHAR", literal(str(v))) for c, v in m.constants.items() if _is_extra(c) and c not in named
    ]
    return found


def _score_and_reason(found: list[Expression], m: Map) -> None:
    """Give every unscored row a reason, and refuse a reason beside a score."""
    by_name = {e.name: i for i, e in enumerate(found)}
    score = found[by_name["score"]].sql if "score" in by_name else "CAST(NULL AS DOUBLE)"
    default = literal(m.score.sentinel_reason if m.score.sentinel else "not said")
    given = found[by_name["unscored_reason"]].sql if "unscored_reason" in by_name else "NULL"
    fault = (
        f"CASE WHEN ({score}) IS NOT NULL AND {given} IS NOT NULL "
        "THEN 'unscored_reason is given although there is a score' END"
    )
    reason = Expression(
        "unscored_reason",
        "VARCHAR",
        f"CASE WHEN ({score}) IS NULL THEN coalesce({given}, {default}) END",
        fault if given != "NULL" else "NULL",
    )
    if "unscored_reason" in by_name:
        found[by_name["unscored_reason"]] = reason
    else:
        found.append(reason)


def _event(found: list[Expression]) -> None:
    """The event is the detection where none is named; rows with neither are refused."""
    by_name = {e.name: e for e in found}
    ids = [by_name[c].sql for c in ("event_id", "detection_id") if c in by_name]
    event = f"coalesce({', '.join(ids)})"
    missing = f"CASE WHEN {event} IS NULL THEN 'event_id is missing' END"
    if "event_id" in by_name:
        found.remove(by_name["event_id"])
    else:
        found.remove(by_name["detection_id"])
    found.insert(0, Expression("event_id", "VARCHAR", event, missing))
