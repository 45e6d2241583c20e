"""The trained models of a service: champion and challenger, with thresholds set to a budget of false alarms.

Both are fitted on a training period of generated events before the sample begins; no score comes from anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sample_data.perimeter import sequence
from sample_data.perimeter.grams import weights
from sample_data.perimeter.numbers import numbers, without_pointer
from sample_data.perimeter.scenario import Scenario, Service
from sample_data.perimeter.texts import TEXTS, Stratum

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

CHAMPION, CHALLENGER = "champion", "challenger"
ROLES = (CHAMPION, CHALLENGER)
SEQUENCE = "sequence"
"""The kind that reads a text itself, sign by sign."""
KINDS = {
    "linear": "ml",
    "boosting": "ml",
    "forest": "ml",
    "isolation": "ml",
    "network": "deep_learning",
    SEQUENCE: "deep_learning",
}
ON_GRAMS = ("linear", "network")
"""Kinds that see the n-grams, where there is a text."""
_CHARACTERS = {
    "digits": r"\d",
    "vowels": r"[aeiou]",
    "three_consonants": r"[^aeiou\W\d_]{3}",
    "dots": r"[.]",
    "dashes_and_slashes": r"[-/]",
    "signs_of_a_query": r"[?=&%]",
    "doubled_characters": r"(.)\1",
    "four_consonants": r"[^aeiou\W\d_]{4}",
}
_KNOWN = {
    "words_of_a_login": "login|secure|verify|account",
    "unencrypted": "http:",
    "rare_endings": "top|xyz|ru|biz|info",
    "words_of_brands": "bank|mail|post|tv|pay|hub|world",
}
"""Words and endings that campaigns like."""
_AT_ONCE = 32_768
"""Events, so that what is made of their texts stays small."""
_SHARES = ("digits", "vowels", "three_consonants")


def generate(service: Service, stratum: Stratum, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return n events of a stratum: payload or ``f.`` columns, technique, ``attack``."""
    if service.key not in TEXTS:
        found = numbers(service, stratum, n, rng)
    else:
        text, draw = TEXTS[service.key], Random(int(rng.integers(2**63)))  # noqa: S311 numpy takes ten times as long
        pairs = [text(service, stratum, draw) for _ in range(n)]
        found = pd.DataFrame(pairs, columns=["payload", "technique"], dtype=object)
    # The story brings attacks too, except where an application's own template looks like one.
    attack = stratum in ("plain", "evasive") or (stratum == "story" and service.key != "guard")
    return found.assign(stratum=stratum, attack=attack)


