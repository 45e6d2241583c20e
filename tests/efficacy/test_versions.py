"""The version in use: one rule for the overview, and for a page whose address names none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from analytics.efficacy.versions import ROLES, challenger, in_use, threshold_name
from analytics.glossary import TERMS
from analytics.overview import measures as overview
from analytics.scope import Scope
from analytics.warehouse.contract import MODEL_ROLES
from pages.parts import scope_bar

NEVER = pd.NaT
EARLY, LATE = datetime(2026, 11, 22), datetime(2026, 11, 23)
CASES = {
    "the champion, though another was seen later": ([("1", "champion", EARLY), ("2", "challenger", LATE)], "1"),
    "of two champions the one seen last": ([("1", "champion", LATE), ("2", "champion", EARLY)], "1"),
    "of no champion the one seen last": ([("1", "shadow", LATE), ("2", "challenger", EARLY)], "1"),
    "of one day the last by name": ([("2", "shadow", LATE), ("1", "shadow", LATE)], "2"),
    "a champion that saw nothing waits": ([("2", "champion", NEVER), ("1", "challenger", EARLY)], "1"),
}


def rows(versions: list[tuple[str, str, Any]]) -> pd.DataFrame:
    """Versions of one model as the measure returns them."""
    frame = pd.DataFrame(versions, columns=["model_version", "role", "until"])
    frame["until"] = pd.to_datetime(frame["until"])
    return frame.assign(since=frame["until"], model_id="w", name="Wall", service="WAF", notes="")


@pytest.mark.parametrize(("versions", "expected"), CASES.values(), ids=CASES.keys())
def test_page_and_overview_take_the_same_version(versions: list, expected: str) -> None:
    frame = rows(versions)
    assert in_use(frame.to_dict("records"))["model_version"] == expected
    assert scope_bar.fill(Scope(), frame.to_dict("records")).version == expected
    assert [u.version for u in overview.in_use(frame)] == [expected]


def test_where_no_version_saw_anything_a_page_still_opens_on_the_champion() -> None:
    frame = rows([("1", "champion", NEVER), ("2", "challenger", NEVER)])
    assert scope_bar.fill(Scope(), frame.to_dict("records")).version == "1"
    assert overview.in_use(frame) == []


@pytest.mark.parametrize(
    ("looked_at", "others", "expected"),
    [
        ("1", [("2", "challenger", LATE)], "2"),
        ("1", [("2", "challenger", EARLY), ("3", "challenger", LATE)], "3"),
        ("1", [("2", "challenger", NEVER)], None),
        ("1", [("2", "shadow", LATE), ("3", "retired", EARLY)], None),
        ("1", [], None),
        ("2", [("2", "challenger", LATE)], None),  # the champion is not drawn beside its challenger
    ],
)
def test_a_seen_challenger_is_drawn_beside_the_version_in_use(
    looked_at: str, others: list, expected: str | None
) -> None:
    found = challenger(rows([("1", "champion", LATE), *others]).to_dict("records"), looked_at)
    assert (found and found["model_version"]) == expected


def test_every_role_has_words_and_the_two_that_people_know_by_other_names_are_among_the_terms() -> None:
    assert set(ROLES) == set(MODEL_ROLES)
    assert {f"{ROLES[role]} ({role})" for role in ("champion", "challenger")} <= set(TERMS)


def test_the_threshold_of_a_candidate_is_its_own_and_in_force_nowhere() -> None:
    of = rows([("1", "champion", LATE), ("2", "challenger", LATE), ("3", "shadow", LATE), ("4", "", LATE)])
    told = [threshold_name(of, Scope("w", v)) for v in "1234"]
    assert told == ["in force", "its own threshold", "its own threshold", "in force"]
