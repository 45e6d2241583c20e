"""Documents say what the code does."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from analytics import document
from analytics.warehouse.mapping import Map, ScoreMap, TimeMap, read_map


@pytest.mark.parametrize("name", document.PAGES)
def test_written_pages_are_up_to_date(name: str, repository: Path) -> None:
    assert (repository / "docs" / name).read_text(encoding="utf-8") == document.PAGES[name](), "run `make docs`"


def test_the_map_that_is_shown_is_one_and_shows_every_key(repository: Path, tmp_path: Path) -> None:
    text = (repository / "docs" / "map.md").read_text(encoding="utf-8")
    found = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert found, "docs/map.md has no example"
    example = found[1]
    (tmp_path / "map.toml").write_text(example, encoding="utf-8")
    read = read_map(tmp_path / "map.toml")
    assert (read.score.hi, read.values["label"]["*"], read.time.epoch) == (100, 1, "ms")
    shown = tomllib.loads(re.sub(r"(?m)^# ", "", example).replace("lo = 0", "lo = 0.0"))
    assert set(shown) == {f.name for f in fields(Map)}
    assert set(shown["score"]) == {f.name for f in fields(ScoreMap)}
    assert set(shown["time"]) == {f.name for f in fields(TimeMap)}
