"""Where a model is weak, and how a candidate compares, in plain sentences."""

from __future__ import annotations

import pandas as pd

from analytics.efficacy.against import Against, Segment
from analytics.efficacy.layered import Layers
from analytics.efficacy.weak import Search, Weak
from analytics.efficacy.words import NAMES, column_name
from analytics.numbers import count, interval, score, short, value


def search(s: Search) -> str:
    """Return the finding of a search for weak slices."""
    if s.why:
        return s.why
    if not s.searched:
        return "No slice holds enough labels to be compared"
    if not s.found:
        return f"No weak slice beyond chance among {count(s.searched)}"
    worst = s.found[0]
    plain = NAMES[worst.measure][0].split(" (")[0].lower()
    return f"Weakest: {where(worst.where)}, {value(worst.inside)} {plain} against {value(worst.rest)} elsewhere"


def searched(s: Search) -> str:
    """Return what was searched and how it is to be read."""
    columns = ", ".join(map(column_name, s.columns))
    return (
        f"{count(s.searched)} slices of {columns} and of two of these, each against the rest; "
        "about one in 20 of those named may be chance. Found by a search: confirm on other data before acting."
    )


def where(pairs: tuple[tuple[str, str], ...]) -> str:
    """Return slice conditions in words."""
    return " and ".join(f"{column_name(c)} {v}" for c, v in pairs)


def weak_table(found: list[Weak]) -> pd.DataFrame:
    """Return the weak slices as a table."""
    return pd.DataFrame(
        [
            {
                "slice": where(w.where),
                "measure": NAMES[w.measure][0].split(" (")[0],
                "here": f"{value(w.inside)} [{interval(w.inside)}]",
                "elsewhere": f"{value(w.rest)} [{interval(w.rest)}]",
                "rows": w.inside.n,
                "q": f"{w.q:.2g}",
            }
            for w in found
        ]
    )


def against(a: Against) -> str:
    """Return the finding of the comparison."""
    if a.why:
        return a.why
    r = a.ratio
    if r.value is None or r.low is None or r.high is None:
        return f"How many attacks {a.candidate} catches against {a.in_use} cannot be told"
    text = (
        f"For 100 attacks that {a.in_use} catches, {a.candidate} catches {100 * r.value:.0f} ({_span(r.low, r.high)})"
    )
    wrong = a.false_alarms
    if wrong.value is not None and wrong.low is not None and wrong.high is not None:
        text += f"; for 100 false alarms it raises {100 * wrong.value:.0f} ({_span(wrong.low, wrong.high)})"
    worst = next((s for s in a.segments if _worse(s)), None)
    if worst is not None:
        verb = (
            "misses more"
            if worst.what == "attacks"
            else f"raises {100 * (worst.ratio.value or 0):.0f} false alarms for 100"
        )
        text += f"; but in {where((worst.where,))} it {verb}"
    return text


def against_note(a: Against) -> str:
    """Return what the comparison rests on."""
    ends = " and ".join(
        f"{v} at {score(t)}"
        for v, t in ((a.in_use, a.threshold_in_use), (a.candidate, a.threshold_candidate))
        if t is not None
    )
    alarms = f"{short(a.alarms_in_use, 2)} and {short(a.alarms_candidate, 2)} alarms a day"
    attacks, benign = a.counts.set_index("label")[["only_in_use", "only_candidate"]].sum(axis=1)[["attacks", "benign"]]
    rests = f"n: {count(attacks)} attacks and {count(benign)} benign rows that only one of the two flags"
    return (
        f"The same labelled events, {ends}: {alarms}. Drawn is, weighted, what only one flags for 100 that {a.in_use} "
        f"flags; {rests}."
    )


def segment_note(a: Against) -> str:
    """Return what the figures of the table are counted against, by name: either version may be the one in use."""
    return f"Of 100 that {a.in_use} catches or raises; about one in 20 of these slices may be chance."


def segment_table(a: Against) -> pd.DataFrame:
    """Return the slices in which the candidate does otherwise than elsewhere."""
    return pd.DataFrame(
        [
            {
                "slice": where((s.where,)),
                "what": s.what,
                "here": f"{100 * (s.ratio.value or 0):.0f} for 100 ({_span(s.ratio.low or 0, s.ratio.high or 0)})",
                "elsewhere": f"{100 * (s.elsewhere.value or 0):.0f} for 100",
                "rows": s.ratio.n,
                "q": f"{s.q:.2g}",
            }
            for s in a.segments
        ]
    )


def _worse(s: Segment) -> bool:
    if s.what == "attacks":
        return s.ratio.high is not None and s.ratio.high < 1
    return s.ratio.low is not None and s.ratio.low > 1


def _span(low: float, high: float) -> str:
    return f"{100 * low:.0f}–{100 * high:.0f}"


def layers(found: Layers) -> str:
    """Return what the model adds to the other layers."""
    n, acted = found.attacks, found.alone + found.with_others
    if not n:
        return "No labelled attack here carries a correlation_id, so layers cannot be compared"
    verb = "flagged" if not found.stopped else "stopped" if found.stopped == acted else "flagged or stopped"
    if not found.told:
        return (
            f"Of {count(n)} labelled attacks this model {verb} {count(acted)}; "
            "no other layer tells what it caught, so what this one adds cannot be said"
        )
    return (
        f"Of {count(n)} labelled attacks this model alone {verb} {count(found.alone)}; "
        f"other layers caught {count(found.by_others)} that it missed"
    )


def no_layers(found: Layers) -> str:
    """Return why there is nothing to draw of the layers; empty where there is something."""
    if not found.attacks:
        return "Import correlation_id, which ties the layers of one request together."
    if not found.told:
        return "Import rule_hits, or what other models in use said of the same requests (by correlation_id)."
    return ""
