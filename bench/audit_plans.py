"""Do planned audits end as promised? Each plan is carried out many times on made traffic, with the app's estimator.

For each case: the checks that are planned, the share of runs whose interval is no wider than wanted (promised: 80 %),
and how often the interval holds the true recall (95 %). Where the guess was wrong the promise need not hold.
"""

from __future__ import annotations

import numpy as np

from analytics.stats.planning import Audit, allocated, needed
from analytics.stats.weighted import Total, stratified_ratio

RUNS = 300
CASES = {
    "1 % missed, even": (1500, [1e3, 9e3, 3e4, 6e4], [0.01] * 4, 0.1),
    "near the threshold": (1500, [1e3, 9e3, 9e4, 9e5], [0.25, 0.02, 0.001, 0.00002], 0.1),
    "near, ±10 points": (1500, [1e3, 9e3, 9e4, 9e5], [0.25, 0.02, 0.001, 0.00002], 0.2),
    "few misses": (400, [500, 4e3, 2e4, 5e4], [0.02, 0.004, 0.0005, 0.0001], 0.1),
    "half is missed": (300, [1e3, 4e3, 1e4, 2e4], [0.15, 0.02, 0.004, 0.001], 0.1),
    "one band": (1500, [1e5], [0.004], 0.1),
}
"""Attacks caught, events by band, share of attacks in each, wanted width."""


def carried_out(
    caught: int, size: np.ndarray, attacks: np.ndarray, many: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the interval of recall from one audit: alarms known in full, the rest drawn band by band."""
    found = rng.hypergeometric(attacks, size - attacks, many)
    bands = np.repeat(np.arange(len(size)), many)
    attack = np.concatenate([np.arange(n) < k for n, k in zip(many, found, strict=True)])
    weight = (size / np.maximum(many, 1))[bands]
    den = np.concatenate([np.ones(caught, bool), attack])
    num = np.concatenate([np.ones(caught, bool), np.zeros(len(attack), bool)])
    stratum = np.concatenate([np.ones(caught, np.int64), np.zeros(len(attack), np.int64)])
    total = np.array([size.sum(), caught], dtype=float)
    weights = np.concatenate([np.ones(caught), weight])
    complete = np.array([False, True])
    e = stratified_ratio(num, den, stratum, total, weights, can_hit=num, complete=complete)
    return e.low, e.high


def main() -> None:
    """Print one line a case."""
    rng = np.random.default_rng(1)
    print(f"{'case':22} {'recall':>6} {'guess':>6} {'checks':>7} {'as narrow':>10} {'holds':>6}")
    for name, (caught, events, shares, width) in CASES.items():
        size = np.array(events, dtype=np.int64)
        attacks = np.round(size * np.array(shares)).astype(np.int64)
        known = Total(caught, caught, caught)
        recall = caught / (caught + attacks.sum())
        for guess, factor in (("right", 1.0), ("half", 0.5), ("double", 2.0)):
            audit = Audit(size.astype(float), np.minimum(attacks / size * factor, 0.5))
            n = needed(known, audit, width)
            if n is None:
                print(f"{name:22} {recall:6.3f} {guess:>6} {'none':>7}")
                continue
            many = allocated(audit, n)
            ends = np.array([carried_out(caught, size, attacks, many, rng) for _ in range(RUNS)])
            narrow = np.mean(ends[:, 1] - ends[:, 0] <= width)
            holds = np.mean((ends[:, 0] <= recall) & (recall <= ends[:, 1]))
            print(f"{name:22} {recall:6.3f} {guess:>6} {n:7,} {narrow:10.1%} {holds:6.1%}")


if __name__ == "__main__":
    main()
