"""Where the score of an open detection lies among those of all traffic, and the threshold that was in force."""

from __future__ import annotations

from analytics.detections import charts, placing, words
from analytics.detections.results import Detection
from pages.parts import blocks, panel
from pages.parts.cache import View


def show(view: View, d: Detection) -> None:
    """Show the picture; nothing where the model gave no score."""
    score = d.row.get("score")
    if score is None:
        return
    threshold = None if d.thresholds.empty else float(d.thresholds["threshold"].min())
    found = view.measure(placing.placed, str(d.row["model_version"]), float(score), threshold)
    p = found.result
    if not p.scored:
        blocks.note("placed", words.placed(p))
        return
    panel.show("placed", words.placed(p), words.placed_of(p), charts.placed(p), found.provenance, p.bars)
