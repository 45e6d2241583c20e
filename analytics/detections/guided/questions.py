"""Guided questions about one detection: question, query, at most five rows.

Each is answered on its own, when somebody asks: within a short span of time around the detection, or by a walk
through the list that stops after SEARCH_S seconds. What is asked depends on what is stored and on the service.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from analytics.detections.cursor import Cursor
from analytics.detections.filters import Filters
from analytics.detections.guided import queries
from analytics.detections.listing import JUDGED, Asked, ask, rows_of
from analytics.detections.queries import Query, joined
from analytics.detections.results import Answer, Detection
from analytics.detections.single import layers
from analytics.detections.walk import walk
from analytics.errors import BadInput, TooSlow
from analytics.results import Measured
from analytics.scope import Scope
from analytics.warehouse.contract import DETECTIONS
from analytics.warehouse.finding import find
from analytics.warehouse.reader import Reader
from analytics.warehouse.rows import Source, stored
from analytics.warehouse.selection import Condition
from analytics.warehouse.trace import Trace

MOST = 5
"""Rows of an answer."""
EARLIER = 200
"""Earlier rows whose verdicts are counted."""
SEARCH_S = 2.0
"""Seconds that a question takes at most."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_COLUMNS = ["event_id", "detection_id", "occurred_at", "model_id", "model_version", "score", "decision"]
_SHOWN = [*_COLUMNS, "application", "entity", "payload"]
_DOING = "answering a question"


@dataclass(frozen=True, slots=True)
class Asking:
    """What a question is asked of."""

    asked: Asked
    row: dict[str, Any]
    deadline: float

    @property
    def at(self) -> datetime:
        """Return when it happened, as it is stored."""
        return self.row["occurred_at"].to_pydatetime()

    def run(self, query: Query) -> pd.DataFrame:
        """Run a query in the time that is left."""
        left = int(1000 * (self.deadline - perf_counter()))
        self.asked.trace.queries.append(query)
        return self.asked.trace.reader.query(*query, max(left, 1))


@dataclass(frozen=True, slots=True)
class Question:
    """Something that an analyst asks about a detection."""

    key: str
    text: str
    needs: tuple[str, ...]
    """Columns in which the detection must have something that the viewer may see."""
    answer: Callable[[Asking], Answer]
    services: tuple[str, ...] = ()
    """What the service's name holds, in small letters; empty: any service."""
    tells_verdicts: bool = False
    """The answer says how others judged: not for somebody who is to judge blind."""


def offered(d: Detection, service: str) -> list[Question]:
    """Return the questions that can be asked of a detection, those of its service first."""
    name = service.casefold()
    mine = [q for q in QUESTIONS if not q.services or any(s in name for s in q.services)]
    there = [q for q in mine if all(d.row.get(c) and c not in d.hidden for c in q.needs)]
    return sorted(there, key=lambda q: not q.services)


def answer(reader: Reader, scope: Scope, key: str, detection_id: str, event_id: str | None = None) -> Measured[Answer]:
    """Return the answer to a question about a detection.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names the model; its window and slices play no part.
    key
        Of the question.
    detection_id, event_id
        As for ``detection``.

    Raises
    ------
    BadInput
        There is no such question, or it cannot be asked of this detection.
    """
    question = next((q for q in QUESTIONS if q.key == key), None)
    if question is None:
        raise BadInput(_DOING, f"there is no question {key!r}.", f"Ask {', '.join(q.key for q in QUESTIONS)}.")
    trace = Trace(reader)
    every = stored(reader, Scope(scope.model), trace.once)
    found = find(every, scope, [c.name for c in DETECTIONS], detection_id, event_id, trace, _DOING)
    row = {str(c): v for c, v in found.iloc[0].items()}
    for c in question.needs:
        if pd.isna(row[c]) or not every.visible(c):
            raise BadInput(_DOING, f"this detection has no {c} that you may see.", "Ask another question.")
    own = Scope(scope.model, str(row["model_version"]), known_at=scope.known_at)
    asking = Asking(ask(reader, own, Filters(), trace), row, perf_counter() + SEARCH_S)
    try:
        result = question.answer(asking)
    except TooSlow:
        result = Answer(key, rows=pd.DataFrame(columns=[*_SHOWN, *JUDGED]), complete=False)
    return Measured(replace(result, key=key), trace.provenance(own))


def _span(a: Asking, around: timedelta) -> tuple[datetime, datetime]:
    return a.at - around / 2, a.at + around / 2


def _near(a: Asking, where: Condition, around: timedelta, about: str = "") -> Answer:
    """Count what happened around a detection; its nearest rows."""
    since, until = _span(a, around)
    source = a.asked.stored.source(a.asked.selected.columns, [(since, until)])
    if source is None:
        return Answer("", rows=pd.DataFrame(), since=_utc(since), until=_utc(until), read=0)
    read = _read(a, source, since, until)
    n = a.run(queries.counted(source, where, since, until)).iloc[0]
    keys = a.run(queries.nearest(source, where, since, until, a.at, MOST))
    return Answer(
        "", _whole(a, keys), int(n["n"]), int(n["acted"]), 0, _utc(since), _utc(until), about=about, read=read
    )


def _parts(a: Asking, where: Condition, around: timedelta, column: str, about: str = "") -> Answer:
    """Count by source or application what happened around a detection; the newest row of the largest parts."""
    since, until = _span(a, around)
    source = a.asked.stored.source(a.asked.selected.columns, [(since, until)])
    read = _read(a, source, since, until) if source else 0
    found = a.run(queries.grouped(source, where, since, until, column, MOST)) if source else pd.DataFrame()
    whole = (int(found["whole"].iloc[0]), int(found["parts"].iloc[0])) if len(found) else (0, 0)
    rows = _whole(a, found)
    if len(found):
        rows = rows.assign(n=found["n"].to_numpy())
    return Answer("", rows, whole[0], 0, whole[1], _utc(since), _utc(until), about=about, read=read)


