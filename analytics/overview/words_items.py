"""What wants attention, each thing in plain sentences. A value from data enters a sentence as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from analytics import dates
from analytics.numbers import count, percent, short
from analytics.overview import words_events
from analytics.overview.results import Change, Happening, Measure, Overview, Silence
from analytics.overview.reviews import Acceptance, standing

Urgency = Literal["now", "since", "earlier", "accepted"]
ORDER: tuple[Urgency, ...] = ("now", "since", "earlier", "accepted")
NAMES: dict[Measure, str] = {
    "precision": "right alarms",
    "recall": "attacks caught",
    "acted": "alarms a day",
    "checked": "events checked a day",
    "missed": "missed attacks found a day",
}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_MOVES = 7
"""Days by which the first day of an episode may be found elsewhere later."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that wants somebody's attention."""

    urgency: Urgency
    """now: goes on, or is a change for the worse; since: ended after the last review; earlier: before it; accepted:
    any of them, and somebody has accepted it until a day that is not over."""
    service: str
    text: str
    short: str
    """Its first clause, without a point."""
    about: Change | Happening | Silence = field(repr=False, compare=False)
    """What can be looked into; of silent labels the first service's."""
    subject: str
    """Names it in the log of records: the same thing keeps its name from snapshot to snapshot."""
    ended: datetime | None = None
    """When it was over; None where it goes on."""
    also: tuple[str, ...] = ()
    """Names that it may have had: with more days known, the first day of an episode may be found to be another one."""
    services: tuple[str, ...] = ()
    """All that it is about, where these are several."""
    acceptance: Acceptance | None = None
    """The last one, also where its day is over."""

    @property
    def key(self) -> str:
        """Its name in letters of our own, for a widget: the same however the list is sorted."""
        return hashlib.sha256(self.subject.encode("utf-8")).hexdigest()[:8]


def attention(o: Overview, zone: str) -> list[str]:
    """Return the services with what goes on, got worse or happened since the last review and nobody has accepted."""
    wanted = [i for i in items(o, zone) if i.urgency in ("now", "since")]
    return sorted({name for i in wanted for name in i.services or (i.service,)})


def items(o: Overview, zone: str) -> list[Item]:
    """Return all that wants attention: what goes on or got worse, what happened since, what before; latest first.

    What is accepted comes last.
    """
    found = [change(c, o, zone) for c in o.changes if c.worse]
    found += [_happening(h, o.since, zone) for h in o.happenings]
    found += _silences(o.silences, o.since.astimezone(ZoneInfo(zone)), len(o.services))
    today = last_day(o.until, zone)
    found = [_laid_over(i, standing(o.accepted, (i.subject, *i.also)), today) for i in found]
    return sorted(found, key=lambda i: (ORDER.index(i.urgency), -(i.ended or o.until).timestamp()))


def better(o: Overview, zone: str) -> list[Item]:
    """Return the changes since the last review that are not for the worse."""
    return [change(c, o, zone) for c in o.changes if not c.worse]


def _laid_over(i: Item, acceptance: Acceptance | None, today: date) -> Item:
    if acceptance is None:
        return i
    return replace(i, acceptance=acceptance, urgency="accepted" if today <= acceptance.until else i.urgency)


def last_day(until: datetime, zone: str) -> date:
    """Return the last day of the business zone that the data reach."""
    return (until.astimezone(ZoneInfo(zone)) - timedelta(microseconds=1)).date()


def ended(item: Item, zone: str) -> str:
    """Return whether a matter goes on, or when it ended."""
    if item.ended is None:
        return "still going on"
    over = f"ended {dates.day(item.ended.astimezone(ZoneInfo(zone)).date())}"
    return over if item.urgency == "accepted" else f"{over}, to be reviewed"


def acceptance(item: Item) -> str:
    """Return until when it is accepted, and by whom, or that this is over; empty where nobody accepted it."""
    a = item.acceptance
    if a is None:
        return ""
    verb = "accepted" if item.urgency == "accepted" else "was accepted"
    return f"{verb} until {dates.day(a.until)} by {a.by}"


def accepted(found: Sequence[Item]) -> str:
    """Return how many of the matters are accepted, and until when the first of them; empty where none is."""
    until = [i.acceptance.until for i in found if i.acceptance and i.urgency == "accepted"]
    if not until:
        return ""
    if len(until) == 1:
        return f"one is accepted until {dates.day(until[0])}"
    return f"{number(len(until))} are accepted, the first until {dates.day(min(until))}"


