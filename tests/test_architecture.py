"""The house rules that no linter holds: start-up imports, sizes, dangerous calls, one name per file."""

from __future__ import annotations

import ast
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("app.py", "pages", "analytics", "sample_data")
ROOMS = (*SHIPPED, "bench", "tests")

NEVER_AT_START = ("streamlit", "shap", "sklearn", "scipy.stats", "statsmodels")
"""They cost one to two seconds each, or would tie the arithmetic to the screen."""
PAGE_LINES, FILE_LINES, FUNCTION_LINES = 120, 500, 60
DATABASES = {"duckdb", "sqlite3"}
UNPICKLERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
SQL = re.compile(r"\b(select|insert|update|delete|copy|from|where|attach|pragma)\s", re.IGNORECASE)
PAGE_PACKAGES = {p.stem for p in (ROOT / "pages").iterdir() if p.is_dir() or p.suffix == ".py"} - {
    "__init__",
    "__pycache__",
}


def sources(*rooms: str) -> list[Path]:
    """Python files of rooms; of a room that is one file, that file."""
    return [p for room in rooms for p in [*sorted((ROOT / room).rglob("*.py")), ROOT / room] if p.is_file()]


def name(path: Path) -> str:
    """Path from the root, for messages."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """Syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[str]:
    """Dotted names that a file imports, at any depth; ``from a import b`` gives a and a.b."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}:{node.lineno} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield str(node.module)


def functions(module: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods, nested ones too."""
    return (n for n in ast.walk(module) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function from its ``def`` to its end, the docstring not counted."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def test_analytics_starts_light() -> None:
    modules = [name(p).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for p in sources("analytics")]
    assert "analytics.warehouse.contract" in modules
    code = (
        "import importlib, json, sys\n"
        f"for m in {modules!r}: importlib.import_module(m)\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert run.returncode == 0, run.stderr
    assert set(NEVER_AT_START) & set(json.loads(run.stdout)) == set()


def test_only_the_warehouse_opens_databases() -> None:
    outside = [p for p in sources(*SHIPPED) if not name(p).startswith("analytics/warehouse/")]
    offenders = [name(p) for p in outside if DATABASES & {i.split(".")[0] for i in imports(p)}]
    assert offenders == []


def test_sizes() -> None:
    over: list[str] = []
    for path in sources(*ROOMS):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        is_page = name(path).startswith("pages/") and not name(path).startswith("pages/parts/")
        limit = PAGE_LINES if is_page else FILE_LINES
        if lines > limit:
            over.append(f"{name(path)}: {lines} lines, limit {limit}")
        over += [
            f"{name(path)}:{f.lineno} {f.name}: {length(f)} lines, limit {FUNCTION_LINES}"
            for f in functions(tree(path))
            if length(f) > FUNCTION_LINES
        ]
    assert over == []


def test_nothing_from_data_is_run_or_rendered_as_code() -> None:
    found: list[str] = []
    for path in sources(*SHIPPED):
        found += [f"{name(path)} imports {i}" for i in imports(path) if i.split(".")[0] in UNPICKLERS]
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and node.arg in {"unsafe_allow_html", "unsafe_allow_javascript"}:
                found.append(f"{name(path)}:{node.value.lineno} {node.arg}")
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in {"eval", "exec", "__import__"} or called.endswith((".read_pickle", "os.system")):
                    found.append(f"{name(path)}:{node.lineno} {called}")
            if isinstance(node, ast.keyword) and node.arg == "shell":
                found.append(f"{name(path)}:{node.value.lineno} shell=")
    assert found == []


def test_pages_have_one_name() -> None:
    """Streamlit puts pages/ on sys.path: ``import parts`` would load a second copy, with a second cache."""
    second = [f"{name(p)} imports {i}" for p in sources(*ROOMS) for i in imports(p) if i.split(".")[0] in PAGE_PACKAGES]
    assert second == []
    assert {"frame", "parts"} <= PAGE_PACKAGES


def test_no_pages_inside_pages() -> None:
    """Beside the entry script pages/frame.py, such a folder would bring Streamlit's old discovery back."""
    assert [name(p) for p in (ROOT / "pages").rglob("pages*") if p.suffix in {"", ".py"}] == []


def test_public_functions_of_analytics_are_described_and_typed() -> None:
    missing: list[str] = []
    for path in sources("analytics"):
        for node in tree(path).body:
            members = node.body if isinstance(node, ast.ClassDef) else [node]
            for f in members:
                if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef) and not f.name.startswith("_"):
                    missing += [f"{name(path)}:{f.lineno} {f.name}: {what}" for what in undescribed(f)]
    assert missing == []


def undescribed(f: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """What a function's head leaves out."""
    if not ast.get_docstring(f):
        yield "no docstring"
    if f.returns is None:
        yield "no return type"
    arguments = [*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs, f.args.vararg, f.args.kwarg]
    yield from (
        f"no type for {a.arg}"
        for a in arguments
        if a is not None and a.annotation is None and a.arg not in {"self", "cls"}
    )


QUOTING = {"identifier", "literal", "split", "leading", "business_day"}
"""The warehouse's functions whose result is SQL made from checked names; values in it are bound or quoted."""


def is_fixed(part: ast.expr) -> bool:
    """Whether a part of an f-string is text of the source itself, or SQL that the warehouse made of checked names."""
    if isinstance(part, ast.FormattedValue):
        value = part.value
        if isinstance(value, ast.Call):
            return ast.unparse(value.func).split(".")[-1] in QUOTING
        if isinstance(value, ast.Attribute):  # the text of a selection.Condition
            return value.attr == "sql"
        return isinstance(value, ast.Name) and value.id.isupper()
    return isinstance(part, ast.Constant)


def sql_with_values(module: ast.Module) -> Iterator[int]:
    """Lines where SQL is put together from values by an f-string, %, + or format."""
    for node in (n for n in ast.walk(module) if isinstance(n, ast.expr)):
        text = ""
        if isinstance(node, ast.JoinedStr) and not all(map(is_fixed, node.values)):
            text = "".join(str(v.value) for v in node.values if isinstance(v, ast.Constant))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            text = " ".join(str(n.value) for n in (node.left, node.right) if isinstance(n, ast.Constant))
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"format", "format_map"}
            and isinstance(node.func.value, ast.Constant)
        ):
            text = str(node.func.value.value)
        if SQL.search(text):
            yield node.lineno


def test_queries_bind_their_values() -> None:
    files = sorted((ROOT / "analytics").rglob("queries.py"))
    assert files, "no queries.py was found"
    assert [f"{name(p)}:{line}" for p in files for line in sql_with_values(tree(p))] == []


@pytest.mark.parametrize(
    "code",
    [
        "f'SELECT x FROM t WHERE y = {y}'",
        "'SELECT x FROM t WHERE y = ' + y",
        "'SELECT x FROM %s ' % y",
        "'select {} from t'.format(y)",
    ],
)
def test_the_rule_on_bound_values_sees(code: str) -> None:
    assert list(sql_with_values(ast.parse(code))) == [1]


def test_the_rule_on_bound_values_lets_identifiers_through() -> None:
    code = "f'SELECT {COLUMNS} FROM labelled WHERE {sql.identifier(column)} = $value'"
    assert list(sql_with_values(ast.parse(code))) == []


def test_length_leaves_the_docstring_out() -> None:
    function = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n').body[0]
    assert isinstance(function, ast.FunctionDef)
    assert length(function) == 2


def test_other_machines_are_out_of_reach() -> None:
    with socket.socket() as s, pytest.raises(RuntimeError, match=r"192\.0\.2\.1"):
        s.connect(("192.0.2.1", 9))
