"""Overview in a real browser: one screen, a telephone, no barriers, links that lead on."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from analytics.warehouse import import_files
from pages.parts.service_table import HEADS
from tests.browser.conftest import barriers
from tests.overview.conftest import write_perimeter

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WINDOW = "since=2026-10-24&until=2026-11-23"


def drawn(page: Page) -> Page:
    """The page, once its table is there."""
    expect(page.get_by_test_id("stMetric")).to_have_count(4)
    expect(page.locator('[class*="st-key-service-1"]').first).to_be_visible()
    return page


def test_one_screen_holds_it_and_no_request_leaves_the_machine(app: str, tab) -> None:
    page = drawn(tab.visit(f"{app}/"))
    assert page.title() == "Overview · Bartizan"
    expect(page.get_by_test_id("stException")).to_have_count(0)
    rows = page.locator('[class*="st-key-service-"]:has([data-testid="stPageLink"])')
    last = rows.last.bounding_box()
    assert last is not None
    assert last["y"] + last["height"] <= 900
    assert page.locator('img[src="x"], a[href^="http://x"], .katex').count() == 0
    assert tab.outside == []


def test_heads_of_the_table_are_one_line_and_explained_where_a_pointer_rests(app: str, tab) -> None:
    page = drawn(tab.visit(f"{app}/"))
    head = page.locator(".st-key-services-head")
    tall = "e => [...e.children].map(c => c.getBoundingClientRect().height)"
    assert max(head.evaluate(tall)) < 30
    tip = page.get_by_test_id("stTooltipContent")
    head.get_by_text("False alarms a day").hover(position={"x": 5, "y": 8})
    expect(tip).to_contain_text("Benign events that raised an alarm")
    page.mouse.move(1, 1)
    expect(tip).to_have_count(0)
    head.get_by_role("button").last.focus()
    expect(tip).to_contain_text("Whether the verdicts are enough")


def test_the_page_ends_with_the_screen(app: str, tab) -> None:
    page = drawn(tab.visit(f"{app}/"))
    page.wait_for_timeout(500)
    below = "() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollHeight - m.clientHeight }"
    assert page.evaluate(below) <= 0


def test_what_wants_attention_tells_what_it_rests_on_and_comes_as_a_file(app: str, tab) -> None:
    page = drawn(tab.visit(f"{app}/?{WINDOW}"))
    page.locator(".st-key-inspect-attention").get_by_role("button", name="Inspect").click()
    inside = page.get_by_test_id("stPopoverBody")
    expect(inside).to_contain_text("Rests on: Worked out from")
    with page.expect_download() as download:
        inside.get_by_role("button", name="Download the data (CSV)").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert download.value.suggested_filename == "bartizan-attention.csv"
    assert lines[0].startswith("service,what,ended,owner,due,note,accepted_until")
    shown = page.locator('[class*="st-key-item-now"], [class*="st-key-item-over"]').count()
    assert len(lines) - 1 >= shown


@pytest.mark.parametrize(("path", "drawn_slides"), [("", 0), ("efficacy", 4)])
def test_a_slide_fills_the_screen_and_is_read_from_afar(app: str, tab, path: str, drawn_slides: int) -> None:
    page = tab.visit(f"{app}/{path}?present=1&{WINDOW}")
    foot = page.locator(".st-key-slide-foot")
    expect(foot).to_be_visible()
    number = int(foot.get_by_text(re.compile(r"^\d+ of \d+$")).inner_text().split()[-1])
    pictures = 0
    for at in range(number):
        expect(page.get_by_text(f"{at + 1} of {number}", exact=True)).to_be_visible()
        page.wait_for_timeout(800)
        end = foot.bounding_box()
        assert end is not None
        assert end["y"] > 780
        assert end["y"] + end["height"] <= 900
        seen = page.evaluate(
            """() => [...document.querySelectorAll('.xtick text, .ytick text, .annotation-text, '
                + '[class*="st-key-service-"] :is([data-testid=stText], [data-testid=stPageLink] p)')]
                .map(e => [e, e.getBoundingClientRect()]).filter(([e, r]) => r.width && e.textContent)
                .map(([e, r]) => [r.bottom, r.right, r.height / (e.querySelectorAll('tspan').length || 1)])"""
        )
        assert all(bottom <= end["y"] and right <= 1440 for bottom, right, _ in seen)
        assert all(height >= 20 for *_, height in seen)
        picture = page.locator(".js-plotly-plot")
        if picture.count():
            pictures += 1
            box = picture.bounding_box()
            assert box is not None
            assert box["height"] > 550
            assert box["width"] > 1300
        page.keyboard.press("ArrowRight")
    assert pictures >= drawn_slides


def test_on_a_telephone_nothing_is_cut_off_sideways(app: str, tab) -> None:
    tab.page.set_viewport_size({"width": 390, "height": 844})
    page = drawn(tab.visit(f"{app}/?window=all"))
    wide = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"] *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getBoundingClientRect().width)
            .map(e => e.className.toString().slice(0, 80))"""
    )
    assert wide == []


