"""The retraining check: the candidate learns from the labelled set, and is compared on what happened later.

The loop closed once: verdicts → labelled set → a model fitted anew → later events. Nothing is stored: whether such a
model goes into use is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from analytics.errors import BadInput, NoData
from analytics.explanations import fitted, models
from analytics.explanations.inputs import Inputs, inputs
from analytics.explanations.results import NotExplained
from analytics.feedback import queries
from analytics.feedback.card import Card
from analytics.feedback.export import export
from analytics.feedback.versions import Version, pair
from analytics.results import FEW, Estimate, Measured
from analytics.scope import Scope, iso
from analytics.stats.interval import Interval
from analytics.stats.paired import mcnemar, paired_difference
from analytics.warehouse import Reader, Trace
from analytics.warehouse.rows import stored

FEWEST = 20
"""Attacks, and benign events, from which a model is fitted."""
MOST = 100_000
"""Stored rows of a window on which alarms are counted; of more a share is taken by a hash."""
_DOING = "fitting the candidate anew"
_OTHER = "Choose another candidate: `bartizan feedback evaluate --candidate` takes any saved version."
_ROW = ["event_id", "occurred_at", "sampling_weight", "model_version", "score"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The model fitted anew against another version, on the same labelled events of the later window."""

    against: str
    caught_new: int
    """Labelled attacks that only the new one flags."""
    caught_lost: int
    """… that only the other one flags."""
    caught_both: int
    missed_both: int
    flagged_new: int
    """Labelled benign events that only the new one flags."""
    flagged_gone: int
    flagged_both: int
    passed_both: int
    p_attacks: float
    """McNemar's mid-p, of labelled attacks as independent; cases are counted in the intervals."""
    p_benign: float
    recall: Estimate
    """Difference of the shares of attacks that are flagged; by weight and chance, cases counted."""
    false_alarms: Estimate
    """The same of benign events."""
    reported: tuple[int, int, int]
    """Missed attacks that others reported (no chance known): how many, flagged by the new one, by the other."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A candidate fitted anew and compared."""

    model: str
    version: str
    """The candidate that was fitted anew."""
    card: Card
    learned: tuple[int, int]
    """Events and attacks that it was fitted on."""
    threshold: float
    """Score from which it alarms: as many alarms in the validation window as the version in use."""
    alarms: tuple[float, float]
    """In the later window, of stored rows by their weight: new one, version in use."""
    unjudged: float
    """Alarms of the new one in the later window that nobody has judged, by weight."""
    comparisons: tuple[Comparison, ...]

    def to_record(self) -> dict[str, Any]:
        """Return the JSON record."""
        record = {k: v for k, v in asdict(self).items() if k != "card"}
        return record | {
            "snapshot": self.card.snapshot,
            "log_position": self.card.log_position,
            "later_from": iso(self.card.test_from),
            "train": self.card.files[0],
        }


def evaluate(
    reader: Reader, scope: Scope, version: str | None = None, tell: Callable[[str], None] = lambda _: None
) -> Measured[Evaluation]:
    """Fit a saved candidate anew on the exported training split and compare it on the later window.

    Its threshold is set on the validation window so that it raises as many alarms as the version in use does there.

    Parameters
    ----------
    reader
        The snapshot and who looks.
    scope
        Names the model; the window limits what is learned from and compared on.
    version
        The candidate; the challenger of the version in use where None.
    tell
        Hears what is being done.

    Raises
    ------
    NoData
        No model file is there, its inputs are not stored, or too few events are labelled.
    BadInput
        The model file is not what was saved.
    """
    versions = pair(reader, replace(scope, version=None))
    candidate = version or (versions.other.name if versions.other else None)
    if candidate is None or versions.own.threshold is None:
        raise NoData(
            _DOING, "there is no candidate, or no threshold in force.", "Register a candidate (role challenger)."
        )
    loaded = models.load(reader.directory, str(scope.model), candidate)
    trace = Trace(reader)
    whole = stored(reader, Scope(scope.model), trace.once)
    if not hasattr(loaded.model, "fit"):
        raise NoData(_DOING, f"{candidate} is saved as ONNX, which can be asked but not fitted anew.", _OTHER)
    seen = inputs(loaded.model, loaded.note, whole)
    if isinstance(seen, NotExplained):
        raise NoData(_DOING, _why(seen.why), _OTHER)
    tell("exporting the labelled set")
    with TemporaryDirectory() as folder:
        card = export(reader, scope, Path(folder)).result.card
        train, later = (pq.read_table(Path(folder) / f"{n}.parquet").to_pandas() for n in ("train", "test"))
    tell("fitting")
    model = _fit(loaded.model, seen, train)
    tell("comparing")
    at = _threshold(trace, scope, model, seen, card, versions.own)
    scores = _scores(model, seen, later)
    compared = [versions.own, *([versions.other] if versions.other and versions.other.name == candidate else [])]
    found = Evaluation(
        model=str(scope.model),
        version=candidate,
        card=card,
        learned=(len(train), int(train["is_attack"].sum())),
        threshold=at,
        **_alarms(trace, scope, model, seen, card, versions.own, at),
        comparisons=tuple(_compare(later, scores >= at, v) for v in compared if v.threshold is not None),
    )
    return Measured(found, trace.provenance(scope))


def _why(reason: str) -> str:
    return reason[:1].lower() + reason[1:]


