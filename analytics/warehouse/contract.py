"""The contract: which tables an import accepts and what each column means.

The one definition: imports validate against it, ``bartizan contract`` prints it, docs are generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["models", "detections", "counts", "labels", "explanations"]
KINDS: tuple[Kind, ...] = ("models", "detections", "counts", "labels", "explanations")

DECISIONS = ("allow", "alert", "challenge", "block")
MODES = ("shadow", "log", "act")
VERDICTS = (
    "true_positive",
    "benign_positive",
    "false_positive_logic",
    "false_positive_data",
    "undetermined",
)
ATTACK_VERDICTS = ("true_positive", "benign_positive")
"""Verdicts that count as positive for the model; undetermined is never a label."""
OUTCOMES = ("stopped", "no_effect", "succeeded", "unknown")
LABEL_SOURCES = (
    "adjudication",
    "random_audit",
    "score_audit",
    "union",
    "triage",
    "intelligence",
    "complaint",
    "challenge_result",
    "sandbox",
    "red_team",
    "benchmark",
)
"""In order of trust: of several labels of one event the first of this list counts, then the latest."""
OWN_POPULATIONS = ("red_team", "benchmark")
"""Label sources that are populations of their own and are never pooled with production."""
MODEL_KINDS = ("ml", "deep_learning", "llm", "rules", "vendor")
MODEL_ROLES = ("champion", "challenger", "shadow", "retired")

Type = Literal["text", "number", "share", "time", "truth", "count"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the contract."""

    name: str
    type: Type
    """text | number (DOUBLE) | share (number in [0, 1]) | time (UTC) | truth (true/false) | count (whole, >= 0)."""
    help: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    """Allowed values; empty means any."""
    unit: str = ""
    above_zero: bool = False
    """A number must be greater than zero."""
    not_negative: bool = False


_MODEL = (
    Column("model_id", "text", "Which model; any text.", required=True),
    Column("model_version", "text", "Which version of it; any text.", required=True),
)

MODELS = (
    *_MODEL,
    Column("name", "text", "Name for people; model_id where missing."),
    Column("service", "text", "Perimeter service that the model guards (WAF, DNS, bots …)."),
    Column("kind", "text", "What it is.", allowed=MODEL_KINDS),
    Column("role", "text", "What it does now.", allowed=MODEL_ROLES),
    Column("threshold", "share", "Score at and above which the action is taken; never overwritten.", unit="score"),
    Column(
        "action",
        "text",
        "Decision that this threshold triggers; alert where missing.",
        allowed=DECISIONS[1:],
    ),
    Column("effective_from", "time", "Since when the threshold holds; always where missing.", unit="UTC"),
    Column("calibrated", "truth", "The score was shown to be a probability."),
    Column("notes", "text", "What a reader of its figures must know."),
    Column("trained_until", "time", "Newest event that the version was trained on.", unit="UTC"),
)

DETECTIONS = (
    Column("event_id", "text", "The thing that was scored; detection_id where missing. One of both is required."),
    Column("detection_id", "text", "This model version's detection of it; event_id where missing."),
    Column("occurred_at", "time", "When the event happened.", required=True, unit="UTC"),
    *_MODEL,
    Column(
        "score",
        "share",
        "Higher = more suspicious; empty where the model did not score (say why in unscored_reason).",
        unit="score",
    ),
    Column("decision", "text", "What the model decided, as served.", allowed=DECISIONS),
    Column("mode", "text", "Whether the decision could act.", allowed=MODES),
    Column("unscored_reason", "text", "Why there is no score (time-out, too large, not routed, feed silent …)."),
    Column("latency_ms", "number", "Time the model took.", unit="ms", not_negative=True),
    Column("region", "text", "Region or site."),
    Column("segment", "text", "Customer or traffic segment."),
    Column("application", "text", "Application that was addressed."),
    Column("business_service", "text", "Business service behind it."),
    Column("technique", "text", "Attack technique, where known."),
    Column("entity", "text", "Source: host, account, address."),
    Column("case_id", "text", "The analyst's case; rows of one case are not independent."),
    Column("correlation_id", "text", "Request or session; ties the layers together."),
    Column("rule_hits", "text", "Rules that fired for the same event."),
    Column("sampling_weight", "number", "Events that this row stands for; 1 where missing.", above_zero=True),
    Column("payload", "text", "The text that was scored."),
)

