"""The threshold slider in a real browser: the keyboard alone moves it, and its figures are the command line's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from analytics.numbers import value
from analytics.results import Estimate

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEW = "/efficacy?model=dns&version=7"
TABS = 80
"""Presses of the Tab key after which something is taken not to be reachable."""


def figure(page: Page, name: str) -> str:
    """The figure of a tile."""
    tile = page.get_by_test_id("stMetric").filter(has_text=name)
    return tile.get_by_test_id("stMetricValue").inner_text().replace("\u00a0", " ")


def commanded(warehouse: Path, threshold: str) -> dict[str, str]:
    """The same figures by the command line, in the words of the page."""
    done = subprocess.run(
        [sys.executable, "-m", "analytics.cli", "efficacy", "--warehouse", str(warehouse), "--model", "dns",
         "--model-version", "7", "--threshold", threshold, "--format", "json"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    record = json.loads(done.stdout)
    return {
        words: value(Estimate(**record[name]))
        for words, name in (("Right alarms (precision)", "precision"), ("Attacks caught (recall)", "recall"))
    }


def asked(page: Page) -> str:
    """The threshold in the address."""
    return parse_qs(urlsplit(page.url).query)["threshold"][0]


def tab_to(page: Page, role: str, name: str = "") -> None:
    """Press Tab until something with this role and name has the focus."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(
            "() => { const e = document.activeElement;"
            " const role = e.getAttribute('role') || (e.type === 'range' ? 'slider' : e.tagName.toLowerCase());"
            " return [role, e.getAttribute('aria-label') || e.innerText || '']; }"
        )
        if at[0] == role and name in at[1]:
            return
    pytest.fail(f"No {role} {name!r} is reached by {TABS} presses of Tab")


def test_the_keyboard_moves_the_slider_and_the_figures_are_the_commands(app: str, tab, small_warehouse: Path) -> None:
    page = tab.visit(f"{app}{VIEW}")
    before = figure(page, "Alarms a day")
    tab_to(page, "slider")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("threshold="))
    first = asked(page)
    page.keyboard.press("ArrowRight")  # while the first is still drawn
    page.keyboard.press("ArrowRight")
    page.wait_for_function("first => new URL(location).searchParams.get('threshold') !== first", arg=first)
    tab.settled()
    threshold = asked(page)
    assert float(threshold) > float(first)
    for name, said in commanded(small_warehouse, threshold).items():
        expect(page.get_by_test_id("stMetric").filter(has_text=name).get_by_test_id("stMetricValue")).to_have_text(said)
    assert figure(page, "Alarms a day") != before
    assert tab.outside == []


def test_a_section_opens_and_a_talk_is_given_by_keyboard(app: str, tab) -> None:
    page = tab.visit(f"{app}{VIEW}")
    tab_to(page, "summary", "Where it fails")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-panel-weak")).to_be_visible()
    assert "weak=true" in page.url
    page.goto(f"{app}{VIEW}&present=1")
    tab.settled()
    expect(page.get_by_text("1 of 5")).to_be_visible()
    at_once = """() => { for (let i = 0; i < 3; i++) document.body.dispatchEvent(
        new KeyboardEvent('keydown', {key: 'ArrowRight', code: 'ArrowRight', bubbles: true, cancelable: true})) }"""
    page.evaluate(at_once)  # as a quick hand does, while the first slide is still on its way
    expect(page.get_by_text("4 of 5")).to_be_visible()
    for key, shown in (("PageUp", 3), ("ArrowLeft", 2), ("PageDown", 3)):
        page.keyboard.press(key)
        expect(page.get_by_text(f"{shown} of 5")).to_be_visible()
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("5 of 5")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text("4 of 5")).to_be_visible()
    page.keyboard.press("PageDown")
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    expect(page.get_by_text("3 of 5")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("stMetric").first).to_be_visible()
    assert "present" not in page.url


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_is_wider_than_the_screen(app: str, tab, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    page = tab.visit(f"{app}{VIEW}&weak=true&costs=true&more=true")
    page.locator(".st-key-panel-weak").wait_for()
    over = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
    assert over <= 0
