"""Generated texts and numbers: what is benign has no technique, what is an attack names one, and hard ones hide."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from sample_data.perimeter import load
from sample_data.perimeter.numbers import numbers
from sample_data.perimeter.texts import TEXTS, Stratum, congruential, domain

SERVICES = load().services


@pytest.mark.parametrize("service", TEXTS)
@pytest.mark.parametrize("stratum", ["ordinary", "lookalike", "plain", "evasive"])
def test_only_attacks_name_a_technique(service: str, stratum: Stratum) -> None:
    rng = Random(3)
    found = [TEXTS[service](SERVICES[service], stratum, rng) for _ in range(200)]
    assert {technique is not None for _, technique in found} == {stratum in ("plain", "evasive")}
    assert len({text for text, _ in found}) > 100
    assert not [text for text, _ in found if "{n}" in text or not text.isprintable()]


def test_a_generation_algorithm_gives_the_same_names_from_the_same_seed() -> None:
    first, again = (congruential(Random(5)) for _ in range(2))
    assert first == again
    assert first.isalpha()
    assert 12 <= len(first) <= 17
    assert congruential(Random(6)) != first


def test_the_families_of_names_are_told_apart() -> None:
    rng = Random(4)
    families = {domain(SERVICES["dns"], "plain", rng)[1] for _ in range(50)} | {
        domain(SERVICES["dns"], s, rng)[1] for s in ("evasive", "story")
    }
    assert families == {
        "dga: congruential letters",
        "dga: hashed date",
        "dga: word list",
        "dga: syllables (new family)",
    }


@pytest.mark.parametrize("service", [key for key in SERVICES if key not in TEXTS])
def test_attacks_move_every_feature_in_its_direction_and_evasive_ones_less(service: str) -> None:
    rng = np.random.default_rng(7)
    ordinary, evasive, plain = (numbers(SERVICES[service], s, 4000, rng) for s in ("ordinary", "evasive", "plain"))
    assert ordinary["technique"].isna().all()
    assert plain["technique"].notna().all()
    for name, (_, _, shift, *least) in SERVICES[service]["features"].items():
        values = [f[f"f.{name}"] for f in (ordinary, evasive, plain)]
        middle = [np.log(v + 1e-3).mean() * np.sign(shift) for v in values]  # of whole numbers the medians may be one
        assert middle[0] < middle[1] < middle[2], name
        for v in values:
            assert not least or ((v == v.round()).all() and v.min() >= least[0])
