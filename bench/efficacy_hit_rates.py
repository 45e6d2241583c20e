"""Hit rates of whole estimates: streams with hidden truth, labelled as operations centres label.

    python -m bench.efficacy_hit_rates --runs 300

20,000 independent events, 1 % attacks. The truth is the stream's own. Printed is the
share of streams in which the interval holds it, or in which nothing is claimed (its share behind a slash).
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import metrics

from analytics.efficacy.evaluate import evaluate
from analytics.efficacy.facts import Labelled, cells, totals
from bench.measure import table

N, PREVALENCE, SERVED = 20_000, 0.01, 0.5
NAMES = (
    "prevalence", "precision", "recall", "fpr", "f1", "auc", "partial_auc_01", "partial_auc_1", "average_precision",
    "recall_at_fpr_01", "brier",
)  # fmt: skip
Chance = np.random.Generator
Bools = NDArray[np.bool_]


def stream(chance: Chance) -> tuple[NDArray[np.float64], Bools]:
    """Return scores on the 1/1000 grid and the truth."""
    attack = chance.random(N) < PREVALENCE
    logit = np.where(attack, chance.normal(1.2, 2.0, N), chance.normal(-4.0, 1.6, N))
    return np.round(1 / (1 + np.exp(-logit)), 3), attack


def design(name: str, chance: Chance, score: NDArray[np.float64], attack: Bools) -> tuple[Bools, NDArray[np.float64]]:
    """Return which rows are labelled, and their inclusion probabilities (nan where none is known)."""
    alarm = score >= SERVED
    none = np.full(N, np.nan)
    if name == "alarms and 5 % of the rest":
        drawn = ~alarm & (chance.random(N) < 0.05)
        return alarm | drawn, np.where(drawn, 0.05, np.nan)
    if name == "alarms and 5 % of all":
        drawn = chance.random(N) < 0.05
        return alarm | drawn, np.where(drawn, 0.05, np.nan)
    if name == "audit of 25 % alone":
        drawn = chance.random(N) < 0.25
        return drawn, np.where(drawn, 0.25, np.nan)
    if name == "alarms and score bands":
        p = np.select([alarm, score >= 0.2, score >= 0.05], [1.0, 0.5, 0.1], 0.03)
        drawn = chance.random(N) < p
        return alarm | drawn, np.where(alarm, np.nan, p)
    if name == "70 % of alarms, 5 % of the rest":
        drawn = ~alarm & (chance.random(N) < 0.05)
        return (alarm & (chance.random(N) < 0.7)) | drawn, np.where(drawn, 0.05, np.nan)
    if name == "55 % of alarms, .5 % of the rest, found misses":
        drawn = ~alarm & (chance.random(N) < 0.005)
        found = attack & ~alarm & ~drawn & (chance.random(N) < 0.9)  # by complaints, intelligence: of no design
        return (alarm & (chance.random(N) < 0.55)) | drawn | found, np.where(drawn, 0.005, np.nan)
    if name == "alarms only":
        return alarm, none
    if name == "all but 2 %, attacks more often missing":
        return chance.random(N) > np.where(attack, 0.2, 0.018), none
    raise ValueError(name)


DESIGNS = (
    "alarms and 5 % of the rest",
    "alarms and 5 % of all",
    "audit of 25 % alone",
    "alarms and score bands",
    "70 % of alarms, 5 % of the rest",
    "55 % of alarms, .5 % of the rest, found misses",
    "alarms only",
    "all but 2 %, attacks more often missing",
)


def truth(score: NDArray[np.float64], attack: Bools, threshold: float) -> dict[str, float]:
    """Return the stream's own figures, by scikit-learn."""
    flagged = score >= threshold
    fpr, recall, _ = metrics.roc_curve(attack, score, drop_intermediate=False)
    return {
        "prevalence": attack.mean(),
        "precision": metrics.precision_score(attack, flagged),
        "recall": metrics.recall_score(attack, flagged),
        "fpr": flagged[~attack].mean(),
        "f1": metrics.f1_score(attack, flagged),
        "auc": metrics.roc_auc_score(attack, score),
        "partial_auc_01": metrics.roc_auc_score(attack, score, max_fpr=0.01),
        "partial_auc_1": metrics.roc_auc_score(attack, score, max_fpr=0.1),
        "average_precision": metrics.average_precision_score(attack, score),
        "recall_at_fpr_01": recall[fpr <= 0.01].max(),
        "brier": np.mean((score - attack) ** 2),
    }


def volume(score: NDArray[np.float64]) -> pd.DataFrame:
    """Return the volume cells of a stream."""
    from analytics.warehouse.bins import bin_of

    values, n = np.unique(score, return_counts=True)
    decision = np.where(values >= SERVED, "block", "allow")
    return pd.DataFrame(
        {"score_bin": [bin_of(float(v)) for v in values], "n": n, "represented": n, "decision": decision, "mode": "act"}
    )


def one(name: str, threshold: float, chance: Chance) -> dict[str, tuple[bool, bool]]:
    """Return, for one stream, whether each interval holds the truth, and whether anything was claimed."""
    score, attack = stream(chance)
    labelled, p = design(name, chance, score, attack)
    ones = np.ones(N)
    rows = Labelled(score, attack, ones, p, None, score >= SERVED, ones > 0, ones).take(labelled)
    _, estimates = evaluate(rows, totals(cells(volume(score)), threshold, SERVED), threshold, True, False)
    right = truth(score, attack, threshold)
    found = {}
    for measure in NAMES:
        e = estimates[measure]
        claimed = e.value is not None
        low, high = (0.0 if e.low is None else e.low), (1.0 if e.high is None else e.high)
        found[measure] = (low - 1e-9 <= right[measure] <= high + 1e-9, claimed)
    return found


def main() -> None:
    """Print a row a design and threshold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = np.random.default_rng(options.seed)
    rows = []
    for name in DESIGNS:
        for threshold in (SERVED, 0.3, 0.8):
            runs = [one(name, threshold, chance) for _ in range(options.runs)]
            shown = {}
            for measure in NAMES:
                claimed = np.mean([r[measure][1] for r in runs])
                hit = 100 * np.mean([r[measure][0] for r in runs])
                shown[measure] = (
                    "not claimed" if claimed == 0 else f"{hit:.0f} %" + (f" / {claimed:.0%}" if claimed < 1 else "")
                )
            rows.append({"labels": name, "threshold": threshold, **shown})
    table(rows)


if __name__ == "__main__":
    main()
