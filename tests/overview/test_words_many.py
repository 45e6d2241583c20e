"""The overview's sentences where there are more services, or longer notes, than a director would read."""

from __future__ import annotations

from dataclasses import replace

from analytics.overview import words, words_events
from analytics.overview.results import Service
from tests.overview.test_words import OPEN, overview, service


def idle(name: str) -> Service:
    """A service that checked nothing in the window."""
    return replace(service(name, acts=False), checked=0.0, acted=0.0)


def test_many_services_that_checked_nothing_are_one_sentence_and_no_rows() -> None:
    names = [f"Old {i}" for i in range(words_events.MOST_NAMED + 1)]
    o = overview(service("DNS"), *map(idle, names), service("WAF", recall=OPEN))
    assert [s.name for s in words.in_table(o)] == ["DNS", "WAF"]
    assert words.left_out(o) == f"5 more checked nothing in this window: {', '.join(names)}."
    assert words.tiles(o, "UTC")[0][1].range.endswith("5 services checked nothing")
    # What nothing passed of, nobody can have missed anything in.
    assert words.unknown(o).startswith("How many more attacks get past WAF cannot be told")
    few = overview(service("DNS"), *map(idle, names[1:]))
    assert len(words.in_table(few)) == len(few.services)
    assert words.left_out(few) == ""
    nothing = overview(*map(idle, names), events=0.0, checked=0.0)
    assert len(words.in_table(nothing)) == len(names)


def test_names_that_nobody_would_read_are_counted() -> None:
    assert words_events.listed(["A", "B", "C", "D"]) == "A, B, C and D"
    assert words_events.listed(["A", "B", "C", "D", "E"]) == "5 services"
    assert words_events.listed(list("ABCDEF"), "regions") == "6 regions"


def test_notes_say_whose_they_are_unless_one_is_of_all() -> None:
    two = (service("DNS"), service("WAF"))
    assert words.notes(overview(*two, notes={"Simulated.": ("DNS", "WAF")})) == ["Simulated."]
    assert words.notes(overview(*two, notes={"Simulated.": ("WAF",)})) == ["WAF: Simulated."]
    mixed = {"Simulated.": ("WAF",), "Public set.": ("DNS",)}
    assert words.notes(overview(*two, notes=mixed)) == ["WAF: Simulated.", "DNS: Public set."]
    assert words.notes(overview(*two)) == []
