"""Explanations and what-if in a real browser: what opens, what fits the screen, and what is typed does nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from analytics.warehouse import replay
from analytics.warehouse.questions import KIND

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECTIONS = {
    "One feature, value by value": "depends",
    "One group of rows against another": "cohort",
    "Has what drives it changed": "moves",
    "How far to trust it (takes seconds)": "trusted",
}
"""Title -> key of what it shows, of a model that sees numbers."""
WIDER = "() => document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth"
"""Pixels by which the page is wider than the screen."""
LIVE = 'img[src="x"], a[href^="http://x.example"], a[href^="javascript"], .katex, [data-testid="stMain"] script'
"""What text from data must not become."""
PASTE = """(field, text) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(field, text);
    field.dispatchEvent(new Event('input', {bubbles: true}));
}"""
"""Puts a text into a field at once, as from the clipboard: a megabyte typed takes minutes."""


def barriers(page: Page) -> list[tuple[str, str]]:
    """What axe finds, but in Streamlit's own menu of a telephone: a list whose entries it gives no role."""
    page.wait_for_timeout(300)
    found = Axe().run(page, context={"exclude": [['[data-testid="stSidebarNavItems"]']]}).response["violations"]
    return [(v["id"], n["html"][:160]) for v in found for n in v["nodes"]]


def test_every_section_opens_by_keyboard_and_tells_its_finding(explained: str, tab) -> None:
    page = tab.visit(f"{explained}/explanations?model=n&version=boosting")
    expect(page).to_have_title("Explanations · Bartizan")
    expect(page.locator(".st-key-title-headline")).to_contain_text("the score most")
    for title, key in SECTIONS.items():
        for _ in range(60):  # by Tab alone, from where the last one left the focus
            page.keyboard.press("Tab")
            if page.evaluate("() => document.activeElement.innerText").strip().endswith(title):
                break
        else:
            pytest.fail(f"Tab does not reach {title}")
        page.keyboard.press("Enter")
        shown = page.locator(f'[class*="st-key-panel-{key}"], .st-key-reason-{key}').first
        expect(shown).to_be_visible()
        expect(shown).to_contain_text(re.compile(r"\w{4}"))
        tab.settled()
    assert page.get_by_test_id("stException").count() == 0
    assert page.evaluate(WIDER) <= 0
    assert barriers(page) == []
    assert tab.outside == []


def test_parts_of_hostile_texts_in_the_dark_on_a_telephone(explained: str, tab) -> None:
    tab.page.emulate_media(color_scheme="dark")
    tab.page.set_viewport_size({"width": 390, "height": 844})
    sections = "dependence=true&cohorts=true&parts=true&course=true"
    page = tab.visit(f"{explained}/explanations?model=t&version=linear&{sections}")
    expect(page.locator('[class*="st-key-panel-parts"]').first).to_be_visible()
    assert page.locator(LIVE).count() == 0
    assert page.evaluate(WIDER) <= 0
    assert barriers(page) == []
    assert tab.outside == []


def test_only_known_values_of_a_category_can_be_tried(explained: str, tab) -> None:
    page = tab.visit(f"{explained}/detections?model=k&version=onnx&detection=k7/onnx&event_id=k7&whatif=true")
    box = page.get_by_role("combobox", name="protocol")
    box.fill("<img src=x>")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(box).to_have_value("udp")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option")).to_have_text(["<b>⟨U+202E⟩**x**", "tcp", "udp"])
    page.get_by_role("option", name="tcp").click()
    page.get_by_role("button", name="Ask the model").click()
    expect(page.locator(".st-key-finding-what-if")).to_contain_text("the decision from alert to pass")
    expect(page.get_by_text("As asked", exact=True)).to_be_visible()


def test_hostile_texts_that_somebody_tries_do_nothing(
    explained: str, explained_warehouse: Path, payloads: dict[str, str], tab
) -> None:
    dialogs: list[str] = []
    tab.page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    page = tab.visit(f"{explained}/detections?model=t&version=linear&detection=t2/linear&event_id=t2&whatif=true")
    field = page.get_by_label("The text as the model gets it; one of more than 100,000 characters is not taken")
    ask = page.get_by_role("button", name="Ask the model")
    said = page.locator(".st-key-finding-what-if, .st-key-reason-what-if")
    before = questions(explained_warehouse)
    short = {name: text for name, text in payloads.items() if name != "long"}
    for i, (name, text) in enumerate(short.items(), 1):
        field.evaluate(PASTE, text)
        ask.click()
        while questions(explained_warehouse) < before + i:  # the test's own time limit ends it
            page.wait_for_timeout(20)
        tab.settled()
        expect(said).to_contain_text("The score goes from 0.932006 to")
        assert page.evaluate("window.hacked") is None, name
        assert page.locator(LIVE).count() == 0, name
        assert page.get_by_test_id("stException").count() == 0, name
        assert not set("\u202e\u200b\x1b") & set(page.locator(".st-key-whatif").inner_text()), name
    last = field.input_value()
    field.evaluate(PASTE, payloads["long"])
    expect(field).to_have_value(last)  # as its label says
    assert questions(explained_warehouse) == before + len(short)
    assert (dialogs, tab.outside) == ([], [])


def questions(warehouse: Path) -> int:
    """How many questions to a model stand in the log."""
    return len(list(replay(warehouse, kinds=[KIND])))
