"""What others said stays unseen until somebody has judged, and only then."""

from __future__ import annotations

import pandas as pd

from analytics.detections import blind, words
from analytics.detections.filters import Filters
from analytics.detections.measures import detection, page, similar
from analytics.scope import Scope
from analytics.warehouse import Reader


def test_nothing_that_was_said_is_left(reader: Reader, labels: pd.DataFrame) -> None:
    event = labels["event_id"].value_counts().index[0]
    d = detection(reader, Scope("m"), event, event).result
    assert blind.blind(d, "ben")
    assert not blind.blind(d, "ana"), "she judged it"
    hidden = blind.unseen(d)
    assert (hidden.verdict, hidden.label_source, len(hidden.labels)) == (None, None, 0)
    assert words.judged(hidden) == words.UNSEEN
    s = similar(reader, Scope("m"), event, 20, event).result
    told = words.similar(blind.unseen_similar(s))
    assert told.endswith("; how they were judged is shown after your verdict.")
    assert "verdict" not in blind.unseen_similar(s).rows
    assert "verdict" not in blind.unseen_page(page(reader, Scope("m"), Filters()).result).rows


def test_without_a_label_nothing_has_to_be_hidden(reader: Reader, frame: pd.DataFrame, labels: pd.DataFrame) -> None:
    event = next(e for e in frame["event_id"] if e not in set(labels["event_id"]))
    assert not blind.blind(detection(reader, Scope("m"), event, event).result, "ben")
