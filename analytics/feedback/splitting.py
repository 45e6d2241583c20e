"""Parting labelled events by time, so that nothing of a test is known in training.

An event belongs to the part of the time in which it happened. It is left out where its entity, or its case, was first
seen in an earlier part; and, of training and validation, where its label became known only after the test had begun.
So no entity and no case is in two parts, and nothing was learned that could not be known.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import numpy as np
import pandas as pd

from analytics.errors import BadInput
from analytics.warehouse.selection import naive

SPLITS = ("train", "validation", "test")
LEFT_OUT = ("known entity", "known case", "known too late")
"""Why an event is in no part; the first that holds."""


class Cuts(NamedTuple):
    """Where validation and test begin, in UTC without a zone."""

    validation: datetime
    test: datetime


def cuts(
    keys: pd.DataFrame, shares: tuple[float, float], validation_from: datetime | None, test_from: datetime | None
) -> Cuts:
    """Return where the parts begin: as asked, else at the hours after which shares of the events have happened.

    Raises
    ------
    BadInput
        Validation would not begin before the test.
    """
    times = keys["occurred_at"].sort_values(ignore_index=True)
    ends = np.cumsum(shares)
    usual = [times.iloc[min(int(len(times) * end), len(times) - 1)].ceil("h").to_pydatetime() for end in ends]
    validation = naive(validation_from) if validation_from else usual[0]
    test = naive(test_from) if test_from else usual[1]
    if validation >= test:
        found = f"validation would begin at {validation} and the test at {test}."
        raise BadInput("splitting by time", found, "Choose a longer window, or give both.")
    return Cuts(validation, test)


def split(keys: pd.DataFrame, at: Cuts) -> np.ndarray:
    """Return the part of each event, or why it is left out.

    Parameters
    ----------
    keys
        occurred_at, labelled_at, entity, case_id; missing ones keep nothing apart.
    """
    place = (keys["occurred_at"] >= at.validation).astype(int) + (keys["occurred_at"] >= at.test).astype(int)
    found = np.array(SPLITS, dtype=object)[place]
    late = (place < 2) & (keys["labelled_at"] >= at.test)
    found[late.to_numpy()] = LEFT_OUT[2]
    for column, why in (("case_id", LEFT_OUT[1]), ("entity", LEFT_OUT[0])):
        first = place.groupby(keys[column]).transform("min")  # missing: of no group
        found[(first < place).to_numpy()] = why
    return found
