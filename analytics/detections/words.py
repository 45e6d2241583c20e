"""Lists of detections in plain sentences.

A value from data (a case, an entity, a region) enters a sentence as it is: whoever shows it must not read it as
Markdown or HTML.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from analytics.detections.cursor import Order
from analytics.detections.filters import NONE, OTHER, Filters
from analytics.detections.placing import Placed
from analytics.detections.results import Count, Detection, Exported, Page, Similar
from analytics.numbers import count, edge, score, short
from analytics.scope import SLICES, Scope

VERDICTS = {
    "true_positive": "true alarm",
    "benign_positive": "true alarm with a legitimate cause",
    "false_positive_logic": "false alarm: wrong logic",
    "false_positive_data": "false alarm: bad data",
    "undetermined": "undetermined",
}
"""What a verdict is called."""
_VERDICTS = {v: name.replace("alarm", "alarms", 1) for v, name in VERDICTS.items()}
"""Of several."""
_PASSED = {"true_positive": "missed attack", "false_positive_logic": "no attack", "false_positive_data": "no attack"}
"""What a verdict is called of an event that was let pass: there was no alarm that could be true or false."""
_LABELS = {
    "labelled": "with a verdict",
    "unlabelled": "without a verdict",
    "attack": "judged as attacks",
    "benign": "judged as benign",
    "undetermined": "of which nobody could tell",
}
_ORDERS: dict[Order, str] = {"newest": "newest first", "top": "highest score first"}
_HIDDEN = {"payload": "texts", "entity": "entities"}
UNSEEN = "A second opinion: what was said of it, and of those like it, is shown once you have given your verdict."
OWN_FIRST = "So far only you have judged it: a second opinion has to come from somebody else."


def title(f: Filters, n: Count, order: Order = "newest") -> str:
    """Return what a list holds: ``312 alarms at or above 0.82, newest first``."""
    if n.n == 0:
        return f"No {_what(f, 1)}"
    number = "" if n.n is None else f"{count(n.n)} "
    text = f"{number}{_what(f, n.n)}{'' if n.n == 1 else f', {_ORDERS[order]}'}"
    return text[0].upper() + text[1:]


def _what(f: Filters, n: int | None) -> str:
    """Return what is listed, in the singular where it is one."""
    alarm = f.flagged is True
    noun = ("alarm" if alarm else "detection") + ("" if n == 1 else "s")
    parts = [noun]
    if f.flagged is not None and f.threshold is not None:
        parts.append(f"{'at or above' if alarm else 'below'} {score(f.threshold)}")
    parts += [*_scores(f), *_label(f, n)]
    if f.decision is not None:
        parts.append(f"decided as {f.decision}")
    if f.part is not None:
        parts.append(_part(*f.part))
    parts += [f"of {name} {value}" for name, value in (("case", f.case_id), ("entity", f.entity)) if value is not None]
    if f.correlation_id is not None:
        parts.append(f"of request {f.correlation_id}")
    if f.find is not None:
        parts.append(f"that hold the text “{f.find}”")
    return " ".join(parts)


def _scores(f: Filters) -> list[str]:
    if f.scored is False:
        return ["without a score"]
    if f.score_from is not None and f.score_to is not None:
        return [f"with scores from {edge(f.score_from)} to below {edge(f.score_to)}"]
    if f.score_from is not None:
        return [f"with scores from {edge(f.score_from)}"]
    if f.score_to is not None:
        return [f"with scores below {edge(f.score_to)}"]
    return ["with a score"] if f.scored else []


def _label(f: Filters, n: int | None) -> list[str]:
    if f.label == "any":
        return []
    text = _LABELS.get(f.label) or f"judged as {(VERDICTS if n == 1 else _VERDICTS)[f.label]}"
    whose = (f.population or "production").replace("_", "-")
    return [text if whose == "production" else f"{text} ({whose} labels)"]


def _part(column: str, value: str) -> str:
    name = column if column.removeprefix("s.") in SLICES else column.removeprefix("s.")
    name = name.replace("_", " ")
    if value == NONE:
        return f"without a {name}"
    return f"of a {name} that is not named in figures" if value == OTHER else f"of {name} {value}"


def stopped(p: Page, zone: str) -> str:
    """Return how far a search got where it did not look at everything; else empty."""
    if p.complete:
        return ""
    rest = "Go on to search further, or choose a shorter window."
    if p.reached is None:
        return f"The search ran out of time before it had looked at anything. {rest}"
    back, at = p.reached.backwards, p.reached.at
    if isinstance(at, datetime):
        local = at.astimezone(ZoneInfo(zone))
        when = f"{'before' if back else 'since'} {local.day} {local:%b %Y %H:%M}"
        return f"The search ran out of time; it looked at everything {when}. {rest}"
    where = "what has no score" if back else "everything with a score"
    if at is not None:
        where = f"all scores {'up' if back else 'down'} to {score(at)}"
    return f"The search ran out of time; it looked at {where}. {rest}"


def nothing(p: Page, f: Filters, scope: Scope, n: Count) -> str:
    """Return why a list is empty; empty where it is not.

    Parameters
    ----------
    n
        How many the same scope holds without any filter.
    """
    if len(p.rows) or not p.complete:
        return ""
    if p.previous is not None:
        return "The list ends here."
    if n.n == 0 and (scope.since is not None or scope.until is not None or scope.where):
        return "No single detections are stored in this selection. Choose a longer window or fewer slices."
    if n.n == 0:
        return "No single detections of this model are stored; volumes may come without them."
    if f == Filters():
        return "There is nothing to list."
    among = "" if n.n is None else f" Without the filter there are {count(n.n)}."
    if f.find is not None and p.hidden:
        return f"Nothing was found. You may not see {_hidden(p.hidden)}, so these were not searched.{among}"
    if f.label != "any":
        return f"No {_what(f, 1)} is here, as far as labels are known.{among}"
    return f"No {_what(f, 1)} is here.{among}"


def hidden(columns: tuple[str, ...]) -> str:
    """Return what the viewer may not see; empty where everything is shown."""
    return f"You may not see {_hidden(columns)}." if columns else ""


def _hidden(columns: tuple[str, ...]) -> str:
    return " and ".join(_HIDDEN.get(c, c) for c in columns)


def judged(d: Detection) -> str:
    """Return what was said of a detection: the verdict in force and by whom, and what else there is."""
    if d.unseen:
        return UNSEEN
    if d.verdict is None:
        taken = (
            " What was said of it was taken back." if len(d.labels) and d.labels["withdrawn_at"].notna().all() else ""
        )
        return f"Nobody has judged this event yet, as far as is known.{taken}"
    n = int(d.labels["withdrawn_at"].isna().sum())
    more = "" if n <= 1 else f"; {count(n)} labels in all"
    if d.verdict == "undetermined":
        return f"Somebody looked at this event and could not tell{more}."
    return f"Judged as {verdict(d.verdict, d.row['decision'])}, by {str(d.label_source).replace('_', ' ')}{more}."


def verdict(name: str, decision: object) -> str:
    """Return what a verdict is called, of an event that was acted on or of one that passed; another text as it is."""
    called = VERDICTS.get(name, name)
    return _PASSED.get(name, called) if decision == "allow" else called


def decided(d: Detection) -> str:
    """Return how the score lies to the thresholds that were in force."""
    value = d.row["score"]
    if value is None:
        reason = d.row["unscored_reason"]
        return "The model gave no score" + (f": {reason}." if reason else ", and no reason is told.")
    if d.thresholds.empty:
        return f"Score {score(value)}; no threshold was in force."
    reached = d.thresholds[d.thresholds["threshold"] <= value]
    if reached.empty:
        lowest = d.thresholds["threshold"].min()
        return f"Score {score(value)}, below the lowest threshold then in force, {score(lowest)}."
    names = " and ".join(f"{t.action} ({score(t.threshold)})" for t in reached.itertuples())
    return f"Score {score(value)}, at or above the threshold then in force for {names}."


def placed(p: Placed) -> str:
    """Return how rare a score is: ``Of 1,000 scored events about 3 score as high or higher``; and the threshold."""
    ends = "no threshold was in force" if p.threshold is None else f"the threshold is {score(p.threshold)}"
    if not p.scored:
        return f"No scores of this version are counted in this window; {ends}."
    share = p.as_high / p.scored
    if share == 0:
        return f"Of the {short(p.scored)} events scored in this window none scores as high; {ends}."
    whole = next((w for w in (1_000, 10_000, 100_000, 1_000_000, 10_000_000) if share * w >= 1), 1_000_000_000)
    n = "all" if share == 1 else f"about {count(round(share * whole))}" if share * whole >= 1 else "fewer than 1"
    one = n in ("about 1", "fewer than 1")
    return f"Of {count(whole)} scored events {n} score{'s' if one else ''} as high or higher; {ends}."


def placed_of(p: Placed) -> str:
    """Return what the picture of a score among all others is drawn from."""
    attacks, benign = (int(p.bars[c].sum()) for c in ("attacks", "benign"))
    judged = f"{count(attacks)} judged as attacks and {count(benign)} as benign" if attacks + benign else "none judged"
    return (
        f"{short(p.scored)} events that this version scored in the window, of all slices; {judged}. "
        "Heights are square roots of counts, each row for itself."
    )


def similar(s: Similar) -> str:
    """Return what was found that is like a detection, and how it was judged."""
    if s.rows.empty:
        text = "No other detection of its case or entity is in this selection"
        return f"{text}." if s.complete else f"{text}, as far as the search got in its time."
    alike = s.rows["alike"].value_counts()
    parts = [f"{count(alike[what])} of the same {what}" for what in ("case", "entity") if what in alike]
    told = "how they were judged is shown after your verdict" if s.unseen else mixed(s.rows["verdict"])
    rest = "" if s.complete else " The search ran out of time; there may be more."
    return f"{' and '.join(parts)}; {told}.{rest}"


def mixed(verdicts: pd.Series) -> str:
    """Return how rows were judged: ``of these 3 true alarms, 1 undetermined``."""
    known = verdicts.dropna()
    if known.empty:
        return "none of them judged"
    said = [f"{count(n)} {(VERDICTS if n == 1 else _VERDICTS)[str(v)]}" for v, n in known.value_counts().items()]
    return f"of these {', '.join(said)}"


def exported(e: Exported) -> str:
    """Return what is in an exported file, and the limit where that cut it."""
    rows = "1 detection" if e.rows == 1 else f"{e.rows:,} detections"
    text = f"{rows}: all there are." if e.complete else f"{rows}: the newest, for a file holds {e.limit:,} at most."
    return f"{text} {hidden(e.hidden)}".strip()
