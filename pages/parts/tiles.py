"""Tiles: a figure, its interval, what it rests on; or that it cannot be measured, and why."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analytics.efficacy.words import Tile
from pages.parts import blocks


def row(tiles: Sequence[tuple[str, Tile]]) -> None:
    """Show tiles side by side, two a row on a narrow screen.

    Parameters
    ----------
    tiles
        Key and texts of each.
    """
    grid = st.grid(len(tiles), min_column_width=165, gap="small")
    for key, tile in tiles:
        with grid.container(key=f"tile-{'value' if tile.known else 'absent'}-{key}", gap=None):
            st.metric(tile.name, tile.value, help=tile.help)
            st.text(blocks.unbroken("\n".join(filter(None, (tile.range, tile.why, tile.base)))), width="stretch")
