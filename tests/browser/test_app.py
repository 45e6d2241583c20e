"""The running app in a real browser: addresses, snapshots, headers, health, hostile names."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from analytics.look import FONT
from analytics.warehouse import current_id, import_files
from tests.browser.conftest import GROUND, barriers, in_scheme

pytestmark = [pytest.mark.browser, pytest.mark.slow]

Get = Callable[[str], tuple[int, dict[str, str], str]]

STREAMLITS_OWN: dict[str, str] = {}
"""axe rule -> the test id of Streamlit's own part that breaks it; empty where there is none."""


def headline(page: Page) -> str:
    """The sentence at the top of the page."""
    return page.locator(".st-key-title-headline").inner_text()


def view(page: Page) -> list[str]:
    """What a whole page says, the age of the data apart."""
    expect(page.locator(".js-plotly-plot .main-svg").nth(3)).to_be_visible()
    expect(page.get_by_test_id("stMetric")).to_have_count(6)
    said = page.locator('[data-testid="stText"], [data-testid="stMetric"], [data-testid="stSelectbox"]')
    return [text for text in said.all_inner_texts() if not text.startswith("data as of")]


def charts(page: Page) -> list[str]:
    """Names of the panels that hold a drawn chart."""
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    return sorted(
        re.findall(r"st-key-panel-(\S+)", " ".join(
            page.locator('[class*="st-key-panel-"]:has(.js-plotly-plot)').evaluate_all("es => es.map(e => e.className)")
        ))
    )  # fmt: skip


def test_a_cold_deep_link_is_the_right_page_inside_the_frame(
    start: Callable[[Path], str], small_warehouse: Path, tab
) -> None:
    """Streamlit's old discovery would run the page without its frame on the first visit after a start."""
    page = tab.visit(f"{start(small_warehouse)}/efficacy?model=dns&version=8")
    expect(page.get_by_test_id("stSelectbox")).to_have_count(4)
    expect(page.get_by_test_id("stMetric")).to_have_count(6)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    assert headline(page).endswith("how many attacks get past it cannot be said.")
    assert page.title() == "Efficacy · Bartizan"


def test_an_unknown_address_says_so_and_stays_inside_the_frame(
    start: Callable[[Path], str], small_warehouse: Path, tab
) -> None:
    page = tab.visit(f"{start(small_warehouse)}/nothing")
    expect(page.get_by_text("Page not found")).to_be_visible()
    expect(page.get_by_test_id("stSelectbox")).to_have_count(3)
    assert page.title() == "Overview · Bartizan"


def test_the_whole_page_is_drawn_and_no_request_leaves_the_machine(app: str, tab) -> None:
    page = tab.visit(f"{app}/efficacy?model=dns&version=7")
    assert charts(page) == ["confusion", "precision-recall", "scores", "weeks"]
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_text("This address always shows the data as it is now:")).to_be_visible()
    assert tab.outside == []


def test_an_open_section_is_in_the_address(app: str, tab, hostile_name: str) -> None:
    page = tab.visit(f"{app}/efficacy?model={quote(hostile_name)}")
    page.get_by_text("Where it fails").click()
    page.wait_for_url(re.compile("weak=true"))
    page.reload()
    tab.settled()
    ticks = page.locator(".st-key-panel-slices .ytick text")
    expect(ticks).to_have_count(3)
    names = {text.split("  n ")[0] for text in ticks.all_text_contents()}
    assert names == {"EMEA", "APAC", "<b>x</b> <img src=x onerror=alert(1)>"}
    assert page.locator('img[src="x"]').count() == 0


def test_inspect_tells_where_figures_come_from_and_gives_the_data(app: str, tab) -> None:
    page = tab.visit(f"{app}/efficacy?model=dns&version=7")
    page.locator(".st-key-inspect-confusion").get_by_role("button", name="Inspect").click()
    inside = page.get_by_test_id("stPopoverBody")
    expect(inside).to_contain_text(re.compile(r"Rests on: [\d,]+ rows.*, 234 labelled"))
    expect(inside).to_contain_text("Scope: model=dns&version=7")
    expect(inside.get_by_test_id("stCode").first).to_contain_text("SELECT")
    with page.expect_download() as download:
        inside.get_by_role("button", name="Download the data (CSV)").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert download.value.suggested_filename == "bartizan-confusion.csv"
    assert lines[0] == "truth,decision,rows,a_day,low,high"
    assert [",".join(line.split(",")[:3]) for line in lines[1:]] == [
        "attack,alarm,78",
        "attack,no alarm,44",
        "attack,not scored,0",
        "benign,alarm,15",
        "benign,no alarm,97",
        "benign,not scored,0",
    ]


