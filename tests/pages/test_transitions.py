"""From every state of a page to the next: each widget alone, walks of many steps, and warehouses without data.

After every run the page must be sound: no exception, its frame, figures that are figures; and its address alone
must give the same view to a fresh visitor (``conftest`` says how each is told).
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from analytics.warehouse.kept import Kept

PAGES = ("overview", "efficacy", "drift", "detections", "explanations", "feedback")
SLIDE = {"present": "1"}
STEPS = 15


def everything(visitors: Any, page: str) -> list[str]:
    """The keys of all sections and popovers of a page, those inside of sections too."""
    app, found = visitors.visit(page), []
    while more := [b.key for b in app.main if b.type in ("expander", "popover") and b.key and b.key not in found]:
        found += more
        app = visitors.visit(page, opened=found)
    return found


def each_alone(visitors: Any, visit: Callable[[], AppTest], others: set[str]) -> list[str]:
    """Do each thing from a fresh page and undo it; those of ``others`` left out. Say what was not sound."""
    first = visit()
    view, page, query = visitors.seen(first), visitors.page_of(first), dict(first.query_params)
    found = [f"at first: {fault}" for fault in visitors.faults(first)]
    tried = [(i, move) for i, move in enumerate(visitors.moves(first)) if move.name not in others]
    assert tried
    for i, (name, _, _, records) in sorted(tried, key=lambda t: t[1].records):
        app = visit()
        move = list(visitors.moves(app))[i]
        move.do(app)
        if records:
            visitors.known.clear()
        told = [*visitors.faults(app), *visitors.to_others(app)]
        if not records and not told:
            (move.back or (lambda a: visitors.went(a, page, query)))(app)
            told += visitors.otherwise(view, visitors.seen(app), "the way back shows")
        found += [f"{name}: {fault}" for fault in told]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("query", [{}, SLIDE], ids=["page", "slide"])
@pytest.mark.parametrize("page", PAGES)
def test_each_widget_alone(sample_visitors: Any, page: str, query: dict[str, str]) -> None:
    """From a fresh page each widget is set to each other value, and back."""
    found = each_alone(sample_visitors, lambda: sample_visitors.visit(page, query), set())
    assert found == [], "\n".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_each_widget_of_sections_and_popovers_alone(sample_visitors: Any, page: str) -> None:
    """The same with all of them open, for the widgets that only then are there."""
    keys = everything(sample_visitors, page)
    others = {move.name for move in sample_visitors.moves(sample_visitors.visit(page))}
    others |= {f"close {key}" for key in keys}  # what opens them is undone by closing
    found = each_alone(sample_visitors, lambda: sample_visitors.visit(page, opened=keys), others)
    assert found == [], "\n".join(found)


def same(a: Any, b: Any) -> bool:
    """Tell whether two results say the same; a figure that is not there is the same as itself."""
    if isinstance(a, pd.DataFrame | pd.Series):
        return a.equals(b)
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return repr(a) == repr(b)


@pytest.mark.slow
def test_no_page_changes_what_is_kept_for_others(sample_visitors: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are shared by all who look: as they were worked out, so they are after every page, section and talk."""
    results: list[tuple[Any, Any, Any]] = []

    def get(self: Kept, key: Any, work: Callable[[], Any], rows: Callable[[Any], int]) -> Any:
        def noted() -> Any:
            found = work()
            if key[0] == "measured":
                results.append((key, found, deepcopy(found)))
            return found

        return kept_get(self, key, noted, rows)

    kept_get = Kept.get
    monkeypatch.setattr(Kept, "get", get)
    st.cache_resource.clear()  # nothing was worked out yet
    for page in PAGES:
        everything(sample_visitors, page)
        sample_visitors.visit(page, SLIDE)
    assert len(results) > 30
    assert [key for key, found, before in results if not same(found, before)] == []


def walk(visitors: Any, page: str, seed: int) -> list[str]:
    """Do things at random, each kind alike likely; say what was not sound after which steps."""
    dice, trail, app = random.Random(seed), [f"seed {seed}"], visitors.visit(page)
    for _ in range(STEPS):
        kinds: dict[str, list[Any]] = {}
        for move in visitors.moves(app):
            kinds.setdefault(re.split(r" → |(?<=follow) ", move.name)[0], []).append(move)
        move = dice.choice(kinds[dice.choice(sorted(kinds))])
        move.do(app)
        trail.append(move.name)
        if move.records:
            visitors.known.clear()
        if found := [*visitors.faults(app), *visitors.to_others(app)]:
            return [", ".join(trail), *found]
    visitors.went(app, page, {})
    return [f"{trail}, to the start: {fault}" for fault in [*visitors.faults(app), *visitors.to_others(app)]]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("page", PAGES)
def test_walks_over_the_sample(sample_visitors: Any, page: str, seed: int) -> None:
    found = walk(sample_visitors, page, seed)
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("seed", [10, 11])
@pytest.mark.parametrize("page", PAGES)
def test_walks_among_hostile_names(visitors: Any, page: str, seed: int) -> None:
    found = walk(visitors, page, seed)
    assert found == [], "\n".join(found)


def garbage(snapshot: Path) -> None:
    """Put something else in its place."""
    snapshot.write_bytes(b"not a database")


def truncated(snapshot: Path) -> None:
    """Keep its first half."""
    with snapshot.open("r+b") as f:
        f.truncate(snapshot.stat().st_size // 2)


def nothing(snapshot: Path) -> None:
    """Leave no warehouse at all."""
    shutil.rmtree(snapshot.parent.parent, ignore_errors=True)


ASKED = {"model": "dns", "version": "7", "where": "region=EMEA", "threshold": "0.3", "window": "all", "weak": "true"}


@pytest.mark.parametrize(
    ("page", "query"), [("", {}), ("overview", ASKED), ("efficacy", {}), ("efficacy", ASKED), ("", SLIDE)]
)
@pytest.mark.parametrize("damage", [garbage, truncated, Path.unlink, nothing])
def test_without_data_every_way_says_so_until_it_is_there(
    visitors: Any, small_warehouse: Path, damage: Callable[[Path], object], page: str, query: dict[str, str]
) -> None:
    warehouse = visitors.warehouse
    for snapshot in list((warehouse / "snapshots").iterdir()):
        damage(snapshot)
    says = "Nothing has been imported yet" if damage is nothing else "The data cannot be read"
    first = visitors.visit(page, query)
    view, ways = visitors.seen(first), list(visitors.moves(first))
    assert says in view
    for i, (name, *_) in enumerate(ways):
        app = visitors.visit(page, query)
        list(visitors.moves(app))[i].do(app)
        assert not app.exception
        assert not app.metric
        assert says in visitors.seen(app), name
        visitors.went(app, page, query)
        assert visitors.seen(app) == view, name
    shutil.rmtree(warehouse, ignore_errors=True)
    shutil.copytree(small_warehouse, warehouse)
    first.run()
    assert [*visitors.faults(first), *visitors.to_others(first)] == []
