"""What the heads of tables mean, told on hover: no table has an element more for it."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from analytics.glossary import COLUMNS


def explained(table: pd.DataFrame, drawn: dict[str, ColumnConfig] | None = None) -> dict[str, ColumnConfig]:
    """Return how the columns of a table are drawn, each that is a term of the field with its meaning.

    Parameters
    ----------
    drawn
        How some of them are drawn otherwise.
    """
    drawn = drawn or {}
    told = {str(c): COLUMNS.get(str(c).lower()) for c in table.columns}
    return {
        c: {**drawn.get(c, st.column_config.Column()), **({"help": meaning} if meaning else {})}
        for c, meaning in told.items()
        if meaning or c in drawn
    }
