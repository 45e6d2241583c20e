"""Names from data are inert in figures; colours can be told apart on both themes."""

from __future__ import annotations

import html
import tomllib
from pathlib import Path

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import look

HOSTILE = (
    "<b>x</b>",
    '<a href="javascript:alert(1)">x</a>',
    "<img src=x onerror=alert(1)>",
    "$x^2$",
    "[a](http://x.example)",
    ":material/home:",
    "=cmd()",
    "%{customdata[0]}",
    "&lt;b&gt;",
    "a\u202eb\x00c\nd",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_label_reads_as_it_was_written(name: str) -> None:
    said = look.label(name)
    assert not set("<>$%{}[]\"'") & set(said)
    assert html.unescape(said) == name.replace("\u202e", " ").replace("\x00", " ").replace("\n", " ")


@given(st.text())
def test_no_label_holds_a_character_that_plotly_reads(name: str) -> None:
    said = look.label(name)
    assert not set("<>$%{}\n\r\x00") & set(said)
    assert len(html.unescape(said)) <= look.LONGEST


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a: str, b: str) -> float:
    """Contrast ratio of WCAG 2.2, 1 to 21."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest, repository: Path) -> dict[str, str]:
    """One theme of the app's configuration."""
    config = tomllib.loads((repository / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return {"name": request.param, **config["theme"][request.param]}


def test_contrast_is_a_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("state", look.STATES)
def test_states_can_be_read_on_both_themes(state: look.State, theme: dict[str, str]) -> None:
    symbol, colour = look.STATES[state]
    assert len(symbol) == 1
    for background in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(theme[f"{colour}TextColor"], theme[background]) >= 4.5


def test_states_differ_in_symbol_and_colour() -> None:
    assert len({symbol for symbol, _ in look.STATES.values()}) == len(look.STATES)
    assert len({colour for _, colour in look.STATES.values()}) == len(look.STATES)


@pytest.mark.parametrize("colour", [look.ATTACK, look.BENIGN, look.INK])
def test_marks_stand_out_on_both_themes(colour: str, theme: dict[str, str]) -> None:
    assert contrast(colour, theme["backgroundColor"]) >= 3


def test_text_of_figures_is_the_text_of_the_page(theme: dict[str, str]) -> None:
    fig = look.dressed(go.Figure(), theme["name"])
    assert fig.layout.template.layout.font.color == theme["textColor"]
