"""Signing in at a real provider: nobody sees anything before, and each role records only what it may."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LINK = "/efficacy?model=dns&version=7"
SignIn = Callable[[str], Page]


@pytest.fixture
def person(browser: Browser, signing_in: str) -> Iterator[SignIn]:
    """Sign somebody in, in a browser of their own, and open a deep link."""
    with ExitStack() as contexts:

        def sign_in(name: str) -> Page:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            contexts.callback(context.close)
            page = context.new_page()
            page.goto(signing_in + LINK)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("link", name=name, exact=True).click()
            page.wait_for_url(signing_in + LINK)  # back at the link, not at the first page
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            return page

        yield sign_in


def costs(page: Page) -> Page:
    """The open form of minutes and costs."""
    page.get_by_role("button", name="Minutes and costs").click()
    expect(page.get_by_label("Cost of a missed attack")).to_be_visible()
    return page


def test_nobody_sees_anything_before_signing_in(signing_in: str, tab, get) -> None:
    frames: list[str] = []
    tab.page.on("websocket", lambda ws: ws.on("framereceived", lambda data: frames.append(str(data))))
    for link in (LINK, "/", "/detections?model=dns", "/nothing"):
        page = tab.visit(signing_in + link)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(page.locator('[data-testid="stTopNavLink"], [data-testid="stTopNavSection"]')).to_have_count(0)
        said = page.locator('[data-testid="stMain"]').inner_text().split("\n")
        assert [text for text in said if text] == [
            "Sign in to Bartizan",
            "You sign in where your organisation does, and come back here.",
            "Sign in",
        ]
    assert frames
    assert not [f for f in frames if "DNS guard" in f or "EMEA" in f], "nothing of the data is sent"
    status, _, body = get(f"{signing_in}/health")
    assert (status, json.loads(body)) == (200, {"ok": True})
    assert tab.outside == []


def test_a_viewer_cannot_record_and_signing_out_ends_every_copy(
    person: SignIn, browser: Browser, signing_in: str
) -> None:
    page = costs(person("dana"))
    expect(page.locator(".st-key-note-who")).to_have_text("Dana · viewer")
    expect(page.get_by_text("An analyst or an owner can propose what stands here.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^(Record|Assign|Act as)"))).to_have_count(0)
    copy: BrowserContext = browser.new_context(storage_state=page.context.storage_state())
    second = copy.new_page()
    second.goto(f"{signing_in}/detections?model=dns")
    expect(second.get_by_role("button", name="Sign out")).to_be_visible()
    # A page that is still being drawn would ask for the sign-in by itself.
    second.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert not [c for c in page.context.cookies() if "user" in c["name"] or "way_back" in c["name"]]
    second.get_by_role("button", name="Words").click()  # a part of the page, without its frame
    expect(second.get_by_role("button", name="Sign in")).to_be_visible()
    second.reload()
    expect(second.get_by_text("You have signed out.")).to_be_visible()
    copy.close()


def test_one_proposes_and_another_one_approves(person: SignIn) -> None:
    page = costs(person("ana"))
    assert page.locator(".st-key-note-who").inner_text() == "<b>Ana</b> [a](http://x.example) · analyst, owner"
    assert page.locator('a[href*="x.example"], .st-key-note-who b').count() == 0
    box = page.get_by_label("Cost of a missed attack")
    box.fill("90")
    box.press("Enter")
    page.wait_for_url(re.compile("cost_missed=90"))
    page.get_by_role("button", name="Record proposal").click()
    expect(page.get_by_text("nobody approves their own proposal")).to_be_visible()
    expect(page.get_by_role("button", name="Record approval")).to_have_count(0)
    other = costs(person("otto"))
    expect(other.get_by_text("Proposed by ana@example.org")).to_be_visible()
    other.get_by_role("button", name="Record approval").click()
    expect(other.locator(".st-key-note-assumed")).to_contain_text("Agreed by otto@example.org")
    expect(other.get_by_text("(agreed by otto@example.org")).to_be_visible()
