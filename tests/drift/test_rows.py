"""The table that an aggregate stands on: the scope's rows, the viewer's columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from analytics.errors import BadInput
from analytics.scope import Scope
from analytics.viewer import Role, Viewer
from analytics.warehouse import Reader
from analytics.warehouse.rows import HIDDEN, source

MODEL = Scope("m", "1")


def column(reader: Reader, name: str, **more: Any) -> pd.Series:
    """All values of a column."""
    table = source(reader, MODEL, [name], reader.query, **more)
    assert table
    return reader.query(f"SELECT * FROM {table.sql}", table.values)[name]


def seen_by(reader: Reader, *roles: Role) -> Reader:
    """The same snapshot for another viewer."""
    return replace(reader, viewer=Viewer("a", frozenset(roles), "local"))


def test_masked_columns_stay_masked(build: Any, frame: pd.DataFrame) -> None:
    reader = build(frame.head(50).assign(entity="10.0.0.1", payload="secret"))
    for name in ("entity", "payload"):
        assert set(column(seen_by(reader, "viewer"), name)) == {HIDDEN}
        assert HIDDEN not in set(column(seen_by(reader, "analyst"), name))


def test_one_row_of_some_is_kept_and_always_the_same(reader: Reader, frame: pd.DataFrame) -> None:
    some, again = (column(reader, "event_id", every=10) for _ in range(2))
    assert sorted(some) == sorted(again)
    assert len(frame) / 20 < len(some) == some.nunique() < len(frame) / 5


def test_other_columns_and_no_model_are_refused(reader: Reader) -> None:
    with pytest.raises(BadInput, match="there is no column"):
        source(reader, MODEL, ['f.x"; DROP'], reader.query)
    with pytest.raises(BadInput, match="no model is named"):
        source(reader, Scope(), ["score"], reader.query)


def test_no_file_is_no_table(reader: Reader) -> None:
    assert source(reader, Scope("unknown"), ["score"], reader.query) is None
