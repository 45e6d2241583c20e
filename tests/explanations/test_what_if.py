"""Questions to a model: answers are its own, flips really flip, and nothing is answered without a record."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analytics.errors import BadInput, NotAllowed
from analytics.explanations import door, flip, what_if
from analytics.explanations import words_asked as words
from analytics.explanations.asking import LEAST
from analytics.explanations.door import Feature, Offered
from analytics.explanations.flip import nearest_flip
from analytics.explanations.moving import VALUES
from analytics.explanations.results import NotExplained
from analytics.explanations.searching import Change, Flip, Search
from analytics.explanations.what_if import Side, WhatIf
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import Reader, open_reader, replay
from analytics.warehouse.questions import KIND, MOST_AN_HOUR
from analytics.warehouse.records import Event, record_all

TEXT, NUMBERS = Scope("t", "linear"), ("network", "boosting", "isolation")
COLUMNS = ("f.size", "f.peers", "f.rate", "f.age")


@pytest.fixture
def own(warehouse: Path, tmp_path: Path) -> Reader:
    """A reader of a copy, in which questions are recorded."""
    return open_reader(shutil.copytree(warehouse, tmp_path / "warehouse"), local_viewer())


def rows(frame: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """The detections of a version."""
    return frame[(frame["model_id"] == scope.model) & (frame["model_version"] == scope.version)].set_index("event_id")


def of_model(model: Any) -> Callable[[Any], np.ndarray]:
    """The model's own score."""
    return lambda x: model.predict_proba(x)[:, 1] if hasattr(model, "predict_proba") else -model.score_samples(x)


def given(row: pd.Series, **other: float) -> np.ndarray:
    """What the models of numbers are given."""
    values = row[list(COLUMNS)].astype(float).to_dict() | other
    return np.log(np.array([list(values.values())]) + 1e-3)


def asked(reader: Reader) -> list[tuple[str, dict[str, str]]]:
    """What stands in the log."""
    return [(r.subject, r.body) for r in replay(reader.directory, kinds=[KIND])]


@pytest.mark.parametrize("kind", NUMBERS)
def test_changed_numbers_score_as_the_model_says(
    own: Reader, frame: pd.DataFrame, models: dict[str, Any], kind: str
) -> None:
    scope, score = Scope("n", kind), of_model(models[kind][0])
    row = rows(frame, scope).loc["n7"]
    edited = row[list(COLUMNS)].astype(float).to_dict() | {"f.size": 9.5, "f.age": 0.0}
    w = what_if.what_if(own, scope, "n7", None, edited).result
    assert isinstance(w, WhatIf)
    assert w.changed.score == score(given(row, **{"f.size": 9.5, "f.age": 0.0}))[0]
    assert w.stored.score == pytest.approx(row["score"], abs=1e-12)
    assert (w.threshold, w.caveat) == (0.5, "")
    assert w.n_ordinary >= LEAST
    assert w.changed.decision == ("allow" if w.changed.score < 0.5 else w.changed.decision)
    assert "size 9.5" in w.changed.sentence or "age 0" in w.changed.sentence
    same = what_if.what_if(own, scope, "n7", None, row[list(COLUMNS)].astype(float).to_dict()).result
    assert isinstance(same, WhatIf) and same.changed == same.stored
    assert asked(own) == [("n7", {"model": "n", "version": kind, "what": "what_if"})] * 2


