"""From a director's figure to one detection, by mouse; hostile payloads that do nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import expect

from analytics.detections.payload import shown
from tests.browser.conftest import barriers

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_overview_to_a_detection(app: str, tab) -> None:
    page = tab.visit(f"{app}/?since=2026-10-24&until=2026-11-23")
    page.locator('[class*="st-key-service-1"] [data-testid="stPageLink"] a:visible').nth(2).click()
    expect(page).to_have_title("Efficacy · Bartizan")
    tab.settled()
    link = page.get_by_role("link", name="false alarms")
    n = link.inner_text().split()[0]
    link.click()
    expect(page).to_have_title("Detections · Bartizan")
    tab.settled()
    assert (
        page.locator(".st-key-title-headline").inner_text().startswith(f"{n} alarms at or above 0.6 judged as benign")
    )
    table = page.get_by_test_id("stDataFrame").first
    box = table.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 35 + 17)  # the box of the first row
    page.wait_for_url(re.compile("detection="))
    tab.settled()
    query = parse_qs(urlsplit(page.url).query)
    assert (query["label"], query["flagged"], query["model"]) == (["benign"], ["yes"], ["dns"])
    expect(page.locator(".st-key-finding-card")).to_contain_text("Block")
    before = query["detection"]
    page.keyboard.press("Alt+ArrowDown")
    page.wait_for_function(f"!location.search.includes({json.dumps(quote(before[0]))})")
    tab.settled()
    page.reload()
    tab.settled()
    expect(page.locator(".st-key-finding-card")).to_contain_text("Block")
    assert tab.outside == []


def test_a_bar_of_the_histogram_opens_its_rows_and_coming_back_stays(app: str, tab) -> None:
    page = tab.visit(f"{app}/efficacy?model=dns&version=7")
    bars = page.locator('[class*="st-key-panel-scores"] .trace.bars').first.locator("path")
    expect(bars).to_have_count(50)
    boxes = [box for i in range(50) if (box := bars.nth(i).bounding_box())]
    tallest = max(boxes, key=lambda box: box["height"])
    at = tallest["x"] + tallest["width"] / 2, tallest["y"] + tallest["height"] / 2
    page.mouse.move(*at)
    page.mouse.click(*at)
    expect(page).to_have_title("Detections · Bartizan")
    tab.settled()
    title = page.locator(".st-key-title-headline").inner_text()
    assert re.fullmatch(r"\d+ detections? with scores from [\d.]+( to below [\d.]+)? judged as attacks.*", title)
    page.go_back()
    expect(page).to_have_title("Efficacy · Bartizan")
    tab.settled()
    page.wait_for_timeout(1000)
    expect(page).to_have_title("Efficacy · Bartizan")
    assert tab.outside == []


def test_a_list_is_saved_as_a_file(app: str, tab) -> None:
    page = tab.visit(f"{app}/detections?model=dns&version=7")
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("button", name="Make the file").click()
    save = page.get_by_role("button", name="Save the file")
    expect(save).to_be_visible()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text("240 detections: all there are.")
    with page.expect_download() as download:
        save.click()
    found = pd.read_csv(download.value.path())
    assert len(found) == 240
    assert found["event_id"].iloc[0] == "7-0"


def test_hostile_payloads_do_nothing(
    start: Callable[[Path], str], hostile_warehouse: Path, payloads: dict[str, str], tab
) -> None:
    app = start(hostile_warehouse)
    dialogs: list[str] = []
    tab.page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    newest_first = list(reversed(payloads.items()))
    first = newest_first[0][0]
    page = tab.visit(f"{app}/detections?model=m&detection=e-{first}&event_id=e-{first}")
    for i, (name, text) in enumerate(newest_first):
        if i:
            page.keyboard.press("Alt+ArrowDown")
            page.wait_for_function(f"location.search.includes('detection=e-{name}&')")
            tab.settled()
        code = page.get_by_test_id("stCode").locator("code").first
        expect(code).to_be_visible()
        # The browser gives lines and runs of spaces as it lays them out.
        assert "".join(code.text_content().split()) == "".join(shown(text)[0].split()), name
        assert page.evaluate("window.hacked") is None
        found = (
            'img[src="x"], a[href^="http://x.example"], a[href^="javascript"], .katex, [data-testid="stMain"] script'
        )
        assert page.locator(found).count() == 0, name
    assert (dialogs, tab.outside) == ([], [])


@pytest.mark.parametrize("query", ["model=dns&version=7", "model=dns&version=7&detection=dns-7-3&event_id=7-3"])
def test_no_barrier_that_axe_can_find(app: str, tab, query: str) -> None:
    assert barriers(tab.visit(f"{app}/detections?{query}")) == []
