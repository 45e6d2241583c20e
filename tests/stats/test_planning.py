"""Audits planned: what a clean one shows, how checks are spread, and that a plan keeps its promise when carried out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from analytics.stats.planning import (
    Audit,
    allocated,
    least_width,
    needed,
    recall_if_none_found,
    width_reached,
)
from analytics.stats.weighted import Total, stratified_ratio

KNOWN = Total(1500.0, 1500.0, 1500.0)
AUDIT = Audit(np.array([1e3, 9e3, 9e4, 9e5]), np.array([0.25, 0.02, 0.001, 0.00002]))


def test_a_clean_audit_shows_what_was_worked_out_by_hand() -> None:
    """1 M events, 2,000 alerts, 1,500 of them attacks; and 900 M requests a day with 76,000 caught."""
    bounds = recall_if_none_found(1500, 998_000, [300, 1_000, 3_000, 10_000, 30_000])
    assert bounds.round(2).tolist() == [0.13, 0.33, 0.60, 0.83, 0.94]
    assert recall_if_none_found(76_000, 900e6, 30_000) == pytest.approx(0.46, abs=0.005)


def test_half_of_the_checks_go_where_neyman_sends_them() -> None:
    n = 20_000
    size, p = AUDIT
    spread = size * np.sqrt(p * (1 - p))
    wanted = n * (0.5 * size / size.sum() + 0.5 * spread / spread.sum())
    assert np.abs(allocated(AUDIT, n) - wanted).max() <= 1
    # Neyman's part has the least variance that any spread of as many checks has.
    best = minimize(
        lambda share: np.sum(size**2 * p * (1 - p) / share),
        np.full(4, 0.25),
        bounds=[(1e-6, 1)] * 4,
        constraints={"type": "eq", "fun": lambda share: share.sum() - 1},
    )
    assert best.fun >= spread.sum() ** 2 * (1 - 1e-6)


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=5), st.integers(1, 50_000), st.data())
def test_every_check_is_spent_and_no_stratum_gets_more_than_it_has(
    sizes: list[int], n: int, data: st.DataObject
) -> None:
    p = data.draw(st.lists(st.floats(0, 0.5), min_size=len(sizes), max_size=len(sizes)))
    many = allocated(Audit(np.array(sizes, dtype=float), np.array(p)), n)
    assert (many >= 1).all()
    assert (many <= sizes).all()
    assert many.sum() == min(max(n, len(sizes)), sum(sizes))


def test_the_plan_is_the_fewest_that_reach_the_width() -> None:
    n = needed(KNOWN, AUDIT, 0.2)
    assert n is not None
    assert width_reached(KNOWN, AUDIT, allocated(AUDIT, n), 0.8) <= 0.2
    assert width_reached(KNOWN, AUDIT, allocated(AUDIT, int(n * 0.95)), 0.8) > 0.2


def test_nothing_is_planned_where_the_alarms_are_what_is_not_known() -> None:
    vague = Total(1500.0, 900.0, 2200.0)
    assert least_width(vague, AUDIT) > 0.1
    assert needed(vague, AUDIT, 0.1) is None
    assert needed(KNOWN, Audit(np.array([9e8]), np.array([1e-6])), 0.01) is None


def test_a_planned_audit_is_as_narrow_as_promised_when_it_is_carried_out() -> None:
    """By the estimator of Efficacy; bench/audit_plans.py has more cases and runs."""
    chance, runs, caught = np.random.default_rng(3), 120, 1500
    n = needed(KNOWN, AUDIT, 0.2)
    assert n is not None
    many, size = allocated(AUDIT, n), AUDIT.events.astype(int)
    attacks = np.round(AUDIT.events * AUDIT.missed).astype(int)
    weight = np.repeat(size / many, many)
    num = np.concatenate([np.ones(caught, bool), np.zeros(n, bool)])
    widths, holds = [], 0
    for _ in range(runs):
        found = chance.hypergeometric(attacks, size - attacks, many)
        attack = np.concatenate([np.arange(m) < k for m, k in zip(many, found, strict=True)])
        e = stratified_ratio(
            num, np.concatenate([np.ones(caught, bool), attack]), np.repeat([1, 0], [caught, n]),
            np.array([size.sum(), caught], dtype=float), np.concatenate([np.ones(caught), weight]),
            can_hit=num, complete=np.array([False, True]),
        )  # fmt: skip
        widths.append(e.high - e.low)
        holds += e.low <= caught / (caught + attacks.sum()) <= e.high
    assert np.mean(np.array(widths) <= 0.2) == pytest.approx(0.8, abs=0.12)
    assert holds / runs >= 0.92
