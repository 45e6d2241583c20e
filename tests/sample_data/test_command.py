"""``python -m sample_data.recipes``: what it lists, refuses, imports and keeps."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analytics.errors import BadInput
from sample_data.recipes import RECIPES
from sample_data.recipes.__main__ import app, chosen, run
from sample_data.recipes.step import Recipe, Step


def test_list_says_of_every_set_what_is_invented() -> None:
    # Wide enough that no cell is broken over lines.
    result = CliRunner().invoke(app, ["--list"], env={"COLUMNS": "3000"})
    assert result.exit_code == 0
    for recipe in RECIPES.values():
        assert recipe.name in result.stdout
        assert recipe.invented in result.stdout


def test_sets_are_chosen_by_name_and_in_the_order_given() -> None:
    assert [recipe.name for recipe in chosen("dga-families, nsl-kdd")] == ["dga-families", "nsl-kdd"]
    assert [recipe.name for recipe in chosen("")] == list(RECIPES)
    with pytest.raises(BadInput, match=r"no set 'nsl'\. Use nsl-kdd, waf-httpparams"):
        chosen("nsl")


@pytest.mark.parametrize(
    ("options", "message"),
    [([], "Give both --data and --warehouse"), (["--data", ".", "--warehouse", "w"], "no file nsl-kdd/")],
)
def test_wrong_use_ends_with_2_and_the_fix(options: list[str], message: str, repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sample_data.recipes", *options]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(repository), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def write_two(data: Path, out: Path) -> list[Step]:
    """A recipe of one model and two detections, one of them with the score in ``data``."""
    models, rows = out / "models.csv", out / "rows.csv"
    models.write_text("model_id,model_version,threshold\nm,1,.5\n")
    score = (data / "score").read_text()
    rows.write_text(
        "event_id,occurred_at,model_id,model_version,score\n"
        f"a,2026-01-05T00:00:00Z,m,1,{score}\nb,2026-01-05T00:00:01Z,m,1,.6\n"
    )
    return [Step("models", (models,)), Step("detections", (rows,))]


TINY = Recipe("tiny", "Two rows", "All of it is invented.", write_two)


def test_a_second_run_stores_nothing_again(tmp_path: Path) -> None:
    (tmp_path / "score").write_text(".4")
    for stored in (["1", "2"], ["0", "0"]):
        table = run([TINY], tmp_path, tmp_path / "warehouse", tmp_path / "kept")
        column = {str(c.header): list(c.cells) for c in table.columns}
        assert column["kind"] == ["models", "detections"]
        assert column["rows in"] == ["1", "2"]
        assert column["stored"] == stored
    assert sorted(p.name for p in (tmp_path / "kept" / "tiny").iterdir()) == ["models.csv", "rows.csv"]


def test_a_row_that_does_not_fit_the_contract_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "score").write_text("1.4")
    with pytest.raises(BadInput, match=r"the detections of tiny: 1 of 2 rows .* The reasons are in ") as e:
        run([TINY], tmp_path, tmp_path / "warehouse", tmp_path / "kept")
    reject_file = re.search(r"are in (.*)\.$", e.value.fix)
    assert reject_file is not None
    assert "1.4" in Path(reject_file[1]).read_text()
