"""The only two ways in which text becomes part of a statement instead of a bound value."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def identifier(name: str) -> str:
    """Quote a column name that was checked against a list or a pattern."""
    if "\x00" in name:
        raise ValueError("a column name cannot hold a NUL")
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | float | bool | None) -> str:
    """Quote a constant for a view's definition, where values cannot be bound."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if "\x00" in value:  # a statement's text ends at a NUL
        return "(" + " || chr(0) || ".join(map(literal, value.split("\x00"))) + ")"
    return "'" + value.replace("'", "''") + "'"


def parquet(paths: Iterable[Path]) -> str:
    """Return SQL that reads Parquet files of the warehouse; folders such as region=EMEA above it are no columns."""
    return f"read_parquet([{', '.join(literal(str(p)) for p in paths)}], union_by_name=true, hive_partitioning=false)"


def leading(names: Iterable[str], known: set[str], table: str = "") -> str:
    """Return quoted columns, each followed by a comma, to stand before others; one that is not known is NULL.

    Parameters
    ----------
    names
        Columns, in order.
    known
        Columns that the table has.
    table
        Its alias with a dot, or nothing.
    """
    return "".join(f"{table + identifier(c) if c in known else 'NULL'} AS {identifier(c)}, " for c in names)
