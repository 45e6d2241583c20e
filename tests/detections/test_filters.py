"""Filters and places in a list as text, there and back; what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.detections import Cursor, Filters
from analytics.detections.filters import bar
from analytics.errors import BadInput
from analytics.scope import Scope

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
scores = st.floats(0, 1)
made = st.builds(
    lambda low, high, flagged, at, words, label, scored, part: Filters(
        score_from=low,
        score_to=high if low is None or (high is not None and high > low) else None,
        scored=scored,
        flagged=flagged,
        threshold=at if flagged is not None else None,
        label=label,
        part=part,
        **dict(zip(("case_id", "entity", "correlation_id", "find"), words, strict=True)),
    ),
    st.none() | scores,
    st.none() | scores,
    st.none() | st.booleans(),
    scores,
    st.tuples(*[st.none() | words] * 4),
    st.sampled_from(["any", "attack", "undetermined"]),
    st.none() | st.booleans(),
    st.none() | st.tuples(st.sampled_from(["region", "s.x"]), st.text(st.characters(exclude_categories=["Cs"]))),
)


@given(made)
def test_filters_come_back_from_their_text(f: Filters) -> None:
    assert Filters.from_text(f.to_text()) == f
    beside = Scope("m", "1", where=(("region", "a=b"),)).to_text()
    assert Filters.from_text(f"{beside}&{f.to_text()}&x=1") == f
    assert Scope.from_text(f"{beside}&{f.to_text()}").model == "m"


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(tzinfo=UTC)),
    scores | st.none(),
    st.none() | words,
    words,
    st.booleans(),
)
def test_places_come_back_from_their_text(
    at: datetime, score: float | None, event: str | None, version: str, back: bool
) -> None:
    version = version if event is not None else ""
    for cursor in (Cursor("newest", at, event, version, back), Cursor("top", score, event, version, back)):
        assert Cursor.from_text(cursor.to_text()) == cursor


@pytest.mark.parametrize(
    "text",
    [
        "score_from=x",
        "score_from=nan",
        "score_from=1.5",
        "score_from=0.5&score_to=0.5",
        "flagged=yes",
        "flagged=maybe&threshold=0.5",
        "label=attacks",
        "decision=deny",
        "population=all",
        "part=region",
        "part=x%27%3D1",
        "case_id=",
        f"find={'x' * 1001}",
    ],
)
def test_bad_filters_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Filters.from_text(text)


@pytest.mark.parametrize("text", ["", "x", "order=newest", "order=newest&at=x", "order=top&at=x", "order=top&at=nan"])
def test_bad_places_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Cursor.from_text(text)


def test_half_a_character_is_refused() -> None:
    with pytest.raises(BadInput):
        Filters(find="\ud800")


def test_a_threshold_alone_belongs_to_the_page() -> None:
    assert Filters.from_text("threshold=0.5") == Filters()


def test_the_last_bar_holds_the_score_one() -> None:
    assert bar(0.98, 1.0) == Filters(score_from=0.98, scored=True)
    assert bar(0.5, 0.52).score_to == 0.52
