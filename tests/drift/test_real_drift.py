"""Real sets that follow one another: the change of set is found by its effect, two halves of one set are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.drift import measures
from analytics.drift.results import Drift
from analytics.scope import Scope
from analytics.warehouse import Reader
from sample_data.recipes.nsl_kdd import SHOWN, read

pytestmark = pytest.mark.shared_data
Build = Callable[..., Reader]
START = datetime(2026, 8, 1, tzinfo=UTC)
REFERENCE, LATER = 28, 14
"""Days, which are invented: the sets have no times."""


def events(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows as detections: the first part on the days of the reference, each other on the LATER days that follow."""
    chance, found, first = np.random.default_rng(2), [], 0
    for i, part in enumerate(parts):
        days = REFERENCE if i == 0 else LATER
        at = pd.Timestamp(START.replace(tzinfo=None)) + pd.to_timedelta(
            np.sort(first + days * chance.random(len(part))), "D"
        )
        found.append(part.add_prefix("f.").assign(occurred_at=at.as_unit("ms")))
        first += days
    rows = pd.concat(found, ignore_index=True)
    return rows.assign(event_id=[f"e{i}" for i in range(len(rows))], model_id="m", model_version="1", score=0.5)


def against_the_first(reader: Reader, i: int) -> Drift:
    """The drift of a later part against the first one."""
    end = START + timedelta(days=REFERENCE)
    since = end + timedelta(days=LATER * (i - 1))
    now = Scope("m", "1", since=since, until=since + timedelta(days=LATER))
    return measures.drift(reader, Scope("m", "1", until=end), now).result


def halves(rows: pd.DataFrame, n: int) -> list[pd.DataFrame]:
    """Two random parts of a set, the first twice as large."""
    drawn = rows.sample(n, random_state=1)
    return [drawn.iloc[: 2 * n // 3], drawn.iloc[2 * n // 3 :]]


def quiet(d: Drift) -> bool:
    """Whether nothing is more than little, and hardly anything beyond chance."""
    return all(c.effect == "little" for c in d.columns) and sum(bool(c.beyond_chance) for c in d.columns) <= 1


def large(d: Drift) -> dict[str, float]:
    """Columns that moved much, beyond chance, with their index."""
    return {c.column: c.psi.value or 0.0 for c in d.columns if c.beyond_chance and c.effect == "much"}


def test_network_connections(build: Build, shared_data: Path) -> None:
    train, plus, hard = (
        read(shared_data / "nsl-kdd" / f)[SHOWN] for f in ("KDDTrain+_20Percent.txt", "KDDTest+.txt", "KDDTest-21.txt")
    )
    late = [side.sample(2000, random_state=1) for side in (plus, hard)]
    reader = build(events([*halves(train, 6000), *late]))
    assert quiet(against_the_first(reader, 1)), "the other half of the training set"
    test, harder = large(against_the_first(reader, 2)), large(against_the_first(reader, 3))
    assert {"f.service", "f.flag"} <= set(test)
    assert sum(harder.values()) > sum(test.values()), "Test-21 lies further away: what was easy is left out"


def test_web_payloads(build: Build, shared_data: Path) -> None:
    def features(file: str, n: int) -> pd.DataFrame:
        path = shared_data / "waf-httpparams" / file
        text = pd.read_csv(path, dtype=str, keep_default_na=False)["payload"].sample(n, random_state=1)
        size = text.str.len().clip(lower=1)
        shares = {"letters": "[A-Za-z]", "digits": "[0-9]", "spaces": r"\s", "others": r"[^A-Za-z0-9\s]"}
        return pd.DataFrame({"length": size, **{k: text.str.count(v) / size for k, v in shares.items()}})

    reader = build(
        events([*halves(features("payload_test.csv", 6000), 6000), features("payload_test_lexical.csv", 1000)])
    )
    assert quiet(against_the_first(reader, 1)), "the other half of the test set"
    assert {"f.length", "f.spaces", "f.letters"} <= set(large(against_the_first(reader, 2)))
