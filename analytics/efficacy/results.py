"""What the efficacy measures return. Drawn by ``charts``, told by ``words``, printed by the CLI."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from analytics.results import Basis, Estimate

ESTIMATES = (
    "label_coverage",
    "protected_share",
    "prevalence",
    "precision",
    "precision_by_case",
    "recall",
    "fpr",
    "f1",
    "auc",
    "average_precision",
    "brier",
    "ece",
    "recall_at_fpr_01",
    "recall_at_fpr_001",
    "partial_auc_01",
    "partial_auc_1",
)
"""Names of the estimates of an Efficacy, in the order of its record.

``precision_by_case`` is the share of judged cases with an alarm that hold a true alarm.
``recall_at_fpr_01`` is recall at a false-positive rate of 1 %, ``_001`` at 0.1 %; ``partial_auc_01`` is the
standardised area under the ROC curve up to a false-positive rate of 1 %, ``_1`` up to 10 %.
"""


@dataclass(frozen=True, slots=True)
class Confusion:
    """Labelled rows at the threshold. A labelled attack that was not scored *got through*."""

    tp: int
    fp: int
    tn: int
    fn: int
    unscored_attacks: int = 0
    unscored_benign: int = 0


@dataclass(frozen=True, slots=True)
class Efficacy:
    """One model version in one scope at one threshold."""

    model_id: str
    model_version: str
    threshold: float | None
    threshold_from: str
    """asked | in force | none."""
    population: str
    """production | red_team | benchmark: never pooled."""
    basis: Basis | None
    confusion: Confusion
    n: int
    """Stored rows in the scope, unscored included."""
    n_represented: float
    """Events that these rows stand for."""
    n_cases: int | None
    """Distinct cases among the labelled rows; None where no case is known."""
    n_scored: int
    n_labelled: int
    estimates: dict[str, Estimate]
    """By name, in the order of ESTIMATES; those over all thresholds and by case only where they were asked for."""
    by: dict[str, str] = field(default_factory=dict)
    """Slice column and value, where the scope was split."""
    served_differs: int = 0
    """Labelled rows whose decision as served is not what the score, or none, gives at the threshold in force."""
    n_undetermined: int | None = None
    """Audited rows whose labels, as far as known, all say undetermined: they are left out. None: not counted."""

    def to_record(self) -> dict[str, Any]:
        """Return the flat JSON record: counts as numbers, estimates as records."""
        c = self.confusion
        return {
            "model_id": self.model_id,
            "model_version": self.model_version,
            "threshold": self.threshold,
            "threshold_from": self.threshold_from,
            "population": self.population,
            "basis": self.basis,
            "by": self.by or None,
            "tp": c.tp,
            "fp": c.fp,
            "tn": c.tn,
            "fn": c.fn,
            "unscored_attacks": c.unscored_attacks,
            "unscored_benign": c.unscored_benign,
            "n": self.n,
            "n_represented": self.n_represented,
            "n_cases": self.n_cases,
            "n_scored": self.n_scored,
            "n_labelled": self.n_labelled,
            "served_differs": self.served_differs,
            "n_undetermined": self.n_undetermined,
            **{name: self.estimates[name].to_record() for name in ESTIMATES if name in self.estimates},
        }


@dataclass(frozen=True, slots=True)
class ScoreHistogram:
    """Scores in the scope: all volume, and the labelled part by label."""

    bins: pd.DataFrame
    """One row a bin: low, high (score), volume (events represented), attacks, benign (labelled rows)."""
    unscored: pd.DataFrame
    """One row a reason: reason, rows, represented."""
    threshold: float | None


@dataclass(frozen=True, slots=True)
class Curves:
    """ROC and precision–recall of one model version; empty frames where not identified."""

    roc: pd.DataFrame
    """threshold, fpr, recall; from (0, 0) to (1, 1)."""
    pr: pd.DataFrame
    """threshold, recall, precision."""
    fpr: Estimate
    recall: Estimate
    precision: Estimate
    """The operating point."""
    basis: Basis | None
    why: str
    """Why there is no curve, where there is none."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week, from Monday in the business zone."""

    start: date
    running: bool
    """The week is not whole: not over at the snapshot's ``data_until``, cut by the window, or the version's first."""
    n: int
    estimates: dict[str, Estimate]
    """precision, recall, fpr, label_coverage."""
