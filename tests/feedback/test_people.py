"""The work of those who judge: against pandas, scikit-learn and statsmodels; single people are shown to themselves."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.duration.survfunc import SurvfuncRight

from analytics.feedback import people, verdicts, words_people
from analytics.feedback.verdicts import Verdict
from analytics.scope import Scope
from analytics.viewer import Viewer, local_viewer
from analytics.warehouse import Reader, import_files, open_reader

SCOPE = Scope("m", "1")


@pytest.fixture(scope="module")
def found(still: Reader) -> people.People:
    """What is known of the work."""
    return people.people(still, SCOPE).result


def human(built: Any) -> pd.DataFrame:
    """Verdicts of people."""
    return built.labels[built.labels["labelled_by"] != "feed"]


def test_agreement_is_that_of_the_pairs(built: Any, found: people.People) -> None:
    said = human(built)
    twice = said[said.duplicated("event_id", keep=False)].sort_values(["event_id", "labelled_at"])
    first, second = (twice.groupby("event_id")["label"].nth(i).to_numpy() for i in (0, 1))
    assert found.agreement is not None
    attack = [np.isin(side, ["true_positive", "benign_positive"]) for side in (first, second)]
    assert found.agreement.kappa.value == pytest.approx(cohen_kappa_score(*attack))
    assert found.agreement.verdicts.value == pytest.approx(cohen_kappa_score(first, second))
    assert found.agreement.same.value == pytest.approx(np.mean(attack[0] == attack[1]))
    assert found.agreement.same.n == len(first) > 50
    assert words_people.agreement(found).startswith("Of 100 events that two people judged, they agree about ")


def test_time_to_verdict_counts_the_open_ones(built: Any, found: people.People) -> None:
    alarms = built.events[built.events["v1"] >= 0.7]
    first = built.labels.groupby("event_id")["labelled_at"].min()
    until = alarms["event_id"].map(first)
    now = built.events["occurred_at"].max()
    hour = alarms["occurred_at"].dt.floor("h") + pd.Timedelta(minutes=30)  # open ones are known by their hour
    took = (until - alarms["occurred_at"]).where(until.notna(), (now - hour).clip(lower=pd.Timedelta(0)))
    theirs = SurvfuncRight(took.dt.total_seconds() / 3600, until.notna().astype(int))
    at = np.searchsorted(theirs.surv_times, 24, side="right") - 1
    assert found.within["day"].value == pytest.approx(1 - theirs.surv_prob[at])
    assert (found.alarms, found.judged) == (len(alarms), until.notna().sum())
    assert int(found.backlog["n"].sum()) == until.isna().sum()
    age = (now - hour[until.isna()]).dt.total_seconds() / 86400
    assert found.backlog["n"].tolist() == [
        ((age > low) & (age <= high)).sum() for low, high in ((-1, 1), (1, 7), (7, 30), (30, 999))
    ]
    naive = (until - alarms["occurred_at"]).dropna().dt.total_seconds() / 3600
    assert found.within["day"].value < (naive <= 24).mean(), "a mean over closed ones is too fast"


def test_work_by_week_and_verdicts_by_owner(built: Any, found: people.People) -> None:
    said = human(built).merge(built.events[["event_id", "case_id", "v1"]], on="event_id")
    monday = said["labelled_at"].dt.to_period("W").dt.start_time
    cases = said.groupby(monday)["case_id"].nunique()
    weeks = found.weeks.set_index("week")
    enough = said.groupby(monday)["labelled_by"].nunique() >= 5
    assert weeks["cases"].dropna().to_dict() == cases[enough].astype(float).to_dict()
    assert weeks["hours"].dropna().to_dict() == pytest.approx((cases[enough] * 10 / 60).to_dict())
    decided = said[(said["label"] != "undetermined") & (said["v1"] >= 0.7)]
    for kind in people.OWNERS:
        assert found.owners[kind].value == pytest.approx((decided["label"] == kind).mean())
    assert "wrong logic, for the model's owner" in words_people.mix(found)
    assert words_people.work(found, 1e6).endswith("enough")
    assert words_people.work(found, 0.001).endswith("hours too few")


def test_fewer_than_five_people_are_not_shown(built: Any, tmp_path: Any) -> None:
    few = people.people(open_reader(_with_judges(built, tmp_path, 4), local_viewer()), SCOPE).result
    assert not few.enough
    assert few.agreement is few.course is few.own is None
    assert few.weeks.empty
    assert few.mix.empty
    assert few.within == few.owners == {}
    for text in (words_people.agreement(few), words_people.course(few), words_people.work(few, 5.0)):
        assert text == words_people.TOO_FEW
    assert few.backlog["n"].sum() > 0, "what waits is of alarms, not of people"


def test_a_week_of_few_people_is_left_out(built: Any, tmp_path: Any) -> None:
    """Eight people in all, but only two of them in the first weeks."""
    many = people.people(
        open_reader(_with_judges(built, tmp_path, 2, until="2026-09-14"), local_viewer()), SCOPE
    ).result
    assert many.enough
    weeks = many.weeks.set_index("week")
    assert weeks.loc[:"2026-09-07", "cases"].isna().all()
    assert weeks.loc["2026-09-14":"2026-09-28", "cases"].notna().all()
    assert many.mix.set_index("week").loc[:"2026-09-07"].isna().all(axis=None)


def test_own_figures_are_the_viewers_alone(built: Any) -> None:
    mine = Viewer("analyst-3", frozenset({"analyst"}), "local")
    own = people.people(open_reader(built.directory, mine), SCOPE).result.own
    said = human(built)[human(built)["labelled_by"] == "analyst-3"]
    assert own is not None
    assert own.verdicts == len(said)
    other = people.people(open_reader(built.directory, Viewer("chief", mine.roles, "local")), SCOPE).result
    assert other.own is None
    assert "analyst-" not in repr(other), "no name of anybody"


def test_two_verdicts_on_one_event_reach_kappa(built: Any, tmp_path: Any) -> None:
    """One person judges two events, another one the same two: as often as they agree, they count as a pair."""
    directory = shutil.copytree(built.directory, tmp_path / "warehouse")
    fresh = built.events[~built.events["event_id"].isin(built.labels["event_id"])]["event_id"].iloc[:3].tolist()
    ann, bob = (Viewer(who, frozenset({"analyst"}), "local") for who in ("ann", "bob"))
    for viewer, said in ((ann, ("true_positive", "false_positive_data", "true_positive")),
                         (bob, ("true_positive", "false_positive_data", "false_positive_data"))):  # fmt: skip
        given = [
            (e, Verdict(v, reason="cut" if v.startswith("false") else "")) for e, v in zip(fresh, said, strict=True)
        ]
        verdicts.give(open_reader(directory, viewer), given, f"second-{viewer.actor}")
    found = people.people(open_reader(directory, bob), SCOPE).result
    before = people.people(open_reader(built.directory, bob), SCOPE).result.agreement
    assert found.own is not None
    assert found.agreement is not None
    assert before is not None
    assert found.own.agreement.same.n == 3
    assert found.own.agreement.kappa.value == pytest.approx(cohen_kappa_score([1, 0, 1], [1, 0, 0]))
    assert found.agreement.same.n == before.same.n + 3


def _with_judges(built: Any, folder: Any, n: int, until: str | None = None) -> Any:
    """The world as if only so many people had judged, up to a day."""
    labels = built.labels.copy()
    early = labels["labelled_at"] < (until or "2031-01-01")
    human = labels["labelled_by"] != "feed"
    place = labels["labelled_by"].str[-1]
    labels.loc[early & human, "labelled_by"] = [f"analyst-{ord(c) % n}" for c in place[early & human]]
    labels.to_parquet(folder / "labels.parquet", index=False)
    for kind in ("models", "detections"):
        path = built.directory.parent / ("models.csv" if kind == "models" else "detections.parquet")
        import_files(folder / "warehouse", kind, [str(path)])
    assert import_files(folder / "warehouse", "labels", [str(folder / "labels.parquet")]).rejected == 0
    return folder / "warehouse"
