"""Figures as text: counts, shares with the digits that they deserve, intervals, natural frequencies."""

from __future__ import annotations

import math
from contextvars import ContextVar
from decimal import Decimal

from analytics.results import Estimate

_MOST_DIGITS = 6
_WRITTEN_OUT = 1e-9
"""The smallest score that is not told as a power of ten."""
BARS = 50
"""Equal parts of the scale of scores: as many as a histogram of scores has bars."""
_EXACTLY: ContextVar[bool] = ContextVar("exactly", default=True)
"""Whether whoever reads may see scores and thresholds exactly; as a language would be, kept beside what is told."""


def tell_exactly(yes: bool) -> None:
    """Tell scores and thresholds exactly from here on in this thread, or by the bar of a histogram they lie in."""
    _EXACTLY.set(yes)


def exactly() -> bool:
    """Tell whether scores and thresholds are told exactly."""
    return _EXACTLY.get()


def count(n: float) -> str:
    """Return a count with thousands separators; large ones shortened to four figures."""
    for size, unit in ((1e9, " bn"), (1e6, " M")):
        if abs(n) >= 10 * size or (abs(n) >= size and unit == " bn"):
            return f"{n / size:,.1f}{unit}"
    return f"{n:,.0f}"


def short(n: float, figures: int = 3) -> str:
    """Return a count with few figures: ``1.12 bn``, ``59.5 M``, ``271 k``, ``2,890``, ``81``, ``0.4``."""
    if n == 0:
        return "0"
    size = 10 ** (math.floor(math.log10(abs(n))) - figures + 1)
    rounded = round(n / size) * size
    for unit_size, unit in ((1e9, " bn"), (1e6, " M"), (1e3, " k")):
        if abs(rounded) >= unit_size and (unit != " k" or abs(rounded) >= 1e4):
            whole = math.floor(math.log10(abs(rounded) / unit_size)) + 1
            return f"{rounded / unit_size:,.{max(0, figures - whole)}f}{unit}"
    if abs(rounded) >= 10:
        return f"{rounded:,.0f}"
    return f"{rounded:.1f}".removesuffix(".0") if abs(rounded) >= 0.05 else f"{rounded:.1g}"


def number(e: Estimate, x: float) -> str:
    """Return one of the estimate's numbers with the digits that its interval deserves, without a unit.

    Shares are given in percent. The last digit shown is of the order of the half-width of the interval;
    a share that is neither 0 nor 1 is never rounded to either. An exact share has one digit, or none where
    it is all or nothing.
    """
    if e.unit == "count":
        return count(x)
    if e.unit == "score":
        return f"{x:.3f}"
    half = 50 * abs((e.high if e.high is not None else 1) - (e.low if e.low is not None else 0))
    digits = next((d for d, least in enumerate((1, 0.1, 0.01)) if half >= least), 3)
    if not half:
        digits = 0 if x in (0, 1) else 1
    return percent(x, digits)


def percent(x: float, digits: int = 0) -> str:
    """Return a share in percent, with more digits where fewer would make it 0 or 100 although it is neither."""
    while 0 < x < 1 and float(f"{100 * x:.{digits}f}") in (0, 100):
        if digits == _MOST_DIGITS:
            return f"under {10**-digits:.{digits}f}" if x < 0.5 else f"over {100 - 10**-digits:.{digits}f}"
        digits += 1
    return f"{100 * x:.{digits}f}"


def _unit(e: Estimate) -> str:
    return " %" if e.unit == "share" else ""


def score(x: float, figures: int = _MOST_DIGITS) -> str:
    """Return a score or threshold as its reader may see it: as ``edge`` does, or ``about 0.45``."""
    return edge(x, figures) if exactly() else f"about {place(x):g}"


def scores(low: float, high: float) -> str:
    """Return a range of scores as its reader may see it; one that is rounded to one score is told once."""
    first, last = score(low), score(high)
    return first if first == last else f"{first} to {last}"


def place(x: float) -> float:
    """Return where a score or threshold is drawn: itself, or the middle of its bar where it is not told exactly."""
    return x if exactly() or not math.isfinite(x) else (min(int(x * BARS + 1e-9), BARS - 1) + 0.5) / BARS


def figures_of_band(low: float, inside: float, high: float, beside: float | None = None) -> int:
    """Return the fewest figures that tell a band of scores: its ends stay apart, and nothing becomes 0 or 1.

    Parameters
    ----------
    low, inside, high
        Its ends, which differ, and a score between them that is told as they are.
    beside
        A score that is told in full; it stays inside of the band, or outside.
    """
    full = None if beside is None else (beside, float(edge(beside)))
    for figures in range(1, _MOST_DIGITS):
        first, _, last = told = [float(f"{x:.{figures}g}") for x in (low, inside, high)]
        whole = any(t in (0, 1) and t != x for t, x in zip(told, (low, inside, high), strict=True))
        stays = full is None or (low <= full[0] <= high) == (first <= full[1] <= last)
        if first < last and not whole and stays:
            return figures
    return _MOST_DIGITS


def edge(x: float, figures: int = _MOST_DIGITS) -> str:
    """Return a score that is no secret, with six figures or fewer; more where these would make it 0 or 1.

    Small ones are written out, as 0.0000001, unless there are more noughts than anybody counts.
    """
    text = f"{x:.{figures}g}"
    if x not in (0, 1) and text in ("0", "1"):
        return f"{x:.12g}"
    return f"{Decimal(text):f}" if "e-" in text and x >= _WRITTEN_OUT else text


def value(e: Estimate) -> str:
    """Return the figure as text: ``15 %``, ``not measurable`` or ``no data``."""
    if e.value is None:
        return "no data" if e.quality == "no_data" else "not measurable"
    return number(e, e.value) + _unit(e)


def interval(e: Estimate) -> str:
    """Return the interval as text: ``13–17 %``; the bounds where not measurable; empty without any."""
    found = ends(e)
    return f"the labels allow {found}" if found and e.value is None else found


def ends(e: Estimate) -> str:
    """Return both ends of an interval or of bounds: ``13–17 %``; empty without any, or where they are one."""
    if e.low is None or e.high is None or e.low == e.high:
        return ""
    return f"{number(e, e.low)}–{number(e, e.high)}{_unit(e)}"


def base(e: Estimate) -> str:
    """Return what an estimate rests on: rows, cases, events they stand for, and label coverage."""
    rows = f"n {count(e.n)}" + (f" in {count(e.n_cases)} cases" if e.n_cases is not None else "")
    if e.method != "count" and e.represents is not None and round(e.represents) != e.n:
        rows += f", for {count(e.represents)} events"
    if e.coverage is None or e.method == "count":
        return rows
    digits = 0 if e.coverage in (0, 1) else 1
    return f"{rows} · {percent(e.coverage, digits)} % labelled"


def out_of(e: Estimate, whole: int) -> str:
    """Return a share as a natural frequency: of 1,000, ``about 150``, ``none``, ``all``, ``fewer than 1``."""
    if e.value in (0, 1):
        return "all" if e.value else "none"
    k = round(whole * (e.value or 0))
    if k == 0:
        return "fewer than 1"
    return f"more than {count(whole - 1)}" if k == whole else f"about {count(k)}"
