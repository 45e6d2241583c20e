"""The overview in plain sentences, for people who have thirty seconds and know no statistics.

A value from data (a service, a region, a technique) enters a sentence as it is: whoever shows it must not read it
as Markdown or HTML.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from analytics import dates
from analytics.efficacy.words import Tile
from analytics.numbers import count, ends, percent, short, value
from analytics.overview import words_events
from analytics.overview.results import Change, Happening, Overview, Service
from analytics.overview.words_events import MOST_NAMED, listed
from analytics.overview.words_items import accepted, attention, change, items, number, since
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.stats.differences import Difference

Drawn = Change | Happening
MOST_DRAWN = 3
"""Pictures to choose from: their names fit one line."""
WIDE = 0.2
"""Width of an interval of attacks caught from which it tells a director nothing."""


def headline(o: Overview, zone: str) -> str:
    """Return the one sentence: how many need attention, and the first thing to know."""
    n, needing = len(o.services), attention(o, zone)
    review = since(o, zone)
    verb = "needs" if len(needing) == 1 else "need"
    who = f"{number(len(needing)).capitalize()} of {number(n)} services" if n > 1 else "The one service"
    if empty(o):
        more = f" {who} {verb} attention since {review}." if needing else ""
        return f"No events in this selection: nothing was checked.{more}"
    if not needing and not o.compared:
        return f"Whether anything got worse since {review} cannot be told: there is nothing to compare."
    if not needing and o.acted_change is None:
        return f"Whether anything got worse since {review} can hardly be told: too few days to compare alarms."
    if not needing:
        where = f"any of {number(n)} services" if n > 1 else "the one service"
        but = " but what is accepted" if accepted(items(o, zone)) else ""
        return f"Nothing{but} got worse in {where} since {review}, as far as can be told."
    first = next(i for i in items(o, zone) if i.urgency in ("now", "since"))
    return f"{who} {verb} attention. {first.short}."


def empty(o: Overview) -> bool:
    """Tell whether the selection holds no events at all: nothing is known of it, good or bad."""
    return not o.events and not o.checked


def nothing_wanted(o: Overview) -> str:
    """Return what is said where nothing wants attention: that so it is, or that nobody can tell."""
    return "Nothing wants attention" if o.compared else "What wants attention cannot be told"


def before(o: Overview, scope: Scope, zone: str) -> str:
    """Return whose events were over before the window, in one sentence; empty where none were."""
    if not o.before or scope.since is None:
        return ""
    start = dates.day(scope.since.astimezone(ZoneInfo(zone)).date())
    return f"Over before {start}: events of {listed(o.before)}; a longer window tells."


def unknown(o: Overview) -> str:
    """Return what nobody can say yet, in one sentence; empty where all is known, or the selection holds nothing."""
    if empty(o):
        return ""
    checking = [s for s in o.services if not _idle(s)]
    unsure = [s for s in checking if not tells(s.efficacy.estimates["recall"])]
    if not unsure:
        return ""
    n, names = len(checking), listed([s.name for s in unsure])
    if len(unsure) == n > 1:
        names = f"all {number(n)} services"
    elif len(unsure) > 3:
        names = f"{number(len(unsure))} of {number(n)} services"
    return f"How many more attacks get past {names} cannot be told: too little of what passed has been looked at."


def tells(e: Estimate) -> bool:
    """Tell whether an estimate of attacks caught is worth a director's look."""
    return e.value is not None and e.low is not None and e.high is not None and e.high - e.low < WIDE


def caught(e: Estimate) -> str:
    """Return the cell of attacks caught: a figure, a range that tells something, or that it cannot be told."""
    if e.low is None or e.high is None or (e.value is None and e.high - e.low >= 0.99):
        return "no data" if e.quality == "no_data" else "not measurable"
    if not tells(e):
        return "cannot tell"
    return value(e) if e.basis != "audit" else ends(e)


def caught_range(e: Estimate) -> str:
    """Return the range of attacks caught where it is all that can be said; empty elsewhere."""
    return ends(e) if caught(e) == "cannot tell" else ""


