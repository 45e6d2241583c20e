"""From a director's figure to a verdict, by mouse in four clicks and again by keyboard alone: the figure moves."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from analytics.warehouse import replay
from tests.browser.conftest import barriers

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WINDOW = "since=2026-09-24&until=2026-11-23"
FOCUS = "() => (document.activeElement?.innerText || document.activeElement?.getAttribute('aria-label') || '')"


def number(page: Page) -> int:
    """The number in the title of the list."""
    return int(page.locator(".st-key-title-headline").inner_text().split()[0])


def test_four_clicks_from_overview_to_a_verdict(start: Callable[[Path], str], own_warehouse: Path, tab) -> None:
    app = start(own_warehouse)
    page = tab.visit(f"{app}/?{WINDOW}")
    page.locator('[class*="st-key-service-1"] [data-testid="stPageLink"] a:visible').nth(2).click()  # 1
    expect(page).to_have_title("Efficacy · Bartizan")
    tab.settled()
    efficacy = page.url
    link = page.get_by_role("link", name="false alarms")
    n = int(link.inner_text().split()[0])
    link.click()  # 2
    expect(page).to_have_title("Detections · Bartizan")
    tab.settled()
    table = page.get_by_test_id("stDataFrame").first
    box = table.bounding_box()
    assert box
    assert number(page) == n
    page.mouse.click(box["x"] + 20, box["y"] + 35 + 17)  # 3
    page.wait_for_url(re.compile("detection="))
    tab.settled()
    expect(page.locator(".st-key-reason-why, .st-key-finding-why").first).to_be_visible()
    page.get_by_role("button", name="True alarm").click()  # 4
    expect(page.locator(".st-key-verdict-done")).to_contain_text("Recorded: true alarm. The list and every figure")
    tab.settled()
    assert number(page) == n - 1
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".st-key-verdict-done")).to_contain_text("Taken back")
    tab.settled()
    assert number(page) == n
    page.get_by_role("button", name="Bad data").click()
    page.get_by_role("dialog").get_by_role("button", name="Record verdict").click()
    expect(page.get_by_role("dialog")).to_contain_text("needs a reason")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="True alarm").click()
    expect(page.locator(".st-key-verdict-done")).to_contain_text("Recorded: true alarm")
    page = tab.visit(efficacy)
    expect(page.get_by_role("link", name="false alarms")).to_contain_text(f"{n - 1} ")
    assert [r.kind for r in replay(own_warehouse)] == ["verdict_given", "verdict_withdrawn", "verdict_given"]
    assert tab.outside == []


def reach(page: Page, what: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if re.search(what, page.evaluate(FOCUS)):
            return
    pytest.fail(f"the focus does not reach {what}")


def test_the_same_by_keyboard_alone(start: Callable[[Path], str], own_warehouse: Path, tab) -> None:
    app = start(own_warehouse)
    page = tab.visit(f"{app}/?{WINDOW}")
    links = page.locator('[class*="st-key-service-1"] [data-testid="stPageLink"] a:visible')
    wanted = links.nth(2).get_attribute("href")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.getAttribute('href')") == wanted:
            break
    page.keyboard.press("Enter")
    expect(page).to_have_title("Efficacy · Bartizan")
    tab.settled()
    reach(page, r"^\d+ false alarms")
    n = int(page.evaluate(FOCUS).split()[0])
    page.keyboard.press("Enter")
    expect(page).to_have_title("Detections · Bartizan")
    tab.settled()
    for _ in range(60):  # into the table
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.tagName === 'CANVAS'"):
            break
    page.keyboard.press("ArrowDown")
    page.wait_for_url(re.compile("detection="))
    tab.settled()
    page.keyboard.press("n")
    tab.settled()
    page.wait_for_timeout(500)
    page.keyboard.press("3")
    expect(page.get_by_role("dialog")).to_be_visible()
    reach(page, "^Why was the alarm false")
    page.keyboard.type("late feed, says the owner")
    page.keyboard.press("Enter")
    reach(page, "^Record verdict")
    page.keyboard.press("Enter")
    done = page.locator(".st-key-verdict-done")
    expect(done).to_contain_text("Recorded: wrong logic. The list and every figure count it.")
    tab.settled()
    page.wait_for_timeout(500)
    page.keyboard.press("1")
    expect(done).to_contain_text("Recorded: true alarm.")
    tab.settled()
    assert number(page) == n - 1
    first, second = replay(own_warehouse)
    said = [(r.body["verdict"], r.body["reason"], r.body["reason_right"]) for r in (first, second)]
    assert said == [("false_positive_logic", "late feed, says the owner", False), ("true_positive", "", False)]
    page.keyboard.press("u")
    expect(done).to_contain_text("Taken back")
    tab.settled()
    assert number(page) == n


def test_keys_that_are_typed_into_a_field_are_no_verdict(
    start: Callable[[Path], str], own_warehouse: Path, tab
) -> None:
    app = start(own_warehouse)
    page = tab.visit(f"{app}/detections?model=dns&version=7&detection=dns-7-29&event_id=7-29")
    page.get_by_label("Find", exact=True).click()
    page.keyboard.type("7-1 nuy")
    page.wait_for_timeout(1000)
    assert replay(own_warehouse) == []


def test_several_at_once(start: Callable[[Path], str], own_warehouse: Path, tab) -> None:
    app = start(own_warehouse)
    page = tab.visit(f"{app}/detections?model=dns&version=8&label=unlabelled")
    n = number(page)
    page.get_by_text("Judge several").click()
    expect(page.locator(".st-key-several-place")).to_contain_text("Tick the rows")
    tab.settled()
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box
    for i in range(3):
        page.mouse.click(box["x"] + 20, box["y"] + 35 * (i + 1) + 17)
        expect(page.locator(".st-key-verdict-many")).to_contain_text(str(i + 1))
    page.locator(".st-key-verdict-many button").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Each of the 3 events gets a record of its own; all are written, or none.")
    dialog.get_by_text("True alarm", exact=True).click()
    expect(dialog).to_contain_text("An attack, and the alarm was right")
    dialog.get_by_role("button", name="Record verdict").dblclick()
    expect(page.locator(".st-key-several-place")).to_contain_text("Recorded for 3 events: true alarm.")
    tab.settled()
    assert number(page) == n - 3
    assert len({r.subject for r in replay(own_warehouse)}) == len(replay(own_warehouse)) == 3
    page.keyboard.press("u")
    expect(page.locator(".st-key-several-place")).to_contain_text("All 3 were taken back")
    tab.settled()
    assert number(page) == n


def test_no_barrier_that_axe_can_find_in_the_dialog(app: str, tab) -> None:
    page = tab.visit(f"{app}/detections?model=dns&version=7&detection=dns-7-29&event_id=7-29")
    page.keyboard.press("3")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_timeout(300)
    assert barriers(page) == []