def attacks(service: Service, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return n attacks, the scenario's share of them evasive."""
    evasive = int(rng.binomial(n, service["evasive"]))
    parts = [generate(service, "plain", n - evasive, rng), generate(service, "evasive", evasive, rng)]
    return pd.concat(parts, ignore_index=True).sample(frac=1, random_state=rng).reset_index(drop=True)


def shape(events: pd.DataFrame) -> np.ndarray:
    """Return the dense features, one column each, in the order of ``shape_columns``."""
    return np.column_stack(list(shape_columns(events).values()))


def shape_columns(events: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the dense features by name: logarithms of numbers, or the lengths and kinds of characters of a text."""
    if "payload" not in events:
        own = [c for c in events if c.startswith("f.")]
        return {f"log {c[2:]}": np.log(events[c].to_numpy(dtype=float) + 1e-3) for c in own}
    place, distinct = pd.factorize(events["payload"])
    text = pd.Series(distinct, dtype="str")
    length = text.str.len().to_numpy(dtype=float)
    found = {"characters": length}
    found |= {name: text.str.count(kind).to_numpy(dtype=float) for name, kind in _CHARACTERS.items()}
    first = text.str.replace(r"^https?://", "", regex=True).str.replace(r"(?s)[/.].*", "", regex=True)
    found["length_of_the_first_part"] = first.str.len().to_numpy(dtype=float)
    last = text.str.replace(r"(?s).*[.]", "", regex=True)
    found["length_of_the_last_part"] = last.str.len().to_numpy(dtype=float)
    found |= {name: text.str.count(word).to_numpy(dtype=float) for name, word in _KNOWN.items()}
    found |= {f"share_of_{name}": found[name] / np.maximum(length, 1) for name in _SHARES}
    return {name: values[place] for name, values in found.items()}


@dataclass(frozen=True, slots=True)
class Trained:
    """Both versions of a service, fitted."""

    grams: TfidfVectorizer | None
    models: dict[str, Any]
    """By role."""
    kinds: dict[str, str]
    thresholds: dict[str, float]
    columns: tuple[str, ...]
    """Names of the dense features."""

    def on_text(self, role: str) -> bool:
        """Tell whether a version sees a text or its n-grams."""
        return self.kinds[role] == SEQUENCE or (self.grams is not None and self.kinds[role] in ON_GRAMS)

    def whole(self, role: str) -> Any:
        """Return a version as one model: of payloads where it sees these or their n-grams, else of dense features."""
        from sklearn.pipeline import make_pipeline

        on_grams = self.grams is not None and self.kinds[role] in ON_GRAMS
        return make_pipeline(self.grams, self.models[role]) if on_grams else self.models[role]

    def score(self, events: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the score of each event in [0, 1], by role."""
        return _scores(self.grams, self.models, self.kinds, events)


def train(scenario: Scenario, service: Service, rng: np.random.Generator) -> Trained:
    """Fit both versions on the training period and set their thresholds."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    n = scenario.sample["training_rows"]
    parts = [generate(service, "ordinary", n, rng), generate(service, "lookalike", n, rng)]
    events = pd.concat([*parts, attacks(service, n, rng)], ignore_index=True)
    kinds = {role: service.texts[f"{role}_model"] for role in ROLES}
    grams = None
    if service.key in TEXTS and set(kinds.values()) & set(ON_GRAMS):
        grams = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), min_df=3, sublinear_tf=True, max_features=6000)
        grams.fit(events["payload"])
        # Whole numbers of numpy would be a small file each in the model's file.
        grams.vocabulary_ = {gram: int(column) for gram, column in grams.vocabulary_.items()}
    seen, attack = _inputs(grams, kinds, events), events["attack"].to_numpy(dtype=bool)
    models = {role: _fit(kind, seen[kind], attack) for role, kind in kinds.items()}
    benign = generate(service, "lookalike", scenario.sample["calibration_rows"], rng)
    scores = _scores(grams, models, kinds, benign)
    if service.key == scenario.story["unseen_segment"].texts["service"]:
        # Only the version in use has seen programs without a screen, in training and when its threshold was set.
        known = _with_programs(scenario, service, events, rng)
        models[CHAMPION] = _fit(kinds[CHAMPION], shape(known), attack)
        scores[CHAMPION] = _scores(grams, models, kinds, _with_programs(scenario, service, benign, rng))[CHAMPION]
    budget = service["false_alarms"] / service["lookalikes"]
    thresholds = {role: round(float(np.quantile(s, 1 - budget)), 6) for role, s in scores.items()}
    return Trained(grams, models, kinds, thresholds, tuple(shape_columns(events.head(1))))


def _with_programs(
    scenario: Scenario, service: Service, events: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return training events of which some look-alikes come from programs without a screen, as many as in traffic."""
    event = scenario.story["unseen_segment"]
    share = service["segments"][event.texts["segment"]] / sum(service["segments"].values())
    chosen = (events["stratum"] == "lookalike").to_numpy() & (rng.random(len(events)) < share)
    return without_pointer(events, chosen, event.numbers["factor"])


def _fit(kind: str, x: Any, attack: np.ndarray) -> Any:
    """Fit one model."""
    from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == SEQUENCE:
        return sequence.fit(x, attack)
    if kind == "isolation":  # knows no attacks: it learns what usual traffic is
        return IsolationForest(n_estimators=100, max_samples=1024, random_state=0).fit(x[~attack])
    made = {
        "linear": lambda: LogisticRegression(C=5, max_iter=300, random_state=0),
        "boosting": lambda: HistGradientBoostingClassifier(max_iter=80, random_state=0),
        "forest": lambda: RandomForestClassifier(n_estimators=80, min_samples_leaf=3, random_state=0),
        "network": lambda: make_pipeline(
            *([StandardScaler()] if isinstance(x, np.ndarray) else []),
            MLPClassifier((16,), tol=0.005, n_iter_no_change=3, max_iter=60, alpha=0.01, random_state=0),
        ),
    }
    return made[kind]().fit(x, attack)


def _scores(
    grams: TfidfVectorizer | None, models: dict[str, Any], kinds: dict[str, str], events: pd.DataFrame
) -> dict[str, np.ndarray]:
    place: Any = slice(None)
    if "payload" in events:  # look-alikes repeat each other: each text is looked at once
        place, distinct = pd.factorize(events["payload"])
        events = pd.DataFrame({"payload": distinct})
    found: dict[str, list[np.ndarray]] = {role: [] for role in models}
    for at in range(0, len(events), _AT_ONCE):
        seen = _inputs(grams, kinds, events.iloc[at : at + _AT_ONCE])
        for role, model in models.items():
            found[role].append(scored(model, seen[kinds[role]]))
    return {role: np.concatenate(parts)[place] for role, parts in found.items()}


def scored(model: Any, x: Any) -> np.ndarray:
    """Return the scores of a fitted model in [0, 1]."""
    # The isolation forest's own measure lies in (0, 1] once its sign is turned.
    return model.predict_proba(x)[:, 1] if hasattr(model, "predict_proba") else -model.score_samples(x)


def _inputs(grams: TfidfVectorizer | None, kinds: dict[str, str], events: pd.DataFrame) -> dict[str, Any]:
    """Return what each kind of model sees: texts, their n-grams, or the dense features."""
    on_grams = {kind for kind in kinds.values() if grams and kind in ON_GRAMS}
    sparse = weights(grams, events["payload"]) if grams and on_grams else None
    dense = shape(events) if set(kinds.values()) - on_grams - {SEQUENCE} else None
    texts = events["payload"].tolist() if SEQUENCE in kinds.values() else None
    return {kind: texts if kind == SEQUENCE else sparse if kind in on_grams else dense for kind in kinds.values()}
