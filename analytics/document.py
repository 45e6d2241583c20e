"""Writes the parts of docs/ that code defines: ``python -m analytics.document``. A test holds them to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from analytics.cli import app
from analytics.warehouse import contract

_HEAD = "<!-- Written by `make docs`; change the code, not this file. -->\n\n"


def contract_text() -> str:
    """Return docs/contract.md."""
    parts = [
        _HEAD,
        "# The contract\n\n",
        "What `bartizan import` accepts. Scores lie in [0, 1], higher is more suspicious; an event is positive where\n",
        "score >= threshold, both as DOUBLE. Times are stored in UTC. A map (`--map`) brings other names, scales and\n",
        "times into this form; see the README.\n",
    ]
    for kind in contract.KINDS:
        rows = [r for r in contract.rows() if r["table"] == kind]
        parts.append(
            f"\n## {kind}\n\n| column | type | unit | required | allowed | meaning |\n|---|---|---|---|---|---|\n"
        )
        parts += [
            f"| `{r['column']}` | {r['type']} | {r['unit']} | {r['required']} | {r['allowed']} | {r['meaning']} |\n"
            for r in rows
        ]
    return "".join(parts)


def commands_text() -> str:
    """Return docs/commands.md."""
    parts = [
        _HEAD,
        "# Commands\n\nExit codes: 0 fine, 1 failed, 2 wrong use or bad input, 3 cannot tell.\n",
    ]
    for name, command in sorted(_commands(get_command(app))):
        parts.append(f"\n## bartizan {name}\n\n{command.help}\n\n| option | meaning | default |\n|---|---|---|\n")
        parts += [_option(p) for p in command.params if p.name != "help"]
    return "".join(parts)


def _commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Return every command with its name; those of a group under the group's."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def _option(p: Any) -> str:
    names = ", ".join(p.opts) if p.opts[0].startswith("-") else p.opts[0].upper()
    default = "" if p.default is None else str(p.default)
    return f"| `{names}` | {getattr(p, 'help', None) or ''} | {default} |\n"


PAGES = {"contract.md": contract_text, "commands.md": commands_text}


def main() -> None:
    """Write the files."""
    docs = Path(__file__).parent.parent / "docs"
    for name, text in PAGES.items():
        (docs / name).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
