"""The nearest detections: by features against pandas, by text by hand and against scikit-learn, within a bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import jaccard_score

from analytics.detections import nearest
from analytics.detections import words_alike as words
from analytics.detections.results import Nearest, Similar
from analytics.scope import Scope
from analytics.warehouse import Reader


def test_by_features_they_are_those_of_pandas(reader: Reader, frame: pd.DataFrame) -> None:
    lacks = np.arange(len(frame)) % 7 == 3  # one of the files has no features
    frame = frame.assign(**{"f.size": frame["f.size"].mask(lacks)})
    for version, i in (("1", 3), ("1", 60), ("2", 3)):
        row = frame[frame["model_version"] == version].dropna(subset=["case_id", "f.size"]).iloc[i]
        mine = frame[frame["model_version"] == version]
        others = mine[mine["event_id"] != row["event_id"]]
        size = others["f.size"]
        spread = (size.quantile(0.75) - size.quantile(0.25)) / 1.349
        away = ((size - row["f.size"]).abs() / spread).clip(upper=5).fillna(5)
        away = away[(others["case_id"] != row["case_id"]) & (others["entity"] != row["entity"])].sort_values()
        found = nearest.nearest(reader, Scope("m"), row["detection_id"], 5, row["event_id"]).result
        assert (found.by, found.looked, found.features) == ("features", len(others), 1)
        assert found.compared == len(away) < found.looked
        assert found.rows["near"].to_numpy() == pytest.approx(away.head(5).to_numpy())
        assert found.rows["event_id"].tolist() == mine.loc[away.index[:5], "event_id"].tolist()
        told = words.nearest(found, "UTC")
        assert told.startswith(f"The 5 nearest among the {len(others)} rows around it, 1 Sep ")
        assert "by 1 feature, each in units of its usual spread; " in told


def test_the_list_says_what_rows_it_rests_on() -> None:
    none = pd.DataFrame()
    near = Nearest(none, "features", 4000, None, None, 3, 3900)
    own = Similar(pd.DataFrame({"alike": ["case"] * 12}), True, ())
    assert words.base(near, own, 20, 5) == (
        "this one detection; 12 rows of its case or source, of which 20 at most were looked for; 3,900 of the 4,000 "
        "rows before and behind it, without its case and source; at most 5 of each are listed"
    )
    alone = Nearest(none, "nothing", 0, None, None)
    assert words.base(alone, replace(own, rows=none, complete=False), 20, 5) == (
        "this one detection; at least 0 rows of its case or source, of which 20 at most were looked for; no other row "
        "could be compared with it; at most 5 of each are listed"
    )


def test_only_so_many_rows_are_looked_at(reader: Reader, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest, "SAMPLE", 20)
    row = frame[frame["model_version"] == "1"].iloc[300]
    found = nearest.nearest(reader, Scope("m"), row["detection_id"], 5, row["event_id"]).result
    assert found.looked <= 41 + 8  # times tie
    assert len(found.rows) == 5


def test_texts_share_triples_of_letters() -> None:
    texts = ["GET /a?id=17", "get /a?id=99", "POST /b", "", "x", None]
    near = nearest._by_text(pd.Series(texts, dtype=object), "GET /a?id=42")
    plain = [
        f" {(t or '').casefold()} ".translate(str.maketrans("123456789", "0" * 9)) for t in ["GET /a?id=42", *texts]
    ]
    seen = CountVectorizer(analyzer="char", ngram_range=(3, 3), binary=True, lowercase=False).fit_transform(plain)
    theirs = [jaccard_score(seen[0].toarray()[0], seen[i].toarray()[0]) for i in range(1, 5)]
    assert near[:4] == pytest.approx(theirs)
    assert near[:2].tolist() == [1.0, 1.0], "one skeleton"
    assert near[5] == 0
    assert words.why_alike("nearest", near[0], "text") == "100 % of triples shared"


def test_one_odd_value_and_what_is_missing_do_not_outweigh() -> None:
    rows = pd.DataFrame({"a": [0.0, 1, 2, 3, np.nan], "b": [1e9, 0, 0, 0, 0], "c": 7.0})
    near = nearest._by_features(rows, pd.Series({"a": 0.0, "b": 0.0, "c": 7.0}), rows)
    spread = 1.5 / 1.349
    odd = min(1e9 / np.std(rows["b"]), 5)
    expected = [(0 + odd) / 2, 1 / spread / 2, 2 / spread / 2, 3 / spread / 2, 5 / 2]
    assert near == pytest.approx(expected), "c tells nothing apart"
    assert np.isinf(nearest._by_features(rows[["c"]], pd.Series({"c": 7.0}), rows[["c"]])).all()


def test_strangers_find_by_features_only(stranger: Reader, frame: pd.DataFrame) -> None:
    row = frame[frame["model_version"] == "1"].dropna(subset=["case_id", "f.size"]).iloc[5]
    found = nearest.nearest(stranger, Scope("m"), row["detection_id"], 5, row["event_id"]).result
    assert found.by == "features"
    assert set(found.rows["payload"]) == {"(hidden)"}