def test_a_script_in_the_page_cannot_reach_another_host(app: str, tab) -> None:
    page = tab.visit(f"{app}/efficacy")
    tried = page.evaluate(
        """async () => {
            const refused = [];
            document.addEventListener("securitypolicyviolation", e => refused.push(e.effectiveDirective));
            await fetch("https://elsewhere.example/").catch(() => null);
            try { new WebSocket("wss://elsewhere.example/"); } catch (e) {}
            const img = new Image(); img.src = "https://elsewhere.example/x.png"; document.body.append(img);
            await new Promise(r => setTimeout(r, 500));
            return refused;
        }"""
    )
    assert sorted(tried) == ["connect-src", "connect-src", "img-src"]
    assert tab.outside == []


def test_reload_and_copied_address_give_the_same_view(app: str, tab, browser) -> None:
    page = tab.visit(f"{app}/efficacy?model=dns&version=7")
    page.get_by_test_id("stSelectbox").filter(has_text="Slice").get_by_role("combobox").click()
    page.get_by_role("option", name="region: APAC").click()
    page.wait_for_url(re.compile("where=region%3DAPAC"))
    expect(page.locator(".st-key-note-base")).to_contain_text("80 rows")
    tab.settled()
    seen = view(page)
    assert len(seen) > 20
    page.reload()
    tab.settled()
    expect(page.locator(".st-key-note-base")).to_contain_text("80 rows")
    assert view(page) == seen
    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    other.goto(page.url)
    expect(other.locator(".st-key-note-base")).to_contain_text("80 rows")
    assert view(other) == seen
    other.context.close()


def test_a_choice_beside_an_open_section_is_one_step_and_keeps_it(app: str, tab) -> None:
    """Streamlit lets nobody else write the key of an open section: what goes out of the address is emptied."""
    page = tab.visit(f"{app}/efficacy?model=dns&version=7&weak=true&since=2026-01-01&until=2027-01-01")
    before = page.evaluate("history.length")
    page.get_by_role("combobox", name="Window").click()
    page.get_by_role("option", name="All data").click()
    page.wait_for_url(lambda url: "2027" not in url)
    tab.settled()
    expect(page.get_by_text("Something went wrong")).to_have_count(0)
    expect(page.get_by_test_id("stMetric")).to_have_count(6)
    assert parse_qs(urlsplit(page.url).query) == {"model": ["dns"], "version": ["7"], "weak": ["true"]}
    assert page.evaluate("history.length") == before + 1
    page.go_back()
    page.wait_for_url(lambda url: "2027" in url)
    tab.settled()
    expect(page.get_by_test_id("stDateInput")).to_be_visible()
    window = page.get_by_role("combobox", name="Window")
    expect(window).to_have_count(1)  # the one before may stand beside it until the run has ended
    expect(window).to_have_value("Chosen days")


def test_going_back_goes_back(app: str, tab) -> None:
    page = tab.visit(f"{app}/efficacy?model=dns&version=7")
    page.get_by_test_id("stSelectbox").filter(has_text="Version").get_by_role("combobox").click()
    page.get_by_role("option", name="8 · candidate").click()
    expect(page.locator(".st-key-title-headline")).to_contain_text("cannot be said")
    page.go_back()
    expect(page.locator(".st-key-title-headline")).to_contain_text("are caught")


def test_an_import_while_the_app_is_open_shows_at_the_next_interaction(
    start: Callable[[Path], str], own_warehouse: Path, tmp_path: Path, write_outputs, tab
) -> None:
    page = tab.visit(f"{start(own_warehouse)}/efficacy?model=dns&version=7")
    expect(page.locator(".st-key-note-base")).to_contain_text("240 rows")
    before = current_id(own_warehouse)
    _, more = write_outputs(tmp_path / "more", rows=60, shift=240)
    import_files(own_warehouse, "detections", [str(more)])
    assert current_id(own_warehouse) != before
    page.get_by_test_id("stSelectbox").filter(has_text="Window").get_by_role("combobox").click()
    page.get_by_role("option", name="Last 90 days").click()
    expect(page.locator(".st-key-note-base")).to_contain_text("300 rows")
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.locator(".st-key-note-snapshot")).to_contain_text(str(current_id(own_warehouse)))