def _fit(saved: Any, seen: Inputs, train: pd.DataFrame) -> Any:
    """Return a model of the same kind and settings, fitted on the training split alone."""
    from sklearn.base import clone

    attack = train["is_attack"].to_numpy(dtype=bool)
    if min(attack.sum(), (~attack).sum()) < FEWEST:
        found = f"{int(attack.sum())} attacks and {int((~attack).sum())} benign events can be learned from."
        raise NoData(_DOING, found, f"Label at least {FEWEST} of each.")
    fresh, given = clone(saved), fitted.named(saved, seen.given(train))
    if hasattr(saved, "predict_proba"):
        return fresh.fit(given, attack)
    return fresh.fit(np.asarray(given)[~attack])  # knows no attacks: it learns what is usual


def _scores(model: Any, seen: Inputs, rows: pd.DataFrame) -> np.ndarray:
    if not len(rows):
        return np.zeros(0)
    try:
        return fitted.score(model, seen.given(rows))
    except BadInput as e:  # a category, say, of which nothing was learned
        found = "what came later holds a value that the training part does not have."
        raise NoData(_DOING, found, "Take a window whose training part has it.") from e


def _threshold(trace: Trace, scope: Scope, model: Any, seen: Inputs, card: Card, own: Version) -> float:
    """Return the score at which the new model raises as many alarms in the validation window as the one in use."""
    rows = _window(trace, scope, seen, own, card.validation_from, card.test_from)
    weight = rows["sampling_weight"].to_numpy(dtype=float)
    alarms = float(weight[rows["score"].to_numpy(dtype=float) >= (own.threshold or 0)].sum())
    score = _scores(model, seen, rows)
    order = np.argsort(-score, kind="stable")
    reached = np.cumsum(weight[order]) <= alarms * (1 + 1e-9)
    if not reached.any():
        raise NoData(_DOING, "the version in use raised no alarm in the validation window.", "Take a longer window.")
    return float(score[order][reached][-1])


def _alarms(
    trace: Trace, scope: Scope, model: Any, seen: Inputs, card: Card, own: Version, at: float
) -> dict[str, Any]:
    """Return the alarms of both in the later window, and how many of the new one nobody has judged."""
    rows = _window(trace, scope, seen, own, card.test_from, scope.until)
    weight, new = rows["sampling_weight"].to_numpy(dtype=float), _scores(model, seen, rows) >= at
    old = rows["score"].to_numpy(dtype=float) >= (own.threshold or 0)
    known = trace.run(*queries.with_label(scope))["event_id"]
    judged = rows["event_id"].isin(known).to_numpy()
    return {
        "alarms": (float(weight[new].sum()), float(weight[old].sum())),
        "unjudged": float(weight[new & ~judged].sum()),
    }


def _window(
    trace: Trace, scope: Scope, seen: Inputs, own: Version, since: datetime, until: datetime | None
) -> pd.DataFrame:
    """Return stored, scored rows of the version in use in a window, with what the model is given."""
    mine = replace(scope, version=own.name, since=since, until=until)
    source = stored(trace.reader, mine, trace.once).source(list(dict.fromkeys([*_ROW, *seen.columns])))
    if source is None:
        return pd.DataFrame(columns=[*_ROW, *seen.columns])
    n = int(trace.run(*queries.size(source))["n"].iloc[0])
    every = max(1, -(-n // MOST))
    rows = trace.run(*queries.scored(source, every))
    return rows.assign(sampling_weight=rows["sampling_weight"].fillna(1.0) * every)


def _compare(later: pd.DataFrame, new: np.ndarray, other: Version) -> Comparison:
    """Compare on the labelled events that both scored."""
    score = later[f"score.{other.name}"].to_numpy(dtype=float)
    both = ~np.isnan(score)
    later, new, old = later[both], new[both], score[both] >= (other.threshold or 0)
    attack = later["is_attack"].to_numpy(dtype=bool)
    known = later["inclusion_probability"].notna().to_numpy()
    weight = later["weight"].to_numpy(dtype=float) / np.where(known, later["inclusion_probability"], 1.0)
    case = pd.factorize(later["case_id"].fillna(later["event_id"]) if "case_id" in later else later["event_id"])[0]

    def count(mine: np.ndarray) -> list[int]:
        pairs = ((new, ~old), (~new, old), (new, old), (~new, ~old))
        return [int((mine & a & b).sum()) for a, b in pairs]

    def share(mine: np.ndarray) -> Estimate:
        mine = mine & known
        return _told(paired_difference(new[mine], old[mine], weight[mine], case[mine]))

    caught, flagged = count(attack), count(~attack)
    reported = attack & ~known
    return Comparison(
        other.name, *caught, *flagged,
        float(mcnemar(caught[0], caught[1])), float(mcnemar(flagged[0], flagged[1])), share(attack), share(~attack),
        (int(reported.sum()), int((reported & new).sum()), int((reported & old).sum())),
    )  # fmt: skip


def _told(e: Interval) -> Estimate:
    if np.isnan(e.value):
        why = "No event of the later window has both a label and a known chance."
        return Estimate(None, None, None, e.n, quality="no_data", why=why)
    quality = "ok" if (e.n_cases or e.n) >= FEW else "few"
    return Estimate(e.value, e.low, e.high, e.n, n_cases=e.n_cases, method=e.method, basis="audit", quality=quality)
