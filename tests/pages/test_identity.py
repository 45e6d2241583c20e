"""Who looks, on the pages: nobody before signing in, only what the roles allow, and never what another one may see."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.detections.single import detection
from analytics.results import Measured
from analytics.scope import Scope
from analytics.settings import WAREHOUSE
from analytics.viewer import Role, Viewer
from analytics.warehouse import Reader, Trace, replay
from pages.parts import cache, identity, serving
from pages.parts.cache import View

MARKUP = "<b>Ana</b> [a](http://x.example) :material/home: **x**"


@pytest.fixture
def warehouse(small_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the small warehouse that the app under test reads."""
    st.cache_data.clear()
    st.cache_resource.clear()
    monkeypatch.setattr(identity, "_ended", {})
    directory = shutil.copytree(small_warehouse, tmp_path / "warehouse")
    monkeypatch.setenv(WAREHOUSE, str(directory))
    return directory


@pytest.fixture
def signing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """People have to sign in."""
    monkeypatch.setattr(serving, "auth", dict)


def claims(who: str, *roles: str, **more: Any) -> dict[str, Any]:
    """What the identity provider says of somebody."""
    said = {"sub": who, "email": f"{who}@example.org", "name": who, "roles": list(roles), "iat": int(time.time())}
    return {"is_logged_in": True, **said, **more}


def visit(
    repository: Path, user: dict[str, Any], page: str = "analysis/efficacy.py", opened: Iterable[str] = ()
) -> AppTest:
    """A page as somebody sees it."""
    app = AppTest.from_file(str(repository / "pages" / "frame.py"), default_timeout=30)
    app.switch_page(page)
    app.user = user
    app.query_params |= {"model": "dns", "version": "7"}
    for key in opened:
        app.session_state[key] = True
    return again(app)


def again(app: AppTest) -> AppTest:
    """The same after one more run."""
    app.run()
    assert not app.exception
    assert "Something went wrong" not in texts(app)
    return app


def press(app: AppTest, label: str) -> AppTest:
    """The same after a press of a button."""
    next(b for b in app.button if b.label == label).click()
    return again(app)


def texts(app: AppTest) -> str:
    """Everything that the page says in plain text."""
    return "\n".join(t.value for t in app.text).replace("\u00a0", " ")


def labels(app: AppTest) -> set[str]:
    """The buttons and popovers."""
    return {b.label for b in app.button} | {b.proto.popover.label for b in app.main if b.type == "popover"}


@pytest.mark.parametrize("page", ["briefing/overview.py", "analysis/detections.py"])
@pytest.mark.parametrize("user", [{}, claims("ana", "admin") | {"is_logged_in": False}], ids=["nobody", "signed out"])
def test_who_is_not_signed_in_sees_the_way_in_and_nothing_else(
    repository: Path, warehouse: Path, signing_in: None, page: str, user: dict[str, Any]
) -> None:
    app = visit(repository, user, page)
    assert texts(app) == "Sign in to Bartizan\nYou sign in where your organisation does, and come back here."
    assert labels(app) == {"Sign in"}
    assert {e.type for e in app.main if e.type} <= {
        "main",
        "text",
        "button",
        "flex_container",
        "vertical",
        "html",
        "empty",
    }
    assert not app.sidebar.children


@pytest.mark.parametrize(
    ("more", "says"),
    [({"iat": 1_000_000_000}, "holds for 12 hours"), ({"iat": None}, "12 hours"), ({"email": 7}, "names nobody")],
)
def test_a_sign_in_that_is_no_good_says_why(
    repository: Path, warehouse: Path, signing_in: None, more: dict[str, Any], says: str
) -> None:
    app = visit(repository, claims("ana", "admin", **more))
    assert says in texts(app)
    assert labels(app) == {"Sign in"}


def test_a_viewer_sees_figures_and_no_control_that_records(repository: Path, signing_in: None, visitors: Any) -> None:
    app = visit(repository, claims("dana", "boss", name=MARKUP))
    assert app.metric
    assert f"{MARKUP} · viewer" in texts(app)
    assert "Sign out" in labels(app) and "Act as" not in labels(app)
    assert not [label for label in labels(app) if re.match("Record|Assign|Reassign|Accept$", label)]
    assert "An analyst or an owner can propose what stands here." in texts(app)
    rendered = [m.value for m in app.markdown] + [b.label for b in app.button] + [t.value for t in app.title]
    assert not [r for r in rendered if "x.example" in r]
    for who, may in (("dana", False), ("ana", True)):
        app = visit(repository, claims(who, *["analyst"] * may), "assurance/feedback.py", ("plan", "through"))
        visitors.tick(app, -1, [0])
        recording = [label for label in labels(app) if re.match("Record|Draw|Make it", label)]
        assert bool(recording) is may, recording
        assert "Open it →" in [e.proto.label for e in app.get("page_link")]