def test_empty_and_broken_look_different_and_health_tells(
    start: Callable[[Path], str], own_warehouse: Path, tmp_path: Path, tab, get: Get
) -> None:
    address = start(own_warehouse)
    status, _, body = get(f"{address}/health")
    found = json.loads(body)
    assert status == 200
    assert (found["ok"], found["snapshot"]) == (True, current_id(own_warehouse))
    assert 0 <= found["age_s"] < 3600
    assert str(tmp_path) not in body
    for snapshot in (own_warehouse / "snapshots").iterdir():
        snapshot.write_bytes(b"not a database")
    status, _, body = get(f"{address}/health")
    assert (status, json.loads(body)["ok"]) == (503, False)
    assert str(tmp_path) not in body
    page = tab.visit(f"{address}/efficacy")
    expect(page.get_by_text("The data cannot be read")).to_be_visible()
    shutil.rmtree(own_warehouse)
    page = tab.visit(f"{address}/efficacy")
    expect(page.get_by_text("Nothing has been imported yet")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_headers_are_on_every_answer_and_metrics_are_closed(app: str, get: Get) -> None:
    for path in ("/", "/efficacy", "/health", "/_stcore/health", "/_stcore/metrics", "/nothing/here"):
        _, headers, _ = get(app + path)
        policy = headers["content-security-policy"]
        assert "connect-src 'self';" in policy
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"https?:|wss?:|\*", policy)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
    for path in ("/_stcore/metrics", "/_stcore/metrics/", "/efficacy/_stcore/metrics", "//_stcore/metrics"):
        status, _, body = get(app + path)
        assert status != 200 or "# TYPE" not in body
    assert get(f"{app}/_stcore/metrics")[0] == 403


def test_a_page_names_the_file_that_draws_its_charts_and_the_browser_fetches_it_once(app: str, get: Get, tab) -> None:
    _, headers, _ = get(f"{app}/efficacy")
    named = re.fullmatch(r"<\./(static/js/PlotlyChart\.[^>]+\.js)>; rel=modulepreload; crossorigin", headers["link"])
    assert named and get(f"{app}/{named[1]}")[:1] == (200,)
    assert "link" not in get(f"{app}/health")[1]
    page = tab.visit(f"{app}/efficacy")
    assert len(charts(page)) == 4
    fetched = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    assert sum(name.endswith(named[1]) for name in fetched) == 1, "named otherwise than the page asks for it: twice"


def test_hostile_names_stay_text(app: str, tab, hostile_name: str) -> None:
    page = tab.visit(f"{app}/efficacy?model={quote(hostile_name)}")
    assert len(charts(page)) == 4
    page.get_by_test_id("stSelectbox").filter(has_text="Slice").get_by_role("combobox").click()
    page.get_by_role("option", name="region: <b>x</b> <img src=x onerror=alert(1)>").click()
    page.wait_for_url(re.compile("where="))
    tab.settled()
    expect(page.locator(".st-key-note-base")).to_contain_text("80 rows")
    page.get_by_test_id("stSelectbox").filter(has_text="Model").get_by_role("combobox").click()
    option = page.get_by_role("option").filter(has_text="x.example")
    assert option.inner_text().strip() == f"<i>n</i> **bold** {hostile_name}"
    assert page.locator('img[src="x"], a[href^="http://x.example"], .katex').count() == 0
    assert page.locator('[role="option"] i, [role="option"] b, [role="option"] strong').count() == 0
    assert tab.outside == []


@pytest.mark.parametrize(
    "query",
    ["efficacy?model=dns&version=7", "efficacy?model=dns&version=8", "efficacy?model=nobody", "drift?model=dns"],
)
def test_no_barrier_that_axe_can_find(app: str, tab, query: str) -> None:
    assert barriers(tab.visit(f"{app}/{query}"), STREAMLITS_OWN) == []


def test_pictures_are_read_in_light_and_dark_whenever_that_changes(app: str, tab) -> None:
    """By the clock of the machine or from the menu: nothing is asked of the server, so nothing is drawn anew."""
    page = tab.visit(f"{app}/efficacy?model=dns&version=7")
    assert len(charts(page)) == 4
    colours = """() => [...document.querySelectorAll('.js-plotly-plot .xtick text, .js-plotly-plot .xtitle')]
        .map(e => getComputedStyle(e).fill)"""
    for scheme in GROUND:
        in_scheme(page, scheme)
        assert set(page.evaluate(colours)) == {f"rgb{tuple(bytes.fromhex(FONT[scheme][1:]))}"}


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_is_cut_off_sideways(app: str, tab, width: int) -> None:
    tab.page.set_viewport_size({"width": width, "height": 844})
    page = tab.visit(f"{app}/efficacy?model=dns&version=7")
    assert len(charts(page)) == 4
    if width == 1440:
        boxes = [page.get_by_role("button", name=name).bounding_box() for name in ("Present", "Words", "Share")]
        assert np.ptp([b["y"] + b["height"] / 2 for b in boxes if b]) < 12, "the head is one line"
    wide = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"] *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && e.getBoundingClientRect().width)
            .map(e => e.className.toString().slice(0, 80))"""
    )
    assert wide == []