_LABEL = (
    Column("outcome", "text", "What the attack achieved.", allowed=OUTCOMES),
    Column("label_source", "text", "Who or what said so; adjudication where missing.", allowed=LABEL_SOURCES),
    Column(
        "inclusion_probability",
        "share",
        "Probability with which this event was chosen for labelling, over all audits that ran; empty where unknown.",
        unit="probability",
        above_zero=True,
    ),
    Column("labelled_at", "time", "When the label became known; occurred_at where missing.", unit="UTC"),
)

LABEL = Column(
    "label",
    "text",
    "Verdict, or 1 (= true_positive) and 0 (= false_positive_logic).",
    allowed=VERDICTS,
)

DETECTION_LABEL = (LABEL, *_LABEL)
"""Label columns that may come in the detections file."""

LABELS = (
    Column("event_id", "text", "The event that is judged. This or detection_id is required."),
    Column("detection_id", "text", "A detection of it, where only that is known."),
    Column("label", "text", LABEL.help, required=True, allowed=VERDICTS),
    *_LABEL[:-1],
    Column("labelled_at", "time", "When the label became known.", required=True, unit="UTC"),
    Column("labelled_by", "text", "Who said so."),
)

COUNTS = (
    *_MODEL,
    Column("hour", "time", "Start of the hour that is counted.", required=True, unit="UTC"),
    Column("decision", "text", "What the model decided.", allowed=DECISIONS),
    Column("mode", "text", "Whether the decision could act.", allowed=MODES),
    Column("region", "text", "Region or site."),
    Column("unscored_reason", "text", "Why these events were not scored."),
    Column("score", "share", "A score inside the counted score bin; empty where unknown.", unit="score"),
    Column("count", "count", "Events.", required=True, unit="events"),
)

EXPLANATIONS = (
    Column("event_id", "text", "The event whose score is explained. This or detection_id is required."),
    Column("detection_id", "text", "A detection of it, where only that is known."),
    *_MODEL,
    Column("feature", "text", "What added the value. Without it and without a span: everything that is not named."),
    Column("span_start", "count", "First character of a part of the payload, from 0.", unit="characters"),
    Column("span_end", "count", "Character behind that part.", unit="characters"),
    Column("feature_value", "number", "The feature's own value."),
    Column("value", "number", "What it added; more is more suspicious.", required=True, unit="the output's"),
    Column("base_value", "number", "Where the explanation starts; the same in all its rows.", required=True),
    Column(
        "output",
        "number",
        "What the model gave, the same in all its rows: base_value and all values must add up to it within 0.001 of "
        "it (of 1 where it is smaller), else the explanation is stored as failed and never shown.",
        required=True,
    ),
    Column("unit", "text", "Of the output, such as log-odds or probability."),
    Column("method", "text", "How the values were found, a plain phrase.", required=True),
)

TABLES: dict[Kind, tuple[Column, ...]] = {
    "models": MODELS,
    "detections": (*DETECTIONS, *DETECTION_LABEL),
    "counts": COUNTS,
    "labels": LABELS,
    "explanations": EXPLANATIONS,
}

SLICE_PREFIX, FEATURE_PREFIX = "s.", "f."
"""Columns of detections named ``s.<name>`` are slices (text), ``f.<name>`` features (number or text)."""


def rows() -> list[dict[str, str]]:
    """Return the contract as rows: table, column, type, unit, allowed, required, meaning."""
    found = [
        {
            "table": kind,
            "column": c.name,
            "type": c.type,
            "unit": c.unit,
            "allowed": ", ".join(c.allowed),
            "required": "yes" if c.required else "",
            "meaning": c.help,
        }
        for kind, columns in TABLES.items()
        for c in columns
    ]
    extra = [("s.<name>", "text", "Slice column; name of lower-case letters, digits and underscores.")]
    extra += [("f.<name>", "number or text", "Feature that the model saw.")]
    found += [
        {
            "table": "detections",
            "column": n,
            "type": t,
            "unit": "",
            "allowed": "",
            "required": "",
            "meaning": m,
        }
        for n, t, m in extra
    ]
    return found
