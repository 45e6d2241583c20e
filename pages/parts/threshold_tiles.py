"""The figures that move with the threshold: beside the slider as tiles, while presenting on a slide of their own."""

from __future__ import annotations

from dataclasses import replace

from analytics.efficacy import consequences, measures, seeded, versions, words_threshold
from analytics.efficacy.assumptions import Assumptions
from analytics.efficacy.consequences import Consequences
from analytics.efficacy.results import Efficacy
from analytics.efficacy.words import Tile
from analytics.results import Provenance
from pages.parts import assumption_form, present, tiles
from pages.parts.cache import View

Row = list[tuple[str, Tile]]


def row(view: View, e: Efficacy, threshold: float, assumed: Assumptions, agreed: str) -> Row:
    """Return alarms, hours, precision, recall, attacks missed and cost, each with its change.

    Parameters
    ----------
    e
        Efficacy at the threshold.
    assumed, agreed
        Minutes and money, and who agreed on them.
    """
    in_force = view.measure(consequences.ladder).result.in_force
    other = in_force is not None and in_force != threshold
    before = _brought(view, in_force, assumed) if other else None
    known = view.measure(seeded.seeded, threshold).result
    own = versions.threshold_name(view.ask(measures.versions).result, view.scope)
    return words_threshold.tiles(e, _brought(view, threshold, assumed), before, assumed, agreed, known, own)


def slide(view: View, e: Efficacy, threshold: float, base: str, seen: Provenance) -> present.Slide:
    """Return them one idea at a time: the figures large, what they rest on where it is asked for.

    Parameters
    ----------
    base, seen
        What the page rests on.
    """
    assumed, agreed = assumption_form.current(view)
    found = row(view, e, threshold, assumed, agreed)
    told = [f"{t.name}: {' '.join(filter(None, (t.why, t.base)))}" for _, t in found if t.known and (t.why or t.base)]
    bare = [(key, replace(t, base="", why="") if t.known else t) for key, t in found]
    sentence = words_threshold.chain(_brought(view, threshold, assumed))
    return present.Slide(sentence, lambda: _two_rows(bare), "\n".join([base, *told]), seen)


def _brought(view: View, threshold: float, assumed: Assumptions) -> Consequences:
    return view.measure(consequences.consequences, threshold, assumed).result


def _two_rows(found: Row) -> None:
    tiles.row(found[:3])
    tiles.row(found[3:])