def test_on_a_telephone_each_figure_has_its_name_and_a_fold_its_meaning(app: str, tab) -> None:
    page = drawn(tab.visit(f"{app}/"))
    fold = page.locator(".st-key-services-meanings")
    expect(fold).to_be_hidden()  # here the heads stand over the figures
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".st-key-services-head")).to_be_hidden()
    named = "r => [...r.children].map(c => getComputedStyle(c, '::before').content).filter(c => c !== 'none')"
    names = [json.loads(name) for name in page.locator(".st-key-service-0").evaluate(named)]
    assert names == list(HEADS)[1:], "the first are the names of the service and its version"
    fold.get_by_text("What the figures mean").click()
    for name, meaning in HEADS.items():
        expect(fold.get_by_text(f"{name}: {meaning}")).to_be_visible()
    assert barriers(page, outside='[data-testid="stSidebarNavItems"]') == [], "but Streamlit's menu of a telephone"


def test_no_barrier_that_axe_can_find(app: str, tab) -> None:
    assert barriers(drawn(tab.visit(f"{app}/"))) == []


def test_a_figure_opens_efficacy_with_its_model_and_window(app: str, tab) -> None:
    page = drawn(tab.visit(f"{app}/?{WINDOW}"))
    # Of the second service, DNS guard, the share of right alarms.
    page.locator('[class*="st-key-service-1"] [data-testid="stPageLink"] a:visible').nth(2).click()
    expect(page).to_have_title("Efficacy · Bartizan")
    tab.settled()
    address = urlsplit(page.url)
    query = parse_qs(address.query)
    assert address.path == "/efficacy"
    assert (query["model"], query["version"]) == (["dns"], ["7"])
    assert (query["since"], query["until"]) == (["2026-10-24"], ["2026-11-23"])
    expect(page.get_by_role("combobox", name="Window")).to_have_value("Last 30 days")


def test_the_whole_place_of_a_name_is_a_link_that_no_value_of_data_is_in(app: str, tab) -> None:
    page = drawn(tab.visit(f"{app}/?{WINDOW}"))
    row = page.locator(".st-key-service-1")
    name = row.get_by_test_id("stText").first.bounding_box()
    assert name
    page.mouse.click(name["x"] + 5, name["y"] + name["height"] / 2)
    expect(page).to_have_title("Efficacy · Bartizan")
    tab.settled()
    assert parse_qs(urlsplit(page.url).query)["model"] == ["dns"]
    page.go_back()
    drawn(page)
    spark = page.locator(".st-key-service-1 img").last.bounding_box()
    assert spark
    page.mouse.click(spark["x"] + spark["width"] / 2, spark["y"] + spark["height"] / 2)
    expect(page).to_have_title("Drift · Bartizan")
    expect(page.locator(".st-key-panel-decisions")).to_be_visible()


def test_a_figure_that_stands_in_a_section_opens_it(app: str, tab) -> None:
    page = drawn(tab.visit(f"{app}/?{WINDOW}"))
    page.locator('[class*="st-key-service-1"] [data-testid="stPageLink"] a:visible').nth(1).click()
    expect(page).to_have_title("Efficacy · Bartizan")
    expect(page.locator(".st-key-panel-unchecked")).to_contain_text("events a day were checked")


def test_the_way_to_more_of_what_wants_attention_takes_one_line_of_small_text(
    start: Callable[[Path], str], tmp_path: Path, tab
) -> None:
    for kind, path in write_perimeter(tmp_path).items():
        import_files(tmp_path / "warehouse", kind, [str(path)], zone="Europe/Berlin" if kind == "models" else None)
    page = drawn(tab.visit(f"{start(tmp_path / 'warehouse')}/"))
    box = page.get_by_role("button", name="Show 1 more").bounding_box()
    assert box
    assert box["height"] <= 18
