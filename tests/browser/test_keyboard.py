"""The pages by keyboard alone: everything is reached, named and seen when it has the focus; nothing holds it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import CDPSession, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OVERVIEW, EFFICACY = "/", "/efficacy?model=dns&version=7"
MOST = 150
"""Presses of Tab after which the focus is taken not to come back."""
LEAST, AROUND = 12, 5
"""Pixels that must look otherwise with the focus; how far around an element they may be."""
STREAMLITS_OWN = {
    "stMain": "the scrolling area of the page: it takes the focus so that arrow keys scroll, has no name and no ring",
    "stBaseButton-elementToolbar": "the button Fullscreen of a picture: transparent until the mouse is over it",
    "stCode": "a block of code: it takes the focus so that arrow keys scroll, and has no name",
}
"""Test id -> why it need not be named or show its focus."""

FIND = """() => {
  const kinds = 'button, a[href], input, select, textarea, summary, [tabindex="0"], [contenteditable="true"]';
  const twins = '[data-testid="stSelectbox"] button, [data-testid^="stNumberInputStep"], .js-plotly-plot *';
  const found = [...document.querySelectorAll(kinds)].filter(e => !e.disabled && !e.matches(twins)
    && e.checkVisibility({visibilityProperty: true})
    && e.getBoundingClientRect().width > 0);
  found.forEach((e, i) => { e.numbered = i; });
  return found.map(e => (e.dataset.testid || '') + ' ' + e.outerHTML.slice(0, 120));
}"""
"""All with which something can be done. Left out are twins of a field that does the same by its arrow keys: the arrow
of a select box, plus and minus of a number; and what Plotly draws, which its alternative text tells.
"""
AT = """() => {
  const e = document.activeElement, main = document.querySelector('[data-testid=stMain]');
  if (!e || e === document.body) return null;
  const b = e.getBoundingClientRect(), down = main.contains(e) && e !== main ? main.scrollTop : 0;
  const header = document.querySelector('[data-testid=stHeader]').getBoundingClientRect().bottom;
  return {number: e.numbered ?? -1, id: e.dataset.testid || '', box: [b.x, b.y, b.width, b.height], down,
          covered: main.contains(e) && e !== main && b.bottom < header, html: e.outerHTML.slice(0, 120)};
}"""


@dataclass(frozen=True)
class Stop:
    """Where the focus stood."""

    number: int
    id: str
    role: str
    name: str
    box: tuple[float, float, float, float]
    """Left, top, width and height on the page."""
    differs: int
    """Pixels that look otherwise with the focus than without."""
    covered: bool
    """Whether it lay under Streamlit's header."""
    html: str

    def __str__(self) -> str:
        return f"{self.role} {self.name!r} at {[round(x) for x in self.box]}: {self.html}"


def accessible(session: CDPSession) -> tuple[str, str]:
    """Role and name of what has the focus, as Chromium tells them to a screen reader."""
    found = session.send("Runtime.evaluate", {"expression": "document.activeElement"})["result"]["objectId"]
    tree = session.send("Accessibility.getPartialAXTree", {"objectId": found, "fetchRelatives": False})
    node = tree["nodes"][0]
    return node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "").strip()


def differing(page: Page, box: list[float]) -> int:
    """How many pixels in and around a box look otherwise once the focus is taken away; it stays where it was."""
    x, y, width, height = box
    left, top = max(x - AROUND, 0), max(y - AROUND, 0)
    clip: Any = {"x": left, "y": top, "width": width + 2 * AROUND, "height": min(height + 2 * AROUND, 900 - top)}
    seen = page.screenshot(clip=clip, animations="disabled")
    page.evaluate("() => { window.had = document.activeElement; had.blur(); }")
    page.wait_for_timeout(30)
    unseen = page.screenshot(clip=clip, animations="disabled")
    page.evaluate("() => window.had.focus({preventScroll: true})")
    both = (Image.open(io.BytesIO(png)).convert("RGB") for png in (seen, unseen))
    return sum(ImageChops.difference(*both).convert("L").point(lambda v: v > 8).histogram()[1:])


