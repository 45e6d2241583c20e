"""The data card: what a reader of an exported labelled set must know, as a record and as text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from analytics.scope import iso

RULE = (
    "An event belongs to the part of the time in which it happened. Left out are events whose entity or case was first "
    "seen in an earlier part, and events of training and validation whose label became known only after the test had "
    "begun. No entity and no case is in two parts."
)
_NO_ENTITY = "Entities could not be kept apart: they are hidden from whoever exported this, or are not stored."


@dataclass(frozen=True, slots=True)
class Card:
    """What a reader of the files must know."""

    model: str
    scope: str
    snapshot: str
    log_position: int
    first: datetime
    last: datetime
    validation_from: datetime
    test_from: datetime
    files: tuple[dict[str, Any], ...]
    left_out: dict[str, int]
    """Why -> events."""
    verdicts: dict[str, dict[str, int]]
    sources: dict[str, dict[str, int]]
    attacks: dict[str, int]
    without_chance: int
    """Exported events of which nobody knows with what chance they were labelled."""
    passed: int
    """Labelled events that no version acted on."""
    undetermined: int
    """Events about which nobody could tell; not exported."""
    elsewhere: int
    """Events labelled as staged attacks or benchmarks: populations of their own, not exported."""
    delay_hours: tuple[float, float]
    """From event to label: median, and the 90 % point."""
    versions: tuple[str, ...]
    thresholds: tuple[dict[str, Any], ...]
    hidden: tuple[str, ...]
    entities: bool
    """Entities were kept apart."""

    @property
    def rows(self) -> int:
        """Return the exported events."""
        return sum(f["rows"] for f in self.files)


def biases(c: Card) -> list[str]:
    """Return what is known to be lopsided about the set."""
    share = c.passed / max(c.rows + sum(c.left_out.values()), 1)
    found = []
    if not c.passed:
        found.append("Alarms only: nothing that passed is labelled, so what the models miss is not in here.")
    elif share < 0.5:
        found.append(
            f"Mostly alarms: {c.passed:,} labelled events passed, {100 * share:.0f} %. Weights undo this only where an "
            "inclusion probability is known."
        )
    if c.without_chance:
        found.append(
            f"{c.without_chance:,} events have no inclusion probability (complaints, intelligence …): they were found "
            "because somebody looked there. Do not weight or count rates with them."
        )
    found.append(
        f"Labels are late: half of them came within {c.delay_hours[0]:.0f} hours, 90 % within {c.delay_hours[1]:.0f}. "
        "The newest events are labelled least."
    )
    found.append("Verdicts are people's: some are wrong. Agreement is on the Feedback page.")
    if c.undetermined:
        found.append(f"{c.undetermined:,} events about which nobody could tell are not in here: the hardest ones.")
    if not c.entities:
        found.append(_NO_ENTITY)
    return found


def to_record(c: Card) -> dict[str, Any]:
    """Return the JSON record."""
    record = asdict(c)
    for name in ("first", "last", "validation_from", "test_from"):
        record[name] = iso(record[name])
    return record | {"rows": c.rows, "split": RULE, "biases": biases(c)}


def to_markdown(c: Card) -> str:
    """Return the card as a text for people; values from data stand in code spans."""
    lines = [
        f"# Labelled set of {_code(c.model)}\n",
        (
            f"{c.rows:,} events from {iso(c.first)} to {iso(c.last)}, as of snapshot {_code(c.snapshot)}, log position "
            f"{c.log_position}. Selection: {_code(c.scope)}.\n"
        ),
        "| part | from | events | attacks | file | SHA-256 |\n|---|---|---|---|---|---|",
    ]
    starts = {"train": c.first, "validation": c.validation_from, "test": c.test_from}
    lines += [
        f"| {name} | {iso(start)} | {f['rows']:,} | {c.attacks[name]:,} | `{f['file']}` | `{f['sha256']}` |"
        for (name, start), f in zip(starts.items(), c.files, strict=True)
    ]
    lines += ["\n## How it was parted\n", RULE, ""]
    lines += [f"- left out, {why}: {n:,}" for why, n in c.left_out.items()]
    lines += ["\n## Known biases\n", *(f"- {text}" for text in biases(c))]
    for title, counts in (("Verdicts", c.verdicts), ("Sources of labels", c.sources)):
        lines += [f"\n## {title}\n"]
        lines += [f"- {part}: {', '.join(f'{k} {n:,}' for k, n in named.items())}" for part, named in counts.items()]
    lines += [
        "\n## Columns\n",
        (
            "`weight` is the events that a row stands for; divide it by `inclusion_probability` to stand for all. "
            f"`score.<version>`: the score of {', '.join(map(_code, c.versions))}. `f.` features, `s.` slices."
        ),
    ]
    lines += [f"- {_code(t['version'])} acts ({t['action']}) at {t['threshold']:.12g} and above" for t in c.thresholds]
    if c.elsewhere:
        lines.append(
            f"\n{c.elsewhere:,} events of staged attacks or benchmarks are not here: populations of their own."
        )
    if c.hidden:
        lines.append(f"\nHidden from whoever exported this: {', '.join(c.hidden)}.")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    """Return text from data as a code span in which nothing is read as Markdown."""
    plain = " ".join(text.replace("`", "'").split())
    return f"`{plain}`" if plain else "(everything)"