def daily(e: Estimate) -> str:
    """Return the cell of a number a day."""
    if e.value is None:
        return "no data" if e.quality == "no_data" else "not measurable"
    return short(e.value, 2)


def daily_range(e: Estimate) -> str:
    """Return its interval; empty without any."""
    return "" if e.low is None or e.high is None or e.value is None else f"{short(e.low, 2)}–{short(e.high, 2)}"


def staged(s: Service) -> str:
    """Return the cell of the attacks that were staged on purpose: how many were caught."""
    return "no drill" if s.seeded is None else value(s.seeded)


def quality(s: Service) -> str:
    """Return the state of a service's estimates in a few words: what cannot be told yet, and why."""
    precision, recall = s.efficacy.estimates["precision"], s.efficacy.estimates["recall"]
    if not s.efficacy.n_labelled:
        return "no verdicts yet"
    if precision.quality == "arriving":
        return "labels still arriving"
    if precision.value is None:
        return "right alarms not measurable"
    if precision.quality == "few":
        return "few verdicts"
    return "all measured" if tells(recall) else "misses unknown"


def tiles(o: Overview, zone: str) -> list[tuple[str, Tile]]:
    """Return the four figures at the top, by key."""
    n, acting = len(o.services), [s for s in o.services if s.acts]
    needing, none = attention(o, zone), empty(o)
    compared_any = bool(needing or o.compared)
    return [
        (
            "protected",
            Tile(
                "Services that can stop attacks", "Services with a model in use that can stop what it finds.",
                "no data" if none else f"{len(acting)} of {n}", "" if none else _not_acting(o), "", "",
                known=not none,
            ),
        ),
        (
            "attention",
            Tile(
                "Need attention",
                "Services with a change for the worse, a storm, an outage, silent labels, a rule that overruled scores "
                "or a slice full of alarms. What somebody has accepted until a day does not count until then.",
                f"{len(needing)} of {n}" if compared_any else "cannot tell",
                f"{'going on, or ' if any(c.since for c in o.changes) else ''}since {since(o, zone)}: "
                + (listed(needing) if needing else "none" if compared_any else "nothing to compare"), "", "",
                known=compared_any,
            ),
        ),
        (
            "volume",
            Tile(
                "Checked a day",
                "Events that a model scored; alerted on, challenged or blocked: its alarms. They are counted by hour; "
                "of an hour that the window cuts, its part counts.",
                "no data" if none else short(o.checked),
                "" if none else _moved(o, zone), "", "", known=not none,
            ),
        ),
        (
            "truth",
            Tile(
                "Alarms judged right or wrong",
                "Share of the alarms of this window that somebody has judged, in the service with the smallest and in "
                "the one with the largest. " + _known_together(o),
                *_known(o), "", "", known=o.truth.value is not None,
            ),
        ),
    ]  # fmt: skip


def _not_acting(o: Overview) -> str:
    """Return which services cannot stop anything, and of which nobody can say: they checked nothing."""
    watching = [s.name for s in o.services if not s.acts and s.checked]
    idle = [s.name for s in o.services if not s.acts and not s.checked]
    alert = f"{listed(watching)} only {'alerts' if len(watching) == 1 else 'alert'}" if watching else ""
    return "; ".join(filter(None, (alert, f"{listed(idle)} checked nothing" if idle else "")))


def in_table(o: Overview) -> list[Service]:
    """Return the services with a row of their own: all, or where many checked nothing in the window, the others."""
    return [s for s in o.services if not _idle(s)] if left_out(o) else o.services


def left_out(o: Overview) -> str:
    """Return which services have no row, in one sentence; empty where each has."""
    names = [] if empty(o) else [s.name for s in o.services if _idle(s)]
    return f"{len(names)} more checked nothing in this window: {', '.join(names)}." if len(names) > MOST_NAMED else ""