def tour(page: Page) -> list[Stop]:
    """Press Tab until the focus comes back to where it was first."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    stops: list[Stop] = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        at = page.evaluate(AT)
        if at is None:  # past the last: the browser's own controls
            continue
        if stops and at["number"] == stops[0].number:
            return stops
        x, y, width, height = at["box"]
        role, name = accessible(session)
        box = (x, y + at["down"], width, height)
        differs = differing(page, at["box"])
        stops.append(Stop(at["number"], at["id"], role, name, box, differs, at["covered"], at["html"]))
    pytest.fail("The focus does not come back; its last stops:\n" + "\n".join(map(str, stops[-5:])))


@pytest.fixture(scope="module", params=[OVERVIEW, EFFICACY], ids=["overview", "efficacy"])
def toured(app: str, browser: Any, request: pytest.FixtureRequest) -> Any:
    """What can be done on a page, and where the focus went."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = drawn(context.new_page(), f"{app}{request.param}")
    things = page.evaluate(FIND)
    yield things, tour(page)
    context.close()


def drawn(page: Page, url: str) -> Page:
    """A page, once all of it is there."""
    page.goto(url)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)
    expect(page.get_by_test_id("stMetric").first).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_timeout(500)
    return page


def test_tab_reaches_everything_once_and_comes_back(toured: Any) -> None:
    things, stops = toured
    reached = [s.number for s in stops]
    assert [html for i, html in enumerate(things) if i not in reached] == [], "never reached"
    assert [str(s) for s in stops if s.number < 0 or reached.count(s.number) > 1] == [], "reached twice, or not visible"
    assert len(stops) > 25


def test_the_focus_moves_in_reading_order(toured: Any) -> None:
    """Down, or to the right; up only into the next column."""
    _, stops = toured
    pairs = [(a, b) for a, b in pairwise(stops) if "stMain" not in (a.id, b.id)]
    back = [f"{a} → {b}" for a, b in pairs if b.box[1] + b.box[3] <= a.box[1] and b.box[0] < a.box[0]]
    assert back == []


def test_everything_has_a_name_of_its_own_words(toured: Any) -> None:
    _, stops = toured
    icon = re.compile(r"\b[a-z]+_[a-z_]+\b")  # the name of an icon, read as if it were a word
    assert [str(s) for s in stops if s.id not in STREAMLITS_OWN and not icon.sub("", s.name).strip()] == []


def test_the_focus_is_seen(toured: Any) -> None:
    """Nothing lies over it either: what is reached is not scrolled under the header."""
    _, stops = toured
    assert [str(s) for s in stops if s.covered] == []
    looked = [s for s in stops if s.id not in STREAMLITS_OWN]
    assert [f"{s.differs} px, {s}" for s in looked if s.differs < LEAST] == []
    assert len(looked) > 25


def test_a_hidden_focus_would_be_noticed(app: str, tab) -> None:
    page = drawn(tab.page, f"{app}{OVERVIEW}")
    plain = "outline: none; box-shadow: none; color: black; background: white; border-color: white; transition: none"
    page.add_style_tag(content=f"* {{ {plain.replace(';', ' !important;')} !important }}")
    page.evaluate(FIND)
    page.get_by_role("button", name="Present", exact=True).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert differing(page, page.evaluate(AT)["box"]) < LEAST


def opened(page: Page, tab: Any, button: Locator, key: str) -> Locator:
    """A popover, opened by a key and filled."""
    button.focus()
    page.keyboard.press(key)
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_contain_text(re.compile(r"\w"))
    tab.settled()
    page.wait_for_timeout(200)
    return body


def closed(page: Page, tab: Any, body: Locator) -> None:
    """Close what is open by Escape."""
    page.keyboard.press("Escape")
    expect(body).to_have_count(0)
    tab.settled()
    page.wait_for_timeout(200)


@pytest.mark.parametrize("path", [OVERVIEW, EFFICACY])
def test_popovers_open_and_close_by_keyboard(app: str, tab, path: str) -> None:
    """Enter and Space open, in turns; Escape closes, and the focus is on the button again."""
    page = drawn(tab.page, f"{app}{path}")
    buttons = page.get_by_test_id("stPopoverButton")
    wrong: list[str] = []
    for i in range(buttons.count()):
        button = buttons.nth(i)
        closed(page, tab, opened(page, tab, button, ("Enter", "Space")[i % 2]))
        if not button.evaluate("e => e === document.activeElement"):
            wrong.append(f"{i} {button.inner_text()!r}: the focus is on {page.evaluate(AT)}")
    assert wrong == []
    assert buttons.count() >= 3


