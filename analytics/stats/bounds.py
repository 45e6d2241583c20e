"""What is certain about a rate when some rows have no label."""

from __future__ import annotations

NAN = float("nan")


def rate_bounds(
    tp: float, fp: float, tn: float, fn: float, unknown_above: float, unknown_below: float
) -> dict[str, tuple[float, float]]:
    """Return the smallest and largest rate that any labelling of the unlabelled rows could give.

    Every rate is monotone in the attacks among the unlabelled rows, above and below apart, so the extremes
    lie where all of a side are attacks or all are benign (Manski's worst-case bounds). Where such a corner
    is 0 ÷ 0 the extreme over the labellings that define the rate is taken.

    Parameters
    ----------
    tp, fp, tn, fn : labelled rows at the threshold; weighted counts are allowed.
    unknown_above, unknown_below : unlabelled rows at or above, and below, the threshold.

    Returns
    -------
    dict
        (low, high) of precision, recall, fpr, prevalence, f1; nan where no labelling defines the rate.

    References
    ----------
    Manski (2003), Partial Identification of Probability Distributions.
    """
    above, below = unknown_above, unknown_below
    total = tp + fp + tn + fn + above + below
    return {
        "precision": (_share(tp, fp + above), _share(tp + above, fp)),
        "recall": _open(tp, fn, above, below),
        "fpr": _open(fp, tn, above, below),
        "prevalence": (_share(tp + fn, total - tp - fn), _share(tp + fn + above + below, fp + tn)),
        "f1": _f1(tp, fp, fn, above, below),
    }


def _share(part: float, rest: float) -> float:
    """Return part ÷ (part + rest), nan where both are 0."""
    return part / (part + rest) if part + rest > 0 else NAN


def _open(hit: float, miss: float, above: float, below: float) -> tuple[float, float]:
    """Return the bounds of hit ÷ (hit + miss): rows above may join the hits, rows below the misses."""
    low, high = _share(hit, miss + below), _share(hit + above, miss)
    if hit + miss + below == 0 and above > 0:
        low = 1.0
    if hit + miss + above == 0 and below > 0:
        high = 0.0
    return low, high


def _f1(tp: float, fp: float, fn: float, above: float, below: float) -> tuple[float, float]:
    low = _share(2 * tp, fp + above + fn + below)
    high = _share(2 * (tp + above), fp + fn)
    if tp + above + fp + fn == 0 and below > 0:
        high = 0.0
    return low, high