def notes(o: Overview) -> list[str]:
    """Return what owners say of their data, each with whose it is, unless one says it of all."""
    if len(o.notes) == 1 and sum(map(len, o.notes.values())) == len(o.services):
        return list(o.notes)
    return [f"{listed(names)}: {note}" for note, names in o.notes.items()]


def _idle(s: Service) -> bool:
    return not s.checked and not s.acted


def _known(o: Overview) -> tuple[str, str]:
    """Return the smallest and the largest share of a service's alarms that carry a verdict, and whose they are.

    One service with very many alarms would hide all others in a share of all alarms together.
    """
    told = sorted((s for s in o.services if s.truth.value is not None), key=lambda s: s.truth.value or 0)
    if not told:
        if empty(o):
            return "no data", ""
        short_of = o.truth.quality == "not_measurable"
        return ("not measurable", "in less than an hour") if short_of else ("no alarms", "")
    least, most = (percent(s.truth.value or 0) for s in (told[0], told[-1]))
    if least == most:
        return f"{most} %", "of all alarms"
    return f"{least}–{most} %", f"of a service's alarms: {told[0].name} least, {told[-1].name} most"


def _known_together(o: Overview) -> str:
    return (
        ""
        if o.truth.value is None
        else f"Of all alarms together: {percent(o.truth.value)} % ({count(o.truth.n)} stored ones)."
    )


def _moved(o: Overview, zone: str) -> str:
    """Return how many of the events were acted on, and how both differ from the weeks before."""
    alarms, start = f"{short(o.acted)} alarms", since(o, zone)
    checked, acted = (_percent(change) for change in (o.checked_change, o.acted_change))
    if checked is None or acted is None:
        return f"{alarms}, too few days to compare"
    if not checked and not acted:
        return f"{alarms}; neither clearly changed since {start}"
    return f"{checked or 'no clear change'}; {alarms}, {acted or 'no clear change'} since {start}"


def _percent(change: Difference | None) -> str | None:
    """Return a clear change in percent; empty where it is not clear, None where too few days tell."""
    if change is None:
        return None
    return "" if change.low <= 1 <= change.high else f"{100 * (change.value - 1):+.0f} %"


def compared(o: Overview, zone: str) -> str:
    """Return what the comparison rests on."""
    return (
        f"{o.compared} figures were compared with the four weeks before {since(o, zone)}; of the changes told, "
        "at most 1 in 20 should be chance."
    )


def base(o: Overview, zone: str) -> str:
    """Return what the page rests on."""
    return f"Worked out from {count(o.rows)} stored events that stand for {count(o.events)}. {compared(o, zone)}"


def happening(h: Happening, zone: str) -> str:
    """Return what happened, as the title of its picture."""
    return words_events.sentence(h, zone).rstrip(".")


def usual(h: Drawn) -> str:
    """Return what is drawn."""
    if isinstance(h, Change):
        silent = bool(len(h.days)) and bool(h.days["silent"].any())
        text = "By the day of finding; dotted: mean before"
        return f"{text}; shaded: no verdicts, then a backlog." if silent else f"{text}."
    if h.daily:
        return f"{h.counted.capitalize()} day by day; dotted: usual, by the other alarms of the day."
    return f"{h.counted.capitalize()} hour by hour; dotted: usual for this hour."


def drawn(o: Overview) -> list[Drawn]:
    """Return what can be drawn, at most ``MOST_DRAWN``: what got worse day by day, then the latest of what happened."""
    worse: list[Drawn] = [c for c in o.changes if c.worse and len(c.days)]
    return (worse[:1] + o.happenings)[:MOST_DRAWN]


def when(d: Drawn, zone: str) -> str:
    """Return what it was and when it began, to choose by; words and digits of our own only, no text from data."""
    if isinstance(d, Change):
        return "Missed · by day"
    return f"{words_events.KINDS[d.kind]} · {words_events.when(d, zone)}"


def title(d: Drawn, o: Overview, zone: str) -> str:
    """Return the finding of a picture."""
    if isinstance(d, Change):
        return change(replace(d, technique=""), o, zone).text.rstrip(".")
    return happening(d, zone)