def around(page: Page, session: CDPSession) -> dict[int, str]:
    """Press Tab until the focus is back where it is now; the number and the name of all that had it."""
    start, found = page.evaluate(AT)["number"], {}
    for _ in range(MOST):
        page.keyboard.press("Tab")
        at = page.evaluate(AT)
        if at is not None:
            if at["number"] == start:
                return found
            found[at["number"]] = at["id"] if at["id"] in STREAMLITS_OWN else accessible(session)[1]
    pytest.fail(f"The focus does not come back; it was on {found}")


@pytest.mark.parametrize(("path", "least"), [(OVERVIEW, 9), (EFFICACY, 50)])
def test_all_inside_of_popovers_is_reached_and_named_and_lets_go(app: str, tab, path: str, least: int) -> None:
    """Streamlit puts what a popover holds behind the rest of the page: that is where Tab finds it."""
    page = drawn(tab.page, f"{app}{path}")
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    buttons, inside = page.get_by_test_id("stPopoverButton"), 0
    for i in range(buttons.count()):
        body = opened(page, tab, buttons.nth(i), "Enter")
        page.evaluate(FIND)
        held = body.evaluate("b => [...b.querySelectorAll('*')].map(e => e.numbered).filter(n => n >= 0)")
        names = around(page, session)
        assert [n for n in held if not names.get(n)] == [], f"popover {i}: not reached, or without a name"
        inside += len(held)
        closed(page, tab, body)
    assert inside >= least


def test_the_menu_leads_to_the_other_page_by_keyboard(app: str, tab) -> None:
    page = drawn(tab.page, f"{app}{OVERVIEW}")
    press_to(page, "button", "Analysis")
    page.keyboard.press("Enter")
    item = page.get_by_role("menuitem", name="Efficacy", exact=True).or_(
        page.get_by_role("link", name="Efficacy", exact=True)
    )
    expect(item).to_be_visible()
    page.keyboard.press("Escape")
    expect(item).to_have_count(0)
    assert page.evaluate("document.activeElement.innerText").startswith("Analysis")
    page.keyboard.press("Enter")
    expect(item).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Detections · Bartizan")


def press_to(page: Page, role: str, name: str) -> None:
    """Press Tab until what has the focus has this role and a name with these words."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if page.evaluate(AT) is None:
            continue
        found = accessible(session)
        if found[0] == role and name in found[1]:
            return
    pytest.fail(f"No {role} {name!r} is reached by Tab")


def test_a_director_goes_from_the_overview_to_a_shared_address(app: str, tab) -> None:
    """Overview, a figure of the second service, its slider, a section, and the address to share; no mouse."""
    page = drawn(tab.page, f"{app}/?since=2026-10-24&until=2026-11-23")
    second = page.locator('[class*="st-key-service-1"] [data-testid="stPageLink"] a:visible')
    press_to(page, "link", second.nth(2).inner_text().split("\n")[0])
    while not second.nth(2).evaluate("e => e === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_title("Efficacy · Bartizan")
    tab.settled()
    scope = {"model": ["dns"], "version": ["7"], "since": ["2026-10-24"], "until": ["2026-11-23"]}
    assert parse_qs(urlsplit(page.url).query) == scope
    page.wait_for_timeout(500)
    press_to(page, "slider", "Threshold")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("threshold="))
    tab.settled()
    threshold = parse_qs(urlsplit(page.url).query)["threshold"]
    press_to(page, "DisclosureTriangle", "Where it fails")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-panel-weak")).to_be_visible()
    page.wait_for_url(re.compile("weak=true"))
    tab.settled()
    press_to(page, "button", "Share")
    page.keyboard.press("Enter")
    address = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").inner_text().strip()
    query = parse_qs(urlsplit(address).query)
    assert query.pop("snapshot")
    assert query == {**scope, "threshold": threshold, "weak": ["true"]}
    assert tab.outside == []