def test_one_proposes_and_another_one_approves(repository: Path, warehouse: Path, signing_in: None) -> None:
    app = visit(repository, claims("ana", "analyst", "owner"))
    app.number_input(key="assume-cost_missed").set_value(90.0)
    press(again(app), "Record proposal")
    assert "It stays proposed: ana@example.org has proposed it, and nobody approves their own" in texts(app)
    assert "Record approval" not in labels(app)
    assert "Another person, an owner or an approver, has to approve it." in texts(
        visit(repository, claims("eve", "analyst"))
    )
    other = visit(repository, claims("otto", "approver"))
    assert "Proposed by ana@example.org" in texts(other)
    press(other, "Record approval")
    assert "Agreed by otto@example.org" in texts(other)
    agreed = ["assumptions_proposed", "assumptions_agreed"]
    assert [(r.kind, r.actor, r.verified_by) for r in replay(warehouse, kinds=agreed)] == [
        ("assumptions_proposed", "ana@example.org", "oidc"),
        ("assumptions_agreed", "otto@example.org", "oidc"),
    ]


def test_roles_are_read_anew_at_every_run(repository: Path, warehouse: Path, signing_in: None) -> None:
    app = visit(repository, claims("ana", "analyst"))
    assert "Record proposal" in labels(app)
    app.user = claims("ana")
    assert "Record proposal" not in labels(again(app))


def test_signing_out_ends_the_sign_in_in_every_tab(repository: Path, warehouse: Path, signing_in: None) -> None:
    user = claims("ana", "analyst")
    app, other = visit(repository, user), visit(repository, user)
    press(app, "Sign out")
    assert labels(app) == {"Sign in"}
    again(other)
    assert labels(other) == {"Sign in"}
    assert "You have signed out." in texts(other)
    assert "Sign out" in labels(visit(repository, user | {"iat": user["iat"] + 1})), "who signs in again is in"


def test_people_are_played_in_the_sample_only_and_in_no_address(
    repository: Path, sample_visitors: Any, warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not {"Act as", "Sign out"} & labels(visit(repository, {}))
    monkeypatch.setenv(WAREHOUSE, str(sample_visitors.warehouse))
    app = sample_visitors.visit("overview", opened=["act-as"])
    assert {"Act as", "Assign", "Accept", "Accepted"} <= labels(app)
    before = dict(app.query_params)
    press(app, "Dana, director")
    assert "Dana, director" in texts(app)
    assert not {"Assign", "Reassign", "Accept"} & labels(app)
    assert "Accepted" in labels(app), "what is accepted, by whom and why, everybody may read"
    assert dict(app.query_params) == before
    assert "Dana, director" not in texts(sample_visitors.visit("overview")), "nobody else plays"
    monkeypatch.setattr(serving, "auth", dict)
    app.user = claims("eve", "analyst")
    assert {"eve · analyst"} <= set(texts(again(app)).split("\n")), "who signs in is who they are"
    assert "Act as" not in labels(app)


def test_played_people_propose_and_approve(sample_visitors: Any) -> None:
    app = sample_visitors.visit("efficacy", {"model": "waf", "cost_missed": "90"}, opened=["act-as"])
    press(press(app, "Ana, analyst"), "Record proposal")
    assert "has to approve it" in texts(app)
    press(press(app, "Ariel, approver"), "Record approval")
    assert "Agreed by Ariel (sample)" in texts(app)
    assert [(r.actor, r.verified_by) for r in replay(sample_visitors.warehouse)][-2:] == [
        ("Ana (sample)", "sample"),
        ("Ariel (sample)", "sample"),
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_what_one_may_see_is_never_shown_to_another_who_may_not(hostile_warehouse: Path, order: int) -> None:
    """Whoever asks first: the cache keeps what they get for themselves."""
    st.cache_data.clear()
    st.cache_resource.clear()

    def person(name: str, role: Role) -> Viewer:
        return Viewer(name, frozenset({role}), "oidc", name)

    people = [person("a", "analyst"), person("v", "viewer"), person("a", "viewer"), person("b", "analyst")][::order]
    for who in people + people:
        reader = cache.open_reader(hostile_warehouse, who, None)
        assert reader.viewer == who, "records are written under the right name"
        view = View(reader, Scope("m", "1"), hostile_warehouse)
        found = view.ask(detection, Scope("m", "1"), "e-script", "e-script").result
        assert ("payload" in found.hidden) is ("viewer" in who.roles)
        assert ("<script" in str(found.row["payload"])) is ("analyst" in who.roles)


def test_people_of_the_same_roles_share_results_and_no_measure_learns_who_they_are(small_warehouse: Path) -> None:
    st.cache_data.clear()
    asked: list[Viewer] = []

    def measure(reader: Reader) -> Measured[tuple[str, ...]]:
        asked.append(reader.viewer)
        return Measured(tuple(sorted(reader.viewer.roles)), Trace(reader).provenance(Scope()))

    roles: tuple[frozenset[Role], ...] = (
        frozenset({"analyst"}),
        frozenset({"viewer"}),
        frozenset({"viewer", "analyst"}),
    )
    for actor, own in product(("a", "b", "a analyst"), roles):
        view = View(
            cache.open_reader(small_warehouse, Viewer(actor, own, "oidc", actor), None), Scope(), small_warehouse
        )
        assert view.ask(measure).result == tuple(sorted(own))
    assert [(v.actor, v.name, v.roles) for v in asked] == [("", "", own) for own in roles]
