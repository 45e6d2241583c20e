"""What drives a model, in plain sentences by rules from the numbers.

Names of features and parts of texts are data: whoever shows a sentence must not read it as Markdown or HTML.
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import numpy as np

from analytics import dates
from analytics.explanations.driven import Against, Base, Cohorts, Course, Dependence, Driver, Drivers, Trust
from analytics.explanations.drivers import FEWEST
from analytics.explanations.words import adds_up, literal, short
from analytics.numbers import count, percent
from analytics.warehouse.explained import Of

MOST_NAMED = 3
ENOUGH = 0.5
"""Of all that moves the score: what is named is enough from here."""
CLEAR = 0.5
"""Rank correlation from which high values are said to raise or lower."""
_LOG = re.compile(r"log\((.+) \+ 0\.001\)")
OF: dict[Of, str] = {"random": "Rows at random", "alarms": "Alarms", "imported": "Imported"}
_ROWS: dict[Of, str] = {
    "random": "explained rows drawn at random",
    "alarms": "of the newest explained alarms",
    "imported": "imported explanations, chosen by whoever made them",
}
PAIRS = {
    "verdict": "False alarms and right alarms",
    "weeks": "This week and the week before",
    "region": "The two largest regions",
}
_ALIKE = ((0.7, "alike"), (0.3, "somewhat alike"), (-1.0, "differently"))


def name(raw: str, text: bool = False) -> str:
    """Return what a feature or a part of a text is called in a sentence."""
    if text:
        return f"“{literal(raw)}”"
    found = _LOG.fullmatch(raw)
    return literal((found[1] if found else raw).removeprefix("f.").replace("_", " "))


def headline(d: Drivers) -> str:
    """Return what drives the model, in one sentence."""
    leading, sofar = [], 0.0
    for one in d.drivers[:MOST_NAMED]:
        leading.append(one)
        sofar += one.share
        if sofar >= ENOUGH:
            break
    many = len(leading) > 1
    whole = f"of what the {len(d.drivers)} strongest parts of texts do" if d.base.text else "of all that moves it"
    listed = _listed([name(o.name, d.base.text) for o in leading])
    return f"{_capital(listed)} {'move' if many else 'moves'} the score most: {percent(sofar)} % {whole}."


def importance(d: Drivers) -> str:
    """Return what raises and what lowers the score, the strongest first."""
    if d.base.text:
        up = [o for o in d.drivers if o.where > 0][:MOST_NAMED]
        down = [o for o in d.drivers if o.where < 0][:2]
        parts = [f"{_listed([name(o.name, True) for o in up])} raised scores most"] if up else []
        parts += [f"{_listed([name(o.name, True) for o in down])} lowered them"] if down else []
        return f"{_capital('; '.join(parts))}." if parts else "No part of a text moved a score."
    said = [s for o in d.drivers[:5] if (s := _direction(o))]
    return f"{_capital('; '.join(said[:MOST_NAMED]))}." if said else "No feature moves the score in one direction only."


def importance_note(d: Drivers) -> str:
    """Return what is drawn."""
    colour = "raised scores" if d.base.text else "high values raise"
    other = "lowered them" if d.base.text else "high values lower"
    grey = "" if d.base.text else ", grey: neither"
    return f"Mean of what each adds, the sign left out, with 95 % intervals. Orange: {colour}, blue: {other}{grey}."


def _direction(o: Driver) -> str:
    if o.direction is None or abs(o.direction) < CLEAR:
        return ""
    return f"high values of {name(o.name)} {'raise' if o.direction > 0 else 'lower'} it"


def beeswarm(d: Drivers) -> str:
    """Return what the picture of single rows shows."""
    first = d.drivers[0]
    what = _capital(name(first.name, d.base.text))
    if d.base.text:
        return f"{what} is in {percent(first.occurs)} % of rows; there it adds {short(first.where)} on average."
    way, share = ("raises", first.raised) if first.raised >= 0.5 else ("lowers", 1 - first.raised)
    return f"{what} {way} the score of {percent(share)} % of rows."


def beeswarm_note(d: Drivers, most: int) -> str:
    """Return what a point and its colour are.

    Parameters
    ----------
    most
        Points of each feature, at most.
    """
    moved = "orange raised, blue lowered"
    colour = moved if d.base.text else "colour: its own value, blue low, orange high"
    categories = not d.base.text and d.points.groupby("name")["own"].count().eq(0).any()
    more = f"; of categories: {moved}" if categories else ""
    return f"A point a row, {min(d.base.n, most)} at most of each; {colour}{more}."


def base(b: Base, zone: str) -> str:
    """Return how many rows, chosen how, of when, and how their values were found."""
    drawn = f" of {count(b.population)}" if b.population else ""
    since, until = (t.astimezone(ZoneInfo(zone)) for t in (b.since, b.until))
    text = f"{count(b.n)} {_ROWS[b.of]}{drawn}, in {count(b.cases)} cases, {dates.day(since)} to {until:%-d %b %Y}."
    text += f" {b.method[0].upper()}{b.method[1:]}; each adds up to the model's output {adds_up(b.residual)}"
    text += f", standard errors up to {b.error:.2g}." if b.error else "."
    if b.failed:
        text += f" {count(b.failed)} more did not add up and are left out."
    return f"{text} A stored row counts once, whatever it stands for."


def scale(b: Base) -> str:
    """Return the unit of what is added."""
    return "splits" if b.unit == "splits" else b.unit


def dependence(d: Dependence) -> str:
    """Return how a feature's value goes with what it adds."""
    own, added = d.points["own"], d.points["added"]
    what = name(d.name)
    if d.turns is not None:
        text = f"From about {short(d.turns)} on, {what} raises the score."
    elif own.nunique() > 1 and abs(r := _rank(own.to_numpy(), added.to_numpy())) >= CLEAR:
        text = f"The higher {what}, the {'more' if r > 0 else 'less'} suspicious."
    else:
        text = f"What {what} adds does not go up or down with its value alone."
    if d.other:
        text += f" What the same value adds differs most with {name(d.other)}."
    return text


