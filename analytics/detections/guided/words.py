"""Answers to guided questions, in plain sentences.

A value from data (a domain, a path) enters a sentence as it is: whoever shows it must not read it as Markdown or HTML.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics import dates
from analytics.detections.payload import cell
from analytics.detections.results import Answer
from analytics.detections.words import mixed
from analytics.numbers import count

_PARTS = {
    "domain": ("source", "asked for {about} or a name under it", "Nobody else asked"),
    "received": ("other source", "received exactly this address", "Nobody else received exactly this address"),
    "path": ("source", "asked for {about}", "Nobody asked"),
    "prompt": ("other source", "sent exactly this text", "Nobody else sent exactly this text"),
    "alarms": ("source", "raised alarms at this application", "No source raised an alarm at this application"),
    "applications": ("other application", "touched by it", "It touched no other application"),
}
"""Of questions by part: what is counted, what it did, and what is said where there is none."""
_NEAR = {
    "hour": ("of this source", "This source did nothing else"),
    "site": ("with an address of {about}", "No other address of {about} was seen"),
    "case": ("in this case", "Nothing else belongs to this case"),
}
_BEFORE = {
    "text": ("Exactly this text was seen before", "Exactly this text was not seen before"),
    "source": (
        "Earlier detections of this source were judged",
        "None of this source was judged before",
    ),
}


def sentence(a: Answer, zone: str) -> str:
    """Return the answer to a question."""
    if a.key in _BEFORE:
        return _before(a, zone)
    if not a.complete:
        return "It takes longer than two seconds to tell, so it was not looked for further."
    if a.key == "layers":
        return _layers(a)
    when = _when(a, zone)
    if a.key in _NEAR:
        return _near(a, when)
    one, did, none = (text.format(about=cell(a.about)) if "{" in text else text for text in _PARTS[a.key])
    if not a.parts:
        return f"{none} {when}."
    most = "" if a.parts <= len(a.rows) else f" The {len(a.rows)} with the most are listed."
    times = f", {count(a.n)} times in all" if a.n > a.parts else ""
    if a.key == "applications":
        return f"It touched {_number(a.parts, one)}{times} {when}.{most}"
    return f"{_number(a.parts, one)} {did}{times} {when}.{most}"


def base(a: Answer, zone: str) -> str:
    """Return what rows an answer rests on, of how many."""
    listed = f"{count(len(a.rows))} listed"
    if a.key in _BEFORE:
        number = f"at least {count(a.n)}" if a.more or not a.complete else count(a.n)
        back = "" if a.since is None and not a.complete else f", back to {_time(a.since, zone)}"
        return f"{number} that fit of the rows of this version before it{back}; {listed}"
    if not a.complete:
        return "nothing: time was up"
    if a.key == "layers":
        return f"{_number(a.n, 'score')} of other models for the same request, from an hour before to an hour after it"
    return f"{count(a.n)} that fit of the {_number(a.read or 0, 'row')} of this version {_when(a, zone)}; {listed}"


def _near(a: Answer, when: str) -> str:
    what, none = (text.format(about=cell(a.about) or "its site") for text in _NEAR[a.key])
    if not a.n:
        return f"{none} {when}."
    acted = "none of them was acted on"
    if a.acted:
        acted = "it was acted on" if a.n == 1 else f"{count(a.acted)} of them acted on"
    elif a.n == 1:
        acted = "it was not acted on"
    nearest = f" The {len(a.rows)} nearest in time are listed." if a.n > len(a.rows) else ""
    return f"{_number(a.n, 'other detection')} {what} {when}; {acted}.{nearest}"


def _before(a: Answer, zone: str) -> str:
    some, none = _BEFORE[a.key]
    back = f" The search ran out of time; it looked back to {_time(a.since, zone)}." if a.since is not None else ""
    if not a.complete and not back:
        back = " The search ran out of time before it had looked at everything."
    if not a.n:
        return f"{none}{', as far as was looked' if back else ''}.{back}"
    number = f"at least {count(a.n)}" if a.more or not a.complete else count(a.n)
    newest = f" The newest {len(a.rows)} are listed." if a.n > len(a.rows) else ""
    said = a.verdicts if a.verdicts is not None else pd.Series(dtype=object)
    return f"{some}: {number}; {mixed(said)}.{newest}{back}"


def _layers(a: Answer) -> str:
    if not a.n:
        return "No other model scored this request within an hour."
    acted = "none of them acted on it" if not a.acted else f"{count(a.acted)} acted on it"
    return f"{_number(a.n, 'score')} of other models for the same request; {acted}."


def _number(n: int, what: str) -> str:
    return f"{count(n)} {what}{'' if n == 1 else 's'}"


def _when(a: Answer, zone: str) -> str:
    if a.since is None or a.until is None:
        return "in this time"
    return f"between {_time(a.since, zone)} and {_time(a.until, zone)}"


def _time(time: datetime | None, zone: str) -> str:
    if time is None:
        return "the beginning"
    local = time.astimezone(ZoneInfo(zone))
    return f"{dates.day(local)} {local:%H:%M}"