def without_owner(n: int, of: int) -> str:
    """Return how many of the matters nobody has taken on; empty where each has an owner."""
    if not n or not of:
        return ""
    if of == 1:
        return "it has no owner"
    if n == of:
        return "none has an owner"
    return f"{number(n)} of {number(of)} {'has' if n == 1 else 'have'} no owner"


def change(c: Change, o: Overview, zone: str) -> Item:
    """Return a change as a sentence, with what is worst about it."""
    start = day(c.since, zone) if c.since else since(o, zone)
    when = f"since {start}"
    if c.measure in ("precision", "recall"):
        verb = "fell" if c.difference.value < 0 else "rose"
        short_text = f"{c.service}: {NAMES[c.measure]} {verb} from {_share(c.before)} to {_share(c.after)} {when}"
        more = ""
    elif c.measure == "missed":
        way = "up" if c.difference.value > 1 else "down"
        usual, then = (c.before, start) if c.began is None else (c.until_then, dates.day(c.began))
        told = short(round(usual)) if c.after >= 10 else _a_day(usual)
        short_text = f"{c.service}: {_a_day(c.after)} missed attacks found a day, {way} from {told} before {then}"
        often = "mostly" if 2 * c.of_it > c.of_all else "most often"
        first = f", missed since {dates.day(c.first.astimezone(ZoneInfo(zone)).date())}" if c.first else ""
        more = f"; {often} “{words_events.named(c.technique)}”{first}" if c.technique else ""
    else:
        verb = "rose" if c.difference.value > 1 else "fell"
        short_text = f"{c.service}: {NAMES[c.measure]} {verb} from {_a_day(c.before)} to {_a_day(c.after)} {when}"
        more = ""
    return Item("now", c.service, f"{short_text}{more}.", short_text, c, f"{c.scope.model}/{c.measure}")


def _happening(h: Happening, after: datetime, zone: str) -> Item:
    urgency: Urgency = "now" if h.ongoing else "since" if h.end > after else "earlier"
    last = h.end - timedelta(microseconds=1) if h.daily else h.end  # the last day, not the midnight behind it
    subject, *also = _subjects(h)
    over = None if h.ongoing else last
    said, short_text = words_events.sentence(h, zone), words_events.clause(h, zone)
    return Item(urgency, h.service, said, short_text, h, subject, over, tuple(also))


def _subjects(h: Happening) -> list[str]:
    """Return the names of a happening in the log: its own, and those of the days around its first, nearest first."""
    if not h.daily:
        return [f"{h.scope.model}/{h.kind}/{h.start:%Y-%m-%dT%H}"]
    ((column, value),) = h.scope.where
    days = sorted(range(-_MOVES, _MOVES + 1), key=abs)
    return [f"{h.scope.model}/{h.kind}/{column}={value}/{h.start + timedelta(days=d):%Y-%m-%d}" for d in days]


def _silences(silences: list[Silence], after: datetime, n: int) -> list[Item]:
    """Return silent label feeds, those of the same days together."""
    found = []
    for (first, last, ongoing), same in groupby(
        sorted(silences, key=lambda s: (s.first, s.last, s.service)), key=lambda s: (s.first, s.last, s.ongoing)
    ):
        group = list(same)
        names = [s.service for s in group]
        who = f"all {number(n)} services" if len(names) == n and n > 1 else ", ".join(names)
        tail = ", and none since" if ongoing else ""
        text = f"No verdicts on alarms arrived for {who} from {dates.day(first)} to {dates.day(last)}{tail}"
        urgency: Urgency = "now" if ongoing else "since" if last >= after.date() else "earlier"
        over = None if ongoing else datetime.combine(last, time(12), after.tzinfo)
        subject = f"labels/{first.isoformat()}"
        said = (f"{text}.", text, group[0], subject, over)
        found.append(Item(urgency, ", ".join(names), *said, services=tuple(names)))
    return found


def since(o: Overview, zone: str) -> str:
    """Return the start of what is compared: the day, with the hour where that matters."""
    if o.until - o.since > timedelta(days=3):
        return dates.day(o.since.astimezone(ZoneInfo(zone)).date())
    return day(o.since, zone)


def day(time: datetime, zone: str) -> str:
    """Return a day of the business zone: *9 Nov*, with the hour unless it is midnight."""
    local = time.astimezone(ZoneInfo(zone))
    text = dates.day(local.date())
    return text if (local.hour, local.minute) == (0, 0) else f"{text} {local:%H:%M}"


def number(n: int) -> str:
    """Return a number as a word where it is small."""
    return NUMBERS[n] if n < len(NUMBERS) else count(n)


def _share(x: float) -> str:
    return f"{percent(x)} %"


def _a_day(x: float) -> str:
    return short(x) if x >= 10 else f"{x:.1f}"
