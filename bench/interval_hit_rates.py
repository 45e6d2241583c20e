"""Hit rate of every interval: the share of simulated runs in which it holds the truth.

    python -m bench.interval_hit_rates --runs 1000

Rows are scored x = 2·attack + √ρ·(effect of the case) + √(1 − ρ)·noise; the score is the probability of attack at x.
*independent*: 2,000 rows. *campaigns*: 300 cases of Pareto(1.3) size (mean 41 rows, the largest 10 % of all rows
in the median run, 31 % in one run of ten), each all attack or all benign, ρ = .6. Both have the same distribution
of rows and so the same truth.
*sampled*: alarms labelled in full, the rest by chance, weighted. *audit*: a finite stream whose own recall is
the truth. *naive*: Wilson on rows, as dashboards do it. All at 95 %; the aim is 93–97 %.

Outside of it (campaigns: 400 runs, else 1,000; seed 5):

===============================================  ==========  ================================================
what                                             hit rate    why
===============================================  ==========  ================================================
campaigns: ECE, paired figures                   98–100 %    least favourable pattern; the largest bias that an
                                                             estimated mean can bring is added
300 campaigns: areas, recall, recall at FPR,     98–99 %     the same; about 15 attack campaigns at .05
  prevalence .05 or sampled
40 campaigns: all but FPR, F1, precision         97–98.5 %   the same; about 12 attack campaigns
clopper_pearson                                  96–99 %     exact: never below its level
ECE above 0                                      94–99.8 %   least favourable pattern of the gaps
stratified_ratio, 2 or fewer misses expected     98–99 %     counts are whole; 0 found leaves one side open
stratified_ratio, 3 or more expected             92–97 %     counts are whole (mid-p)
stratified_ratio, score bands                    99 %        a band without a find may hide a heavier one
partial areas, campaigns or prevalence .05       97–99.6 %   Student's t by the benign rows above the rate alone
sampled, prevalence .05: AUC, ECE                92 %        about 20 attacks of weight 10 carry the variance
naive on campaigns                               8–44 %      rows are not independent (fpr, sampled: to 87 %)
===============================================  ==========  ================================================

How the variance of cases was chosen: docs/decisions/0008-cases-share-one-covariance.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analytics.stats.calibration import brier, ece
from analytics.stats.curves import auc, average_precision, recall_at_fpr
from analytics.stats.interval import Interval
from analytics.stats.intervals import clopper_pearson, f1, ratio, wilson
from analytics.stats.paired import paired_difference, recall_ratio
from analytics.stats.partial import partial_auc
from analytics.stats.weighted import stratified_ratio

SHIFT = 2.0
ALIKE = 0.6
"""Correlation of scores within a case, given the label."""
CUT = 0.5
"""Decision threshold."""


class Rows(NamedTuple):
    """One simulated set of rows."""

    label: NDArray[np.bool_]
    score: NDArray[np.float64]
    other: NDArray[np.float64]
    """Score of a weaker detector of the same rows."""
    weight: NDArray[np.float64] | None
    case: NDArray[np.int64] | None


Measure = Callable[[Rows], Interval]


def probability(x: NDArray, prevalence: float) -> NDArray[np.float64]:
    """Return P(attack | x) for N(0, 1) benign and N(SHIFT, 1) attacks: a calibrated score."""
    return special.expit(special.logit(prevalence) + SHIFT * x - SHIFT**2 / 2)


def independent(rng: np.random.Generator, n: int, prevalence: float) -> Rows:
    """Return n independent rows."""
    return rows(rng, np.arange(n), n, prevalence, 0.0)._replace(case=None)


def campaigns(rng: np.random.Generator, count: int, prevalence: float, tail: float = 1.3) -> Rows:
    """Return the rows of ``count`` cases of Pareto size."""
    size = np.minimum(np.ceil(10 * (1 + rng.pareto(tail, count))), 20_000).astype(np.int64)
    return rows(rng, np.repeat(np.arange(count), size), count, prevalence, ALIKE)


def rows(rng: np.random.Generator, case: NDArray, count: int, prevalence: float, alike: float) -> Rows:
    """Return labelled and scored rows of the given cases."""
    n = len(case)
    label = (rng.random(count) < prevalence)[case]
    x = SHIFT * label + np.sqrt(alike) * rng.standard_normal(count)[case]
    x += np.sqrt(1 - alike) * rng.standard_normal(n)
    noise = np.sqrt(alike) * rng.standard_normal(count)[case] + np.sqrt(1 - alike) * rng.standard_normal(n)
    return Rows(label, probability(x, prevalence), probability((x + 0.5 * noise) / 1.12, prevalence), None, case)


def sampled(rng: np.random.Generator, full: Rows) -> Rows:
    """Return the rows labelled when the alarms of both are labelled in full and 10 % of the rest."""
    chance = np.where((full.score >= CUT) | (full.other >= CUT), 1.0, 0.1)
    kept = rng.random(len(chance)) < chance
    case = None if full.case is None else full.case[kept]
    return Rows(full.label[kept], full.score[kept], full.other[kept], 1 / chance[kept], case)


def shifted(score: NDArray) -> NDArray[np.float64]:
    """Return a score that is off by .5 on the logit scale."""
    return special.expit(special.logit(score) + 0.5)


def measures() -> dict[str, Measure]:
    """Return every interval by name."""
    return {
        "recall": lambda r: ratio(r.label & (r.score >= CUT), r.label, r.weight, r.case),
        "precision": lambda r: ratio(r.label & (r.score >= CUT), r.score >= CUT, r.weight, r.case),
        "fpr": lambda r: ratio(~r.label & (r.score >= CUT), ~r.label, r.weight, r.case),
        "prevalence": lambda r: ratio(r.label, np.ones(len(r.label)), r.weight, r.case),
        "f1": lambda r: f1(r.label, r.score >= CUT, r.weight, r.case),
        "auc": lambda r: auc(r.label, r.score, r.weight, r.case),
        "average_precision": lambda r: average_precision(r.label, r.score, r.weight, r.case),
        "recall_at_fpr .01": lambda r: recall_at_fpr(r.label, r.score, 0.01, r.weight, r.case),
        "recall_at_fpr .1": lambda r: recall_at_fpr(r.label, r.score, 0.1, r.weight, r.case),
        "partial_auc .01": lambda r: partial_auc(r.label, r.score, 0.01, r.weight, r.case),
        "partial_auc .1": lambda r: partial_auc(r.label, r.score, 0.1, r.weight, r.case),
        "brier": lambda r: brier(r.label, r.score, r.weight, r.case),
        "ece, calibrated": lambda r: ece(r.label, r.score, r.weight, case=r.case),
        "ece, off by .5": lambda r: ece(r.label, shifted(r.score), r.weight, case=r.case),
        "difference of recalls": lambda r: paired_difference(
            (r.score >= CUT)[r.label],
            (r.other >= CUT)[r.label],
            None if r.weight is None else r.weight[r.label],
            None if r.case is None else r.case[r.label],
        ),
        "ratio of recalls": lambda r: recall_ratio(r.label, r.score >= CUT, r.other >= CUT, r.weight, r.case),
    }


def naive(rows_: Rows) -> dict[str, Interval]:
    """Return Wilson on rows for the plain rates, weights and cases ignored for the width."""
    bare = rows_._replace(case=None)
    names = ("recall", "precision", "fpr", "prevalence")
    found = {}
    for name in names:
        honest = measures()[name](bare)
        low, high = wilson(honest.value * honest.n, honest.n)
        found[f"naive {name}"] = honest._replace(low=float(low), high=float(high))
    return found


def truths(prevalence: float) -> dict[str, float]:
    """Return the true values from four million independent rows."""
    rng = np.random.default_rng(7)
    big = independent(rng, 4_000_000, prevalence)
    found = {name: measure(big).value for name, measure in measures().items()}
    found["ece, calibrated"] = 0.0
    found["auc"] = float(special.ndtr(SHIFT / np.sqrt(2)))
    for at in (0.01, 0.1):
        found[f"recall_at_fpr {at:.2g}".replace("0.", ".")] = float(special.ndtr(special.ndtri(at) + SHIFT))
    return found


def small_rates(rng: np.random.Generator, runs: int) -> Iterator[tuple[str, float, float, float]]:
    """Yield (name, truth, low, high) of single proportions."""
    for n, p in ((20, 0.9), (50, 0.5), (300, 0.02), (300, 0.97)):
        k = rng.binomial(n, p, runs)
        for name, method in (("wilson", wilson), ("clopper_pearson", clopper_pearson)):
            low, high = method(k, n)
            for pair in zip(low, high, strict=True):
                yield f"{name}, n = {n}, p = {p}", p, *pair


def audits(rng: np.random.Generator, runs: int) -> Iterator[tuple[str, float, float, float]]:
    """Yield (name, truth, low, high) of recall in finite streams with alarms in full and a random audit."""
    for events, audit, missed in ((200_000, 3_000, 0), (200_000, 3_000, 40), (200_000, 10_000, 400)):
        hits, alarms = 300, 500
        below = events - alarms
        for _ in range(runs):
            k = int(rng.hypergeometric(missed, below - missed, audit)) if missed else 0
            label = np.concatenate([np.arange(alarms) < hits, np.arange(audit) < k])
            stratum = np.repeat([0, 1], [alarms, audit])
            found = stratified_ratio(label & (stratum == 0), label, stratum, np.array([alarms, below]))
            name = f"stratified_ratio, {missed} missed, audit of {audit:,}"
            yield name, hits / (hits + missed), found.low, found.high
    yield from banded_audits(rng, runs)


def banded_audits(rng: np.random.Generator, runs: int) -> Iterator[tuple[str, float, float, float]]:
    """Yield (name, truth, low, high) of recall and prevalence, alarms and three score bands sampled."""
    total = np.array([1_000, 4_000, 20_000, 175_000])
    labelled = np.array([400, 800, 1_000, 2_000])
    attacks = np.array([600, 200, 50, 30])
    stratum = np.repeat(np.arange(4), labelled)
    for _ in range(runs):
        k = rng.hypergeometric(attacks, total - attacks, labelled)
        label = np.concatenate([np.arange(n) < x for n, x in zip(labelled, k, strict=True)])
        flagged = stratum == 0
        found = stratified_ratio(label & flagged, label, stratum, total, can_hit=flagged)
        yield "stratified_ratio, recall by score band", attacks[0] / attacks.sum(), found.low, found.high
        found = stratified_ratio(label, np.ones(len(label)), stratum, total)
        yield "stratified_ratio, prevalence by score band", attacks.sum() / total.sum(), found.low, found.high


def scored(
    rng: np.random.Generator, runs: int, prevalence: float, counts: tuple[int, ...]
) -> Iterator[tuple[str, float, float, float]]:
    """Yield (name, truth, low, high) of every measure on simulated rows."""
    truth = truths(prevalence)
    makers: dict[str, Callable[[], Rows]] = {
        "independent": lambda: independent(rng, 2_000, prevalence),
        "300 rows": lambda: independent(rng, 300, prevalence),
        "independent, sampled": lambda: sampled(rng, independent(rng, 6_000, prevalence)),
    }
    for count in counts:
        makers[f"{count} campaigns"] = lambda count=count: campaigns(rng, count, prevalence)
    makers["300 campaigns, sampled"] = lambda: sampled(rng, campaigns(rng, 300, prevalence))
    for scene, make in makers.items():
        for _ in range(runs):
            drawn = make()
            found = {name: measure(drawn) for name, measure in measures().items()} | naive(drawn)
            for name, interval in found.items():
                if not np.isnan(interval.value):
                    title = f"{scene}, prevalence {prevalence} | {name}"
                    yield title, truth[name.removeprefix("naive ")], interval.low, interval.high


def report(results: Iterator[tuple[str, float, float, float]]) -> None:
    """Print hit rate with its Monte Carlo interval and the mean width, by name."""
    seen: dict[str, list[tuple[bool, bool, float]]] = {}
    for name, truth, low, high in results:
        seen.setdefault(name, []).append((truth < low - 1e-12, truth > high + 1e-12, high - low))
    for name, runs in seen.items():
        under, over, width = (np.array(column) for column in zip(*runs, strict=True))
        hit = len(runs) - int(under.sum()) - int(over.sum())
        low, high = wilson(hit, len(runs))
        print(
            f"{name:<64} hit {100 * hit / len(runs):5.1f} % ({100 * low:4.1f}–{100 * high:5.1f})"
            f"  too high {100 * under.mean():4.1f} %  too low {100 * over.mean():4.1f} %  width {width.mean():.4f}"
        )


def main() -> None:
    """Run the simulations and print the table."""
    parser = argparse.ArgumentParser(description="Hit rate of every interval in simulation.")
    parser.add_argument("--runs", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    report(small_rates(rng, 20 * asked.runs))
    report(audits(rng, asked.runs))
    report(scored(rng, asked.runs, 0.3, (40, 300)))
    report(scored(rng, asked.runs, 0.05, (300,)))


if __name__ == "__main__":
    main()
