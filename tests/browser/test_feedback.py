"""From the queue to a detection, by mouse and in a real browser; what was drawn is in it at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_the_queue_to_a_detection(app: str, tab) -> None:
    page = tab.visit(f"{app}/feedback?model=dns&version=8&plan=true")
    expect(page).to_have_title("Feedback · Bartizan")
    expect(page.locator(".st-key-title-headline")).to_contain_text("detections to look at")
    serious = [v for v in Axe().run(page).response["violations"] if v["impact"] in ("critical", "serious")]
    assert [v["id"] for v in serious] == []
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 120, box["y"] + 35 + 17)  # anywhere in the first row
    page.wait_for_url(re.compile(r"/detections\?.*detection="))
    tab.settled()
    expect(page.locator(".st-key-finding-card")).to_be_visible()
    assert tab.outside == []


def test_going_back_from_a_detection_keeps_the_choice_of_the_queue(app: str, tab) -> None:
    page = tab.visit(f"{app}/feedback?model=dns&version=8&why=uncertain")
    chosen = page.get_by_test_id("stButtonGroup").get_by_role("radio", checked=True)
    expect(chosen).to_contain_text("Near the threshold")
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 120, box["y"] + 35 + 17)
    page.wait_for_url(re.compile(r"/detections\?.*reason=uncertain"))
    tab.settled()
    page.go_back()
    expect(page).to_have_title("Feedback · Bartizan")
    tab.settled()
    expect(chosen).to_contain_text("Near the threshold")
    assert tab.outside == []


def test_what_was_drawn_is_in_the_queue(own_warehouse: Path, start: Callable[[Path], str], tab) -> None:
    page = tab.visit(f"{start(own_warehouse)}/feedback?model=dns&version=8")
    page.get_by_text("Draw an audit").click()
    page.get_by_role("button", name="Record a draw").click()
    expect(page.locator(".st-key-title-headline")).to_contain_text("100 detections to look at")
    tab.settled()
    assert tab.outside == []
