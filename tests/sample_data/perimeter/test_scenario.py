"""The scenario says of every number where it comes from."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.errors import BadInput
from sample_data.perimeter.scenario import FILE, MARKS, load, unmarked


def leaves(entry: Any) -> Iterator[Any]:
    """Return all entries that are not plain tables."""
    if isinstance(entry, dict) and "value" not in entry:
        for part in entry.values():
            yield from leaves(part)
    else:
        yield entry


def test_every_number_of_the_file_is_sourced_or_assumed() -> None:
    entries = list(leaves(tomllib.loads(FILE.read_text(encoding="utf-8"))))
    numbers = [e for e in entries if not isinstance(e, str | list)]
    assert len(numbers) > 150
    assert [e for e in numbers if not isinstance(e, dict) or sum(m in e for m in MARKS) != 1] == []


@pytest.mark.parametrize(
    "change",
    [
        ('days = { value = 90, assumed = "one quarter" }', "days = 90"),
        ('assumed = "one quarter"', 'assumed = ""'),
        ('assumed = "one quarter"', 'assumed = "a", sourced = "b"'),
        (', assumed = "one quarter"', ""),
    ],
)
def test_a_number_without_its_mark_is_refused(change: tuple[str, str], tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "scenario.toml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(BadInput, match=r"sample\.days is "):
        load(tmp_path / "scenario.toml")


def test_what_is_not_code_is_installed_with_it(repository: Path) -> None:
    settings = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    named = settings["tool"]["setuptools"]["package-data"]["sample_data.perimeter"]
    there = [p.name for p in FILE.parent.iterdir() if p.is_file() and p.suffix not in {".py", ".pyc"}]
    assert sorted(named) == sorted(there)


def test_marks_are_taken_off_and_texts_stay() -> None:
    entry = {"a": {"value": 3, "sourced": "report"}, "b": "text", "c": ["x", "y"]}
    assert unmarked(entry, "here") == {"a": 3, "b": "text", "c": ["x", "y"]}


def test_shares_and_profiles_are_what_they_say() -> None:
    scenario = load()
    assert sum(scenario.regions.values()) == pytest.approx(1)
    for rhythm in scenario.rhythms.values():
        assert (len(rhythm["hours"]), len(rhythm["weekdays"])) == (24, 7)
        assert (np.mean(rhythm["hours"]), np.mean(rhythm["weekdays"])) == pytest.approx((1, 1), abs=0.03)
    for service in scenario.services.values():
        assert {service.texts["rhythm"], service.texts["attack_rhythm"]} <= set(scenario.rhythms)
        assert service["attacks"] + service["lookalikes"] < service["daily"]
        assert service["false_alarms"] < service["lookalikes"]
        assert re.fullmatch(r"[a-z]+", service.key)
        assert sum(service["segments"].values()) == pytest.approx(1)
        assert sum(service["applications"].values()) == pytest.approx(1)
        for kind, total in (("attack_applications", "attacks"), ("lookalike_applications", "lookalikes")):
            assert sum(service.numbers.get(kind, {}).values()) in (0, service[total])
            assert set(service.numbers.get(kind, {})) <= set(service["applications"])
        for application, shares in service.numbers.get("segments_of", {}).items():
            assert application in service["applications"]
            assert set(shares) <= set(service["segments"])
            assert sum(shares.values()) == pytest.approx(1)


def test_the_precision_aimed_at_follows_from_recall_attacks_and_false_alarms() -> None:
    for service in load().services.values():
        right = service.aim["recall"] * service["attacks"]
        implied = right / (right + service["false_alarms"])
        assert implied == pytest.approx(service.aim["precision"], abs=0.03), service.key
