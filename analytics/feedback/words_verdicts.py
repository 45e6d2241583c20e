"""Verdicts in plain words: buttons, reasons to choose from, what was recorded and what came of it."""

from __future__ import annotations

from analytics.feedback.verdicts import ROLES, Source
from analytics.numbers import count
from analytics.viewer import Viewer
from analytics.warehouse.contract import OWN_POPULATIONS

NAMES = {
    "true_positive": "True alarm",
    "benign_positive": "Legitimate cause",
    "false_positive_logic": "Wrong logic",
    "false_positive_data": "Bad data",
    "undetermined": "Cannot tell",
}
"""What the buttons say."""
MEANINGS = {
    "true_positive": "An attack, and the alarm was right (true positive).",
    "benign_positive": "The alarm was right, but there was a legitimate cause, such as a test (benign positive).",
    "false_positive_logic": "A false alarm: the model got it wrong (false positive: wrong logic). Asks why.",
    "false_positive_data": "A false alarm: the model was fed wrong data (false positive: bad data). Asks why.",
    "undetermined": "You looked and could not tell. It counts as no label.",
}
OUTCOMES = {"stopped": "Stopped", "no_effect": "No effect", "succeeded": "Succeeded", "unknown": "Unknown"}
"""What an attack came to."""
SOURCES = {
    "adjudication": "Settles earlier judgements (adjudication)",
    "random_audit": "Part of the random audit that drew it",
    "score_audit": "Part of the score audit that drew it",
    "triage": "One judgement beside others (triage)",
    "red_team": "Part of the drill (red team)",
    "benchmark": "Part of the benchmark",
}
_LOGIC = ("Ordinary use that looks unusual", "Rule or pattern is too broad", "New feature of the application")
_DATA = ("Field was empty, wrong or cut", "Feed came late or twice", "Reference list is out of date")
_BY_SERVICE = {
    "waf": (("Free text or code in a form", "Scanner of our own"), ("Encoding was read wrongly",)),
    "dns": (("Name of a content network", "Name made by a vendor's product"), ("Parent domain's age is wrong",)),
    "bot": (("Partner or monitoring client", "Customers behind one address"), ("Client's address was lost",)),
    "phish": (("Genuine mail of a brand", "Link shortener or mailing service"), ("Page was gone when scored",)),
    "net": (("Backup or bulk transfer", "Planned test"), ("Flow was cut in parts", "Clock was wrong")),
    "guard": (("Question about security", "Quoted or translated text"), ("Only a part of the prompt was seen",)),
}
"""More reasons by what the service's name holds: wrong logic, bad data."""
_KINDS = {"prompt": "guard", "llm": "guard", "web": "waf"}


def reasons(verdict: str, service: str) -> list[str]:
    """Return reasons to choose from for a kind of false alarm; none for other verdicts. Any other text will do too."""
    if verdict not in ("false_positive_logic", "false_positive_data"):
        return []
    at, name = (0, service.casefold()) if verdict == "false_positive_logic" else (1, service.casefold())
    key = next((k for k in _BY_SERVICE if k in name), None) or next((v for k, v in _KINDS.items() if k in name), None)
    own = _BY_SERVICE[key][at] if key else ()
    return [*own, *(_LOGIC, _DATA)[at]]


def recorded(verdict: str, events: int = 1) -> str:
    """Return what was recorded."""
    name = NAMES[verdict].lower()
    return f"Recorded: {name}." if events == 1 else f"Recorded for {count(events)} events: {name}."


def in_force(verdict: str, source: Source, now: tuple[str | None, str | None], earlier: bool = False) -> str:
    """Return what a recorded verdict came to.

    Parameters
    ----------
    now
        Verdict and label source that are in force for the event in the view.
    earlier
        The view tells what was known at an earlier time.
    """
    if verdict == "undetermined":
        return "It counts as no label, so no figure moves."
    if now == (verdict, source.label_source):
        return "The list and every figure count it."
    if earlier:
        return "It counts from now on; this view tells what was known before."
    if source.label_source in OWN_POPULATIONS:
        return "It counts in the figures of drills and benchmarks, which are never pooled with these."
    if now[0] is None:
        return "It counts, but not in what this view shows."
    standing = SOURCES.get(str(now[1]), str(now[1]).replace("_", " ")).split(" (")[0].lower()
    return f"It is kept, but a judgement that weighs more stays in force ({standing}), so no figure moves."


def refused(viewer: Viewer) -> str:
    """Return why a viewer cannot give verdicts; empty where they can."""
    if ROLES & viewer.roles:
        return ""
    return f"You may look but not judge: that needs one of the roles {', '.join(sorted(ROLES))}."


def confirm(events: int, judged: int) -> str:
    """Return what is about to be recorded for a selection.

    Parameters
    ----------
    judged
        How many of the events have a verdict already.
    """
    what = "1 event gets a record" if events == 1 else f"Each of the {count(events)} events gets a record of its own"
    before = "" if not judged else f" {count(judged)} of them {'has' if judged == 1 else 'have'} a verdict already."
    return f"{what}; all are written, or none.{before}"


PINNED = "This view is pinned, so a verdict would not show in it. Verdicts are given in the newest view."
QUESTION = "Was the shown reason right?"
NEEDS_REASON = "A false alarm needs a reason: choose one or type your own."