def _read(a: Asking, source: Source, since: datetime, until: datetime) -> int:
    """Return how many rows lie in the time that is looked at: of so many is what is found."""
    return int(a.run(queries.every(source, since, until))["n"].iloc[0])


def _earlier(a: Asking, f: Filters, where: Condition) -> Answer:
    """Return what came before a detection, the newest first, and how it was judged."""
    selected = ask(a.asked.trace.reader, a.asked.selected.scope, f, a.asked.trace).selected
    selected = replace(selected, where=joined(selected.where, where), exact=False)
    at = Cursor("newest", _utc(a.at), str(a.row["event_id"]), str(a.row["model_version"]))
    walked = walk(selected, "newest", EARLIER, at, a.asked.trace, a.deadline)
    rows = _whole(a, walked.keys)
    reached = walked.resume.at if walked.resume is not None else None
    since = reached if isinstance(reached, datetime) else None
    return Answer(
        "", rows.head(MOST), len(rows), complete=walked.complete, more=walked.more, since=since,
        verdicts=rows["verdict"],
    )  # fmt: skip


def _whole(a: Asking, keys: pd.DataFrame) -> pd.DataFrame:
    return rows_of(a.asked, keys, _SHOWN) if len(keys) else pd.DataFrame(columns=[*_SHOWN, *JUDGED])


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)


def _source_hour(a: Asking) -> Answer:
    return _near(a, queries.of_source(str(a.row["entity"]), str(a.row["event_id"])), HOUR)


def _source_day(a: Asking) -> Answer:
    mine = queries.of_source(str(a.row["entity"]), str(a.row["event_id"]))
    other = Condition("application <> $q_application", {"q_application": str(a.row["application"])})
    return _parts(a, joined(mine, other), DAY, "application")


def _source_judged(a: Asking) -> Answer:
    return _earlier(a, Filters(entity=str(a.row["entity"]), label="labelled"), Condition("true", {}))


def _text_before(a: Asking) -> Answer:
    return _earlier(a, Filters(), queries.same_text(str(a.row["payload"]), str(a.row["event_id"])))


def _text_others(a: Asking) -> Answer:
    mine = queries.same_text(str(a.row["payload"]), str(a.row["event_id"]))
    other = Condition("coalesce(entity, '') <> $q_entity", {"q_entity": str(a.row["entity"])})
    return _parts(a, joined(mine, other), DAY, "entity")


def _case(a: Asking) -> Answer:
    return _near(a, queries.of_case(str(a.row["case_id"]), str(a.row["event_id"])), 2 * DAY)


def _domain(a: Asking) -> Answer:
    parent = ".".join(str(a.row["payload"]).casefold().strip(".").split(".")[-2:])
    return _parts(a, queries.under_domain(parent), DAY, "entity", parent)


def _site(a: Asking) -> Answer:
    host = _host(str(a.row["payload"]))
    return _near(a, queries.on_site(host, str(a.row["event_id"])) if host else Condition("false", {}), DAY, host)


def _host(address: str) -> str:
    """Return the name of the site of an address; empty where there is none."""
    try:
        return (urlsplit(address).hostname or "").casefold()
    except ValueError:
        return ""


def _path(a: Asking) -> Answer:
    start = str(a.row["payload"]).partition("?")[0]
    start = " ".join(start.split(" ", 2)[:2])
    return _parts(a, queries.to_path(start), HOUR, "entity", start)


def _alarms(a: Asking) -> Answer:
    return _parts(a, queries.alarms_at(str(a.row["application"])), HOUR, "entity")


def _layers(a: Asking) -> Answer:
    trace = a.asked.trace
    found = layers(trace.reader, pd.Series(a.row), trace)
    return Answer("", found.head(MOST), len(found), int((~found["decision"].fillna("").isin(["", "allow"])).sum()))


QUESTIONS: tuple[Question, ...] = (
    Question(
        "domain", "How many sources asked for its parent domain?", ("payload", "entity"), _domain,
        ("dns", "domain"),
    ),
    Question("received", "Who else received this address that day?", ("payload", "entity"), _text_others, ("phish",)),
    Question("site", "What else was seen of the same site that day?", ("payload",), _site, ("phish", "url", "address")),
    Question(
        "path", "Who asked for the same path in that hour?", ("payload", "entity"), _path, ("waf", "web")
    ),
    Question(
        "prompt", "Who else sent the same text that day?", ("payload", "entity"), _text_others,
        ("prompt", "guard", "llm"),
    ),
    Question(
        "alarms", "Who raised alarms at this application that hour?", ("application", "entity"),
        _alarms, ("bot", "network", "ddos"),
    ),
    Question("hour", "What else did this source do in the hour around?", ("entity",), _source_hour),
    Question(
        "applications", "Which other applications did it touch that day?", ("entity", "application"), _source_day
    ),
    Question(
        "text", "Was the same text seen before, and how was it judged?", ("payload",), _text_before,
        tells_verdicts=True,
    ),
    Question(
        "source", "How were earlier detections of this source judged?", ("entity",), _source_judged,
        tells_verdicts=True,
    ),
    Question("layers", "Did another layer see the request?", ("correlation_id",), _layers),
    Question("case", "What else belongs to this case?", ("case_id",), _case),
)  # fmt: skip
"""All questions, by what they need and whom they serve."""