def test_a_changed_text_scores_as_the_model_says_and_is_not_recorded(
    own: Reader, frame: pd.DataFrame, models: dict[str, Any], payloads: dict[str, str]
) -> None:
    texts = ["", "get home", "xkq7 \u202e<img src=x onerror=alert(1)>", payloads["long"][: door.LONGEST]]
    for text in texts:
        w = what_if.what_if(own, TEXT, "t100", None, text).result
        assert isinstance(w, WhatIf)
        assert w.changed.score == models["linear"][0].predict_proba([text])[0, 1]
        assert w.stored.score == pytest.approx(rows(frame, TEXT).loc["t100", "score"], abs=1e-12)
        assert "\u202e" not in w.changed.sentence
    assert asked(own) == [("t100", {"model": "t", "version": "linear", "what": "what_if"})] * len(texts)
    with pytest.raises(BadInput, match="up to 100,000 characters"):
        what_if.what_if(own, TEXT, "t100", None, "x" * (door.LONGEST + 1))
    assert len(asked(own)) == len(texts), "what cannot be asked is no question"


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ({"f.size": float("nan")}, "the value nan is none that size can have"),
        ({"f.size": -0.5}, "the value -0.5 is none that size can have"),
        ({"f.other": 1.0}, "a value for each feature"),
    ],
)
def test_what_a_model_does_not_take_is_refused(own: Reader, edited: dict[str, float], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        what_if.what_if(own, Scope("n", "network"), "n7", None, dict.fromkeys(COLUMNS, 1.0) | edited)
    with pytest.raises(BadInput, match="a value for each feature"):
        what_if.what_if(own, Scope("n", "network"), "n7", None, "a text")
    assert asked(own) == []


@pytest.mark.parametrize("kind", NUMBERS)
def test_flips_of_numbers_flip_and_no_nearer_single_one_does(
    own: Reader, frame: pd.DataFrame, models: dict[str, Any], kind: str
) -> None:
    """Against a search over every usual value of every feature by the model itself."""
    scope, score = Scope("n", kind), of_model(models[kind][0])
    mine = rows(frame, scope)
    usual = np.log(mine[mine["decision"] == "allow"][list(COLUMNS)].to_numpy(dtype=float) + 1e-3)
    width = np.subtract(*np.quantile(usual, [0.95, 0.05], axis=0))
    counted = {"single": 0, "pair": 0, "none": 0}
    for event in [*mine.index[mine["decision"] == "block"][:4], *mine.index[mine["decision"] == "allow"][:4]]:
        row = mine.loc[event]
        f = nearest_flip(own, scope, event, event, 60).result
        assert isinstance(f, Flip) and f.complete
        assert f.alarm == (row["score"] >= 0.5)
        turned = {c.column: c.value for c in f.changes}
        after = float(score(given(row, **turned))[0])
        assert ((after >= 0.5) != f.alarm) == f.found
        if f.found:
            assert f.score == pytest.approx(after, abs=1e-9)
        x, every = given(row)[0], []
        for j in range(len(COLUMNS)):
            values = np.unique(np.quantile(usual[:, j], np.linspace(0.01, 0.99, VALUES), method="nearest"))
            every.append(np.repeat(x[None], len(values), axis=0))
            every[-1][:, j] = values
        tried = np.concatenate(every)
        ok = (score(tried) >= 0.5) != f.alarm
        far = (np.abs(tried[ok] - x) / width).max(axis=1).min(initial=np.inf)
        assert np.isfinite(far) == (len(f.changes) == 1), (event, f)
        if len(f.changes) == 1:
            assert f.distance <= 1.1 * far, (event, f)
        counted["single" if len(f.changes) == 1 else "pair" if f.changes else "none"] += 1
        if kind == "network" and f.found:
            half = np.exp(x + 0.5 * (given(row, **turned)[0] - x)) - 1e-3
            before = float(score(given(row, **dict(zip(COLUMNS, half, strict=True))))[0])
            assert (before >= 0.5) == f.alarm, "half of the change is not enough"
    assert counted["single"], counted


def test_flips_of_a_text_flip_and_none_of_its_parts_can_stay(
    own: Reader, frame: pd.DataFrame, models: dict[str, Any]
) -> None:
    mine, model = rows(frame, TEXT), models["linear"][0]
    found = 0
    for event in [*mine.index[mine["decision"] == "block"][:8], "t100", *mine.index[mine["decision"] == "allow"][:8]]:
        text = mine.loc[event, "payload"]
        f = nearest_flip(own, TEXT, event, event).result
        assert isinstance(f, Flip)

        def score(parts: tuple[tuple[int, int], ...], text: str = text) -> float:
            kept = "".join(c for i, c in enumerate(text) if not any(a <= i < b for a, b in parts))
            return float(model.predict_proba([kept])[0, 1])

        assert f.was == score(())
        assert f.score == score(f.parts)
        assert ((f.score >= 0.5) != (f.was >= 0.5)) == f.found
        assert f.left_out == tuple(text[a:b] for a, b in f.parts)
        for i in range(len(f.parts) if f.found else 0):
            fewer = score(f.parts[:i] + f.parts[i + 1 :])
            assert (fewer >= 0.5) == f.alarm, (event, f)
        found += f.found
    assert found > 4


def test_parts_are_left_out_while_needed_and_put_back_where_not() -> None:
    """By hand: the strongest part alone leads on, and is not needed once the two others are out."""
    by_hand = {"": 0.9, "a": 0.6, "b": 0.65, "c": 0.66, "ab": 0.55, "ac": 0.56, "bc": 0.3, "abc": 0.2}
    parts = {(0, 1): "a", (1, 2): "b", (2, 3): "c"}

    def scores(ways: list[list[tuple[int, int]]]) -> np.ndarray:
        return np.array([by_hand["".join(sorted(parts[p] for p in way))] for way in ways])

    def greedy(threshold: float) -> tuple[list[tuple[int, int]], bool]:
        asked: Any = None
        search = Search(asked, True, threshold, np.inf)
        return flip._greedy(scores, search, list(parts))

    assert greedy(0.5) == ([(1, 2), (2, 3)], True)
    assert greedy(0.62) == ([(0, 1)], True)
    assert greedy(0.1) == ([(0, 1), (1, 2), (2, 3)], False)


def test_time_that_is_up_is_said(own: Reader) -> None:
    f = nearest_flip(own, Scope("n", "network"), "n7", None, 0.0).result
    assert isinstance(f, Flip) and not f.complete
    assert "Time was up" in words.tried(f)


@pytest.mark.parametrize("role", ["viewer", "approver", "admin"])
def test_without_the_role_nothing_is_asked(own: Reader, role: Any) -> None:
    stranger = replace(own, viewer=Viewer("somebody@x", frozenset({role}), "oidc"))
    assert "analyst, owner or validator" in door.refused(stranger.viewer, TEXT)
    with pytest.raises(NotAllowed):
        door.enter(stranger, TEXT, _looked_up(own), "what_if")
    with pytest.raises(NotAllowed):
        nearest_flip(stranger, Scope("n", "network"), "n7", None)
    with pytest.raises(NotAllowed):
        what_if.what_if(stranger, Scope("n", "network"), "n7", None, dict.fromkeys(COLUMNS, 1.0))
    assert asked(own) == []


def test_a_pinned_view_answers_nothing(own: Reader) -> None:
    pinned = replace(TEXT, snapshot=own.snapshot.id)
    with pytest.raises(NotAllowed, match="pinned"):
        what_if.what_if(own, pinned, "t100", None, "x")
    with pytest.raises(NotAllowed, match="pinned"):
        nearest_flip(own, pinned, "t100", None)
    assert asked(own) == []


def _looked_up(reader: Reader) -> Any:
    return door.looked_up(reader, TEXT, "t100", None, door.Trace(reader))


def test_the_record_is_written_before_the_model_is_asked(own: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any) -> Any:
        raise RuntimeError("asked")

    for module in (flip, what_if):
        monkeypatch.setattr(module, "score", silent)
    with pytest.raises(RuntimeError):
        what_if.what_if(own, TEXT, "t100", None, "x")
    with pytest.raises(RuntimeError):
        nearest_flip(own, TEXT, "t100", None)
    assert [body["what"] for _, body in asked(own)] == ["what_if", "nearest_flip"]
    body = {"model": "t", "version": "linear", "what": "what_if"}
    record_all(own.directory, [Event(KIND, "t1", body, str(i)) for i in range(MOST_AN_HOUR - 2)], own.viewer)
    with pytest.raises(NotAllowed, match=f"{MOST_AN_HOUR} are allowed"):  # and not the RuntimeError
        what_if.what_if(own, TEXT, "t100", None, "x")


def test_what_is_offered_is_what_is_stored(own: Reader, frame: pd.DataFrame) -> None:
    text = door.offered(own, TEXT, "t100").result
    assert text == Offered(rows(frame, TEXT).loc["t100", "payload"], ())
    numbers = door.offered(own, Scope("n", "boosting"), "n7").result
    assert isinstance(numbers, Offered)
    row = rows(frame, Scope("n", "boosting")).loc["n7"]
    assert [(f.column, f.own) for f in numbers.features] == [(c, row[c]) for c in COLUMNS]
    assert asked(own) == [], "the model is not asked for that"


def test_a_model_without_a_file_says_so(own: Reader) -> None:
    for found in (door.offered(own, Scope("t", "none"), "z0"), nearest_flip(own, Scope("t", "none"), "z0", None)):
        assert isinstance(found.result, NotExplained)
        assert words.cannot(found.result) == (
            "What would change the decision cannot be told: No file of t none lies beside the warehouse."
        )
    assert asked(own) == []


OLDER = Change("age_days", "f.age_days", 4.0, 31.0, 400.0, True)
F = Flip(False, True, 0.5, 0.9, 0.42, (OLDER,), 0.4, (), (), True, 500, 6, False, 200, True)


def test_sentences() -> None:
    assert words.flip(F) == "It would pass if age_days were 31 or more (it is 4, usually 400)."
    assert words.after(F).startswith("It would then score 0.42; the threshold is 0.5. The change is 0.4 times")
    none = replace(F, found=False, changes=(), pairs=True, score=0.6)
    assert words.flip(none) == (
        "No change of one feature, or of two, to values that are usual would let it pass. "
        "The nearest that was found scores 0.6, at or above the threshold 0.5."
    )
    text = replace(F, of_text=True, alarm=False, changes=(), parts=((0, 1), (3, 4)), left_out=("a\u202e", "a\u202e"))
    assert words.flip(text) == "It would be an alarm without these 2 parts: “a⟨U+202E⟩” (2 times)."
    kept = replace(text, found=False, parts=((0, 1),), features=2, score=0.4)
    assert words.flip(kept) == (
        "Without the parts that spoke for the decision (1 of 2) it would score 0.4, below the threshold 0.5: "
        "no way to make it an alarm."
    )
    assert words.flip(replace(kept, features=0)) == "There is nothing that could be changed to make it an alarm."
    a, b = Side(0.9, "block", ""), Side(0.2, "allow", "")
    w = WhatIf(a, b, 0.5, "")
    assert words.moved(w) == "The score goes from 0.9 to 0.2, the decision from block to pass."
    assert words.moved(replace(w, stored=b)) == "The score stays 0.2; it still passes."
    assert words.side(b, 0.5) == "Score 0.2, below the threshold then in force, 0.5: pass."
    assert words.moved_of(w) == "this one detection; the saved model scored it twice, as stored and as asked"
    assert words.moved_of(replace(w, n_ordinary=200)).endswith("; the reasons compare with 200 ordinary rows")
    assert words.flip_of(F) == (
        "this one detection; the saved model scored it and 500 changes of it; what is usual is known from 200 ordinary "
        "rows"
    )
    assert words.flip_of(text) == "this one detection; the saved model scored it and 500 changes of it"
    hostile = Feature("<b>**x**_y :smile: $z$", "f.x", 1.0, 0.0, 0.5, 1.0, False)
    assert words.field(hostile, 0) == "b x y smile z"
    assert words.field(replace(hostile, name="**"), 4) == "feature 5"