def _rank(a: np.ndarray, b: np.ndarray) -> float:
    from analytics.explanations.agreement import rank

    return rank(a, b) or 0.0


def dependence_note(d: Dependence) -> str:
    """Return what is drawn."""
    colour = f" Colour: {name(d.other)}, blue low, orange high (rank correlation {d.strength:.2f})." if d.other else ""
    return f"{count(len(d.points))} rows, their own value and what it added.{colour}"


def cohorts(c: Cohorts) -> str:
    """Return what is otherwise between two cohorts."""
    sure = [a for a in c.features if a.q <= 0.05]
    if not sure:
        return f"Nothing sets {literal(c.left)} and {literal(c.right)} apart beyond chance."
    up, down = ([a for a in sure if sign * a.difference > 0][:2] for sign in (1, -1))
    said = [f"{_names(up, c)} added more"] if up else []
    said += [f"{_names(down, c)} less"] if up and down else [f"{_names(down, c)} added less"] if down else []
    return f"In {literal(c.left)} {', '.join(said)} than in {literal(c.right)}."


def cohorts_note(c: Cohorts) -> str:
    """Return what is drawn."""
    return (
        f"Mean of what each adds, {literal(c.left)} (n {count(c.n[0])}) less {literal(c.right)} (n {count(c.n[1])}), "
        f"with 95 % intervals: to the right it adds more in {literal(c.left)}. Orange and blue: beyond chance, "
        "about one in 20 of them by chance still."
    )


def _names(some: list[Against], c: Cohorts) -> str:
    return _listed([name(a.name, c.base.text) for a in some])


def course(c: Course | None) -> tuple[str, str]:
    """Return whether what drives the model has changed, and what is drawn."""
    note = (
        "How far the importances of a week are from those of all other weeks, of their sum, so that strong features "
        "count for more. Grey: what 95 of 100 weeks stay below by chance alone, whole cases dealt out anew."
    )
    if c is None:
        return f"There are no two weeks with {FEWEST} explained rows each.", note
    beyond = c.weeks[c.weeks["moved"] > c.weeks["chance"]]
    if beyond.empty:
        return f"No change beyond chance in what drives the model, over {len(c.weeks)} weeks.", note
    worst = beyond.loc[beyond["moved"].idxmax()]
    more = "more" if worst["by"] > 0 else "less"
    what = name(str(worst["name"]), c.base.text)
    return f"In the week of {dates.day(worst['week'])} {what} mattered {more} than in other weeks, beyond chance.", note


def trust(t: Trust) -> str:
    """Return whether a second method and small changes say the same."""
    if not t.found:
        return f"This cannot be told: {t.why}"
    ranks = [a.rank for a in t.found if a.rank is not None]
    held = [a.held for a in t.found if a.held is not None]
    text = f"Of {len(t.found)} rows that were looked at anew:"
    if ranks:
        middle = float(np.median(ranks))
        alike = next(word for least, word in _ALIKE if middle >= least)
        text += f" a second method ranks the strongest {alike} (median rank correlation {middle:.2f})"
    if held:
        text += f"{' and' if ranks else ''} {percent(float(np.mean(held)))} % of directions stay under small changes"
    return f"{text}."


def trust_note(t: Trust) -> str:
    """Return what was done."""
    a = t.found[0] if t.found else None
    if a is None:
        return ""
    left = f" {t.asked - len(t.found)} could not be told: {t.why}" if t.asked > len(t.found) else ""
    how = f"Second method: {a.second}. Small changes: {a.change}, {a.changes} times a row."
    return f"{how} A handful proves nothing.{left}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
