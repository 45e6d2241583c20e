"""One detection: what was scored, what was decided, what others said of it, and how it was judged."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from analytics.detections import payload, words
from analytics.detections.results import Detection, Page
from analytics.results import Measured
from pages.parts import blocks, detection_list, detection_ways, exact, heads, inspect, queue_walk
from pages.parts.cache import View

_TABLES = (
    ("versions", "Other versions on the same event", ["model_version", "score", "decision", "mode"]),
    ("layers", "Other models on the same request", ["service", "name", "model_version", "score", "decision"]),
)
_LABELS = ["labelled_at", "verdict", "withdrawn_at", "reason", "label_source", "labelled_by", "outcome", "note"]


def show(view: View, found: Measured[Detection], page: Page) -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Show the detection; return the places for the sentence why, for the verdict and for what proves the sentence.

    To find the reason takes longer: its place is kept free, so that nothing moves under a hand.

    Parameters
    ----------
    found
        The detection.
    page
        The rows among which it was chosen: the way to the next one.
    """
    d, zone = found.result, view.reader.snapshot.zone
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="top", key="card-head"):
        blocks.finding("card", _head(d, zone))
        with st.container(horizontal=True, gap="small", width="content"):
            _ways(view, d, page)
            inspect.popover("card", found.provenance, _facts(d), "one detection")
    queue_walk.back(view)
    sentence = st.container(key="sentence")
    blocks.note("card", f"{words.decided(d)} {words.judged(d)}")
    text = d.row.get("payload")
    if text is not None:
        start, rest = payload.shown(str(text))
        st.code(start, language=None, wrap_lines=True)
        blocks.note("card-rest", rest)
    if d.hidden:
        blocks.note("card-hidden", words.hidden(d.hidden))
    verdict, reason = st.container(), st.container(key="why")
    left, right = st.columns(2, gap="medium")
    with left:
        _table("facts", "Where and whose", _facts(d))
        if d.features:
            _table("features", "What the model saw", _pairs(d.features, "Feature"))
    with right:
        for key, title, columns in _TABLES:
            rows: pd.DataFrame = getattr(d, key)
            if len(rows):
                _table(key, title, _spelled(rows[columns], zone))
    if len(d.labels):
        _table("labels", "What was said of it", _spelled(d.labels[_LABELS], zone))
    return sentence, verdict, reason


def _head(d: Detection, zone: str) -> str:
    local = pd.to_datetime(d.row["occurred_at"], utc=True).tz_convert(ZoneInfo(zone))
    decision = str(d.row.get("decision") or "no decision told")
    where = " · ".join(str(d.row[c]) for c in ("region", "application") if d.row.get(c))
    return " · ".join(filter(None, (decision.capitalize(), f"{local:%a} {local.day} {local:%b %Y %H:%M:%S}", where)))


def _ways(view: View, d: Detection, page: Page) -> None:
    queued = queue_walk.beside(view, d.row)
    before, behind = queued or (detection_ways.way(page, at) for at in detection_ways.beside(page, d.row))
    for label, to, key in (("Previous", before, "Alt+ArrowUp"), ("Next", behind, "Alt+ArrowDown")):
        st.button(label, on_click=detection_ways.go, args=(to,), disabled=to is None, type="tertiary", shortcut=key)
    st.button("Close", on_click=detection_ways.close, type="tertiary")


def _facts(d: Detection) -> pd.DataFrame:
    known = {
        detection_list.NAMES.get(c, c.replace("_", " ").capitalize()): v
        for c, v in d.row.items()
        if v is not None and c not in ("payload", "occurred_at", "score", "decision")
    }
    return _pairs({**known, **{k.capitalize(): v for k, v in d.slices.items()}}, "Fact")


def _pairs(values: Mapping[str, object], name: str) -> pd.DataFrame:
    rows = [(k, f"{v:.6g}" if isinstance(v, float) else payload.cell(str(v))) for k, v in values.items()]
    return pd.DataFrame(rows, columns=[name, "Value"])


def _spelled(rows: pd.DataFrame, zone: str) -> pd.DataFrame:
    found = exact.frame(rows).replace("", None).dropna(axis="columns", how="all")
    for c in found.columns:
        if c in ("labelled_at", "withdrawn_at"):
            found[c] = detection_list.times(found[c], zone, "%Y-%m-%d %H:%M").fillna("")
        elif c != "score":
            found[c] = found[c].map(lambda v: "" if pd.isna(v) else payload.cell(words.VERDICTS.get(str(v), str(v))))
    return found.rename(columns=lambda c: c.replace("_", " ").capitalize())


def _table(key: str, title: str, rows: pd.DataFrame) -> None:
    blocks.note(f"card-{key}", title)
    if len(rows):
        st.dataframe(rows, hide_index=True, key=f"card-{key}-table", alt=title, column_config=heads.explained(rows))
