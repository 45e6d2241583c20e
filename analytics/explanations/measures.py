"""Explanations: what every page, command and notebook calls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analytics.errors import BadInput, NoData
from analytics.explanations import imported, storing, text, words
from analytics.explanations.agreement import agreement
from analytics.explanations.asking import Asked, ask, window
from analytics.explanations.attributions import LIMIT_S, attributions
from analytics.explanations.fitted import in_unit, parts, score, whole
from analytics.explanations.results import Agreement, Attributions, Background, Contribution, Explanation, NotExplained
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.reader import Reader
from analytics.warehouse.trace import Trace

MOST = 10
"""N-grams that are listed in either direction, and pieces of a text."""
SAME = 1e-6
"""How far a stored score may be from what the saved model gives."""
_TYPICAL = (0.05, 0.5, 0.95)


def explain(
    reader: Reader, scope: Scope, detection_id: str, event_id: str | None = None, limit_s: float = LIMIT_S
) -> Measured[Explanation | NotExplained]:
    """Return why a version gave a detection its score.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names the model, and the version where its versions share ids. Its window and slices play no part.
    detection_id
        Or the id of the event, where no detection has this one.
    event_id
        The event of it, where it is known: the index then finds it at once.
    limit_s
        Seconds that estimating takes at most; exact methods take milliseconds.

    Returns
    -------
    Measured of Explanation or NotExplained
        The latter with the reason, where nothing exact enough can be said.

    Raises
    ------
    BadInput
        No model is named, it has no such detection, or its file is not what was saved.
    NoData
        No file of the model is there.
    """
    trace = Trace(reader)
    found: Explanation | NotExplained | None
    try:
        asked = ask(reader, scope, detection_id, event_id, trace)
        found = asked if isinstance(asked, NotExplained) else of_stored(reader, asked, limit_s, trace)
    except (BadInput, NoData) as e:  # no file of the model that could be used
        found = imported.explanation(reader, scope, detection_id, event_id, e.found, trace)
        if found is None:
            raise
    if isinstance(found, NotExplained):
        found = imported.explanation(reader, scope, detection_id, event_id, found.why, trace) or found
    return Measured(found, trace.provenance(scope))


def check(
    reader: Reader, scope: Scope, detection_id: str, event_id: str | None = None
) -> Measured[Agreement | NotExplained]:
    """Return whether a second method agrees with an explanation, and whether small changes leave it as it is.

    Takes some seconds where values are estimated. The parameters and errors are those of ``explain``.
    """
    trace = Trace(reader)
    asked = ask(reader, scope, detection_id, event_id, trace)
    found: Agreement | NotExplained
    if isinstance(asked, NotExplained):
        found = asked
    else:
        explained = worked_out(asked, LIMIT_S)
        found = explained if isinstance(explained, NotExplained) else agreement(asked, *explained)
    return Measured(found, trace.provenance(scope))


def of_stored(reader: Reader, asked: Asked, limit_s: float, trace: Trace) -> Explanation | NotExplained:
    """Return the explanation of a detection, from what a batch or an earlier question left where that is there."""
    known = storing.stored(reader, asked, trace) or storing.asked_before(reader, asked, limit_s)
    if known is None:
        found = attributions(asked.loaded.model, asked.loaded.note, asked.given, asked.usual, limit_s)
        if not isinstance(found, NotExplained):
            storing.remember(reader, asked, found, limit_s)
        known = storing.Known(found, "")
    if isinstance(known.found, NotExplained):
        return known.found
    told = _told(asked, known.found)
    return told if isinstance(told, NotExplained) else replace(told, source=known.source)


def worked_out(asked: Asked, limit_s: float) -> tuple[Attributions, Explanation] | NotExplained:
    """Return the attributions of a detection and the explanation that they amount to."""
    added = attributions(asked.loaded.model, asked.loaded.note, asked.given, asked.usual, limit_s)
    if isinstance(added, NotExplained):
        return added
    told = _told(asked, added)
    return told if isinstance(told, NotExplained) else (added, told)


def _told(asked: Asked, added: Attributions) -> Explanation | NotExplained:
    """Return the explanation that attributions of one row amount to."""
    listed, others, values = _of_text(asked, added) if asked.inputs.text else (_of_numbers(asked, added), 0.0, None)
    if isinstance(values, NotExplained):
        return values
    model, row = asked.loaded.model, asked.row.iloc[0]
    now, stored = float(score(model, asked.given)[0]), float(row["score"])
    since, until = window(asked)
    found = Explanation(
        model_id=str(asked.loaded.note["model_id"]),
        model_version=str(row["model_version"]),
        event_id=str(row["event_id"]),
        raised=tuple(c for c in listed if c.value > 0),
        lowered=tuple(c for c in listed if c.value < 0),
        others=others,
        rest=float(added.rest[0]),
        base=added.base,
        output=float(added.output[0]),
        unit=added.unit,
        score=now,
        stored_score=stored,
        threshold=asked.threshold,
        threshold_output=None if asked.threshold is None else in_unit(parts(model)[1], asked.threshold),
        method=added.method,
        n_background=added.n_background,
        background=Background(len(asked.ordinary), since, until),
        residual=float(added.residual[0]),
        error=float(added.error[0]),
        values=() if values is None else tuple(float(v) for v in values),
        marks=() if values is None else tuple(text.marks(values)),
        pieces=() if values is None else _pieces(asked, values),
        caveats=(),
        other_scale=abs(now - stored) > SAME,
    )
    return replace(found, sentence=words.sentence(found))


def _of_numbers(asked: Asked, added: Attributions) -> list[Contribution]:
    """Return what each feature adds, the strongest first."""
    own, usual = asked.inputs.stored(asked.row)[0], asked.inputs.stored(asked.ordinary)
    low, middle, high = np.quantile(usual, _TYPICAL, axis=0)
    names, columns = asked.inputs.names(), asked.inputs.columns
    words_ = {i: asked.words(i) for i in np.flatnonzero(asked.inputs.words)}
    return [
        Contribution(
            names[i], columns[i], *map(float, (added.values[0, i], own[i], middle[i], low[i], high[i])),
            word=words_[i][0] if i in words_ else "", usual_word=words_[i][1] if i in words_ else "",
        )
        for i in np.argsort(-np.abs(added.values[0]), kind="stable")
    ]  # fmt: skip


def _of_text(asked: Asked, added: Attributions) -> tuple[list[Contribution], float, np.ndarray | NotExplained]:
    """Return the strongest n-grams of either direction, the sum of the others, and what each character adds."""
    model = asked.loaded.model
    payload, usual = asked.given[0], [text.as_read(u) for u in asked.usual]
    row = added.values[0]
    by_gram = {added.names[j]: float(v) for j, v in zip(row.indices, row.data, strict=True)}
    of_parts = whole(model)
    values = text.of_parts(payload, by_gram) if of_parts else text.characters(payload, parts(model)[0][0], by_gram)
    if not abs(values.sum() - sum(by_gram.values())) < SAME:
        what = "parts" if of_parts else "n-grams"
        return [], 0.0, NotExplained(f"The {what} of this text cannot be found again in its characters.")
    order = sorted(by_gram, key=lambda g: (-abs(by_gram[g]), g))
    chosen = [g for sign in (1, -1) for g in [g for g in order if sign * by_gram[g] > 0][:MOST]]
    listed = [_occurring(g, by_gram[g], text.as_read(payload), usual) for g in chosen]
    return listed, sum(by_gram.values()) - sum(c.value for c in listed), values


def _pieces(asked: Asked, values: np.ndarray) -> tuple[Contribution, ...]:
    """Return the parts of the text that stand out."""
    payload = asked.given[0]
    found: dict[str, float] = {}
    for piece in [p for sign in (1, -1) for p in text.pieces(values, sign)]:
        part = payload[piece.start : piece.end]
        found[part] = found.get(part, 0.0) + piece.value
    order = sorted(found, key=lambda p: (-abs(found[p]), p))[: 2 * MOST]
    read, usual = text.as_read(payload), [text.as_read(u) for u in asked.usual]
    return tuple(_occurring(p, found[p], read, usual) for p in order)


def _occurring(part: str, value: float, payload: str, usual: list[str]) -> Contribution:
    """Return a part of a text with how often it is in the text and in how many ordinary ones, as the model reads it."""
    small = text.as_read(part)
    share = sum(small in u for u in usual) / len(usual)
    return Contribution(part, "payload", value, float(payload.count(small)), share, share, share)
