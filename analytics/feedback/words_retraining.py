"""The retraining check in plain sentences: what was shown, and what was not."""

from __future__ import annotations

import pandas as pd

from analytics.feedback.retraining import Comparison, Evaluation
from analytics.numbers import count, percent, score, short
from analytics.results import Estimate
from analytics.scope import iso


def headline(e: Evaluation) -> str:
    """Return what came of it, against the version in use."""
    c = e.comparisons[0]
    r = c.recall
    if r.value is None or r.low is None or r.high is None:
        return f"Whether {e.version}, fitted anew, catches more than {c.against} cannot be told: {r.why}"
    if r.low <= 0 <= r.high:
        text = f"No difference beyond chance between {e.version}, fitted anew, and {c.against}: {points(r)}"
    else:
        more = "more" if r.value > 0 else "fewer"
        text = f"{e.version}, fitted anew, catches {more} attacks than {c.against}: {points(r)}"
    before = e.comparisons[1].recall if len(e.comparisons) > 1 else None
    if before is None or before.value is None or before.low is None or before.high is None:
        return text
    if before.low <= 0 <= before.high:
        return f"{text}; that fitting it anew made it better was not shown"
    return f"{text}; fitting it anew made it {'better' if before.value > 0 else 'worse'}"


def points(e: Estimate) -> str:
    """Return a difference of shares: ``+12 points (3 to 21)``."""
    if e.value is None or e.low is None or e.high is None:
        return "cannot be told"
    return f"{100 * e.value:+.1f} points ({100 * e.low:+.1f} to {100 * e.high:+.1f})"


def shown(e: Evaluation) -> list[str]:
    """Return what was shown, one sentence each."""
    before, later = iso(e.card.validation_from)[:16], iso(e.card.test_from)[:16]
    learned = (
        f"Fitted on {count(e.learned[0])} labelled events ({count(e.learned[1])} attacks) from before {before}; "
        f"compared on {count(e.card.files[2]['rows'])} labelled events since {later}, of entities and cases never seen."
    )
    alarms = (
        f"Set to as many alarms as the version in use, from score {score(e.threshold)}: in the later window it raises "
        f"{short(e.alarms[0])}, the version in use {short(e.alarms[1])}."
    )
    return [learned, alarms, *(text for c in e.comparisons for text in _compared(e, c))]


def _compared(e: Evaluation, c: Comparison) -> list[str]:
    who = f"Against {c.against}" + (" as it was before" if c.against == e.version else ", the version in use")
    labelled = (
        f"{who}: of the labelled attacks {c.caught_new:,} newly caught and {c.caught_lost:,} lost "
        f"(p {_p(c.p_attacks)} by chance alone); of the labelled benign events {c.flagged_new:,} newly flagged and "
        f"{c.flagged_gone:,} no longer (p {_p(c.p_benign)})."
    )
    traffic = (
        f"Of all traffic, by weight and chance, cases counted: attacks caught {points(c.recall)}, benign events "
        f"flagged {_rare(c.false_alarms)}."
    )
    found = [labelled, traffic]
    n, new, old = c.reported
    if n:
        found.append(
            f"Of {n} missed attacks that others reported it flags {new}, {c.against} {old}; they enter no rate."
        )
    return found


def _p(p: float) -> str:
    return f"{p:.2g}" if p >= 0.001 else "below 0.001"


def _rare(e: Estimate) -> str:
    if e.value is None or e.low is None or e.high is None:
        return "cannot be told"
    per = 10_000
    return f"{per * e.value:+.2g} in {per:,} ({per * e.low:+.2g} to {per * e.high:+.2g})"


def not_shown(e: Evaluation) -> list[str]:
    """Return what was not shown, one sentence each."""
    share = e.unjudged / e.alarms[0] if e.alarms[0] else 0.0
    learned = (
        "It learned from labelled events only, which are mostly alarms; what the saved model was trained on is not "
        "here. A model for use would be trained on both."
    )
    once = "One fit, one cut in time: another month may come out otherwise, and attackers answer to a new model."
    return [
        f"{percent(share)} % of its alarms in the later window have no verdict: whether they are right is not known.",
        learned,
        once,
        "Nothing was stored, and nothing is in use: this checks the loop, it releases no model.",
    ]


def table(e: Evaluation) -> pd.DataFrame:
    """Return the counts of labelled events by what the two say."""
    rows = []
    for c in e.comparisons:
        for name, (new, gone, both, none) in (
            ("attacks", (c.caught_new, c.caught_lost, c.caught_both, c.missed_both)),
            ("benign", (c.flagged_new, c.flagged_gone, c.flagged_both, c.passed_both)),
        ):
            rows.append({"Against": c.against, "Labelled": name, "Only the new one": new, "Only the other": gone,
                         "Both": both, "Neither": none})  # fmt: skip
    return pd.DataFrame(rows)
