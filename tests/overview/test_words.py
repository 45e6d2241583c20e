"""Every sentence of the overview, in every branch, and hostile names that stay what they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from analytics.efficacy.results import Confusion, Efficacy
from analytics.overview import words, words_events, words_items
from analytics.overview.results import Change, Happening, Overview, Service, Silence
from analytics.results import Estimate
from analytics.scope import Scope
from analytics.stats.differences import Difference

SINCE, NOW = datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
HOSTILE = "<b>x</b> [a](http://x.example) $x$ :material/home: 5 %"
NONE = Estimate(None, None, None, 0, quality="no_data")
OPEN = Estimate(None, 0.0, 1.0, 0, quality="not_measurable")
STEADY = Difference(1.0, 0.9, 1.1, 0.9)
KNOWN = Estimate(0.9, 0.85, 0.95, 500, basis="full")


def known(share: float) -> Estimate:
    """A counted share of alarms with a verdict."""
    return Estimate(share, share, share, 71, method="count")


def service(
    name: str, recall: Estimate = KNOWN, precision: Estimate = KNOWN, acts: bool = True, n: int = 9, truth: float = 0.71
) -> Service:
    """A service with these two estimates and n verdicts."""
    e = Efficacy(
        "m", "1", 0.5, "in force", "production", "full", Confusion(1, 1, 1, 1), 100, 100.0, None, 100, n,
        {"precision": precision, "recall": recall},
    )  # fmt: skip
    return Service(
        name, Scope(model=name), e, NONE, 1000.0, 10.0, acts, pd.DataFrame(), known(truth), f"model of {name}"
    )


def overview(*services: Service, **more: Any) -> Overview:
    """An overview in which nothing happened, unless told otherwise."""
    given: dict[str, Any] = {
        "services": list(services), "changes": [], "happenings": [], "before": [], "silences": [], "since": SINCE,
        "until": NOW, "compared": 12, "rows": 100, "events": 2_000.0, "checked": 1000.0, "acted": 10.0,
        "acted_change": STEADY, "checked_change": STEADY, "notes": {}, "truth": known(0.714),
    }  # fmt: skip
    return Overview(**(given | more))


def change(name: str = "A", measure: Any = "precision", before: float = 0.9, after: float = 0.7, **more: Any) -> Change:
    """A change for the worse."""
    ratio = after - before if measure in ("precision", "recall") else after / before
    found = Change(name, Scope(model=name), measure, before, after, Difference(ratio, 0, 0, 0), 0, worse=True)
    return replace(found, **more)


def happening(name: str = "A", kind: Any = "storm", days_ago: float = 2, **more: Any) -> Happening:
    """Three hours some days before the end of the data."""
    start = NOW - timedelta(days=days_ago)
    found = Happening(
        kind, name, Scope(model=name), start, start + timedelta(hours=3), False, (), 17.4, 67_700.0, 4_000.0, "", None,
        pd.DataFrame(), "alarms" if kind == "storm" else "unchecked events" if kind == "unchecked" else "events",
    )  # fmt: skip
    return replace(found, **more)


def silence(name: str, first: int, last: int, ongoing: bool = False) -> Silence:
    """Days of November without a label."""
    return Silence(name, Scope(model=name), date(2026, 11, first), date(2026, 11, last), ongoing, 20.0)


A, B, C = service("A"), service("B"), service("C")


def test_headline_where_nothing_got_worse() -> None:
    assert words.headline(overview(A, B), "UTC") == (
        "Nothing got worse in any of two services since 16 Nov, as far as can be told."
    )
    assert words.headline(overview(A), "UTC").startswith("Nothing got worse in the one service since")
    many = [service(str(i)) for i in range(13)]
    assert "any of 13 services" in words.headline(overview(*many), "UTC")


def test_headline_where_little_or_nothing_could_be_compared() -> None:
    assert words.headline(overview(A, B, acted_change=None), "UTC") == (
        "Whether anything got worse since 16 Nov can hardly be told: too few days to compare alarms."
    )
    nothing = overview(A, B, acted_change=None, compared=0)
    assert words.headline(nothing, "UTC") == (
        "Whether anything got worse since 16 Nov cannot be told: there is nothing to compare."
    )
    assert tiles(nothing)["attention"] == ("cannot tell", "since 16 Nov: nothing to compare")
    assert words.nothing_wanted(nothing) == "What wants attention cannot be told"
    assert words.nothing_wanted(overview(A)) == "Nothing wants attention"
    stormy = replace(nothing, happenings=[happening()])
    assert words.headline(stormy, "UTC").startswith("One of two services needs attention. A: storm")
    assert tiles(stormy)["attention"] == ("1 of 2", "since 16 Nov: A")


def test_of_a_selection_without_events_nothing_is_claimed() -> None:
    silent = [replace(service(n, acts=False, recall=NONE), truth=NONE, checked=0.0) for n in ("A", "B")]
    none = overview(*silent, events=0.0, checked=0.0, acted=0.0, truth=NONE)
    assert words.headline(none, "UTC") == "No events in this selection: nothing was checked."
    assert words.unknown(none) == ""
    known_tiles = {key for key, tile in words.tiles(none, "UTC") if tile.known}
    assert known_tiles == {"attention"}, "what is compared does not depend on the window"
    assert {key: v for key, (v, _) in tiles(none).items()} == {
        "protected": "no data", "attention": "0 of 2", "volume": "no data", "truth": "no data",
    }  # fmt: skip
    assert words.headline(replace(none, happenings=[happening()]), "UTC") == (
        "No events in this selection: nothing was checked. One of two services needs attention since 16 Nov."
    )


def test_a_service_that_checked_nothing_is_not_said_to_alert() -> None:
    idle, watching = replace(service("X", acts=False), checked=0.0), service("Y", acts=False)
    assert tiles(overview(A, idle, watching))["protected"] == ("1 of 3", "Y only alerts; X checked nothing")
    assert tiles(overview(A, idle))["protected"] == ("1 of 2", "X checked nothing")


def test_verdicts_of_less_than_an_hour_are_not_measurable() -> None:
    brief = Estimate(None, None, None, 3, quality="not_measurable", why="shorter")
    o = overview(replace(A, truth=brief), truth=brief)
    assert tiles(o)["truth"] == ("not measurable", "in less than an hour")


def test_headline_counts_services_and_says_the_first_thing() -> None:
    o = overview(A, B, C, changes=[change("B")], happenings=[happening("C"), happening("C", days_ago=3)])
    assert words.headline(o, "UTC") == (
        "Two of three services need attention. B: right alarms fell from 90 % to 70 % since 16 Nov."
    )
    assert words.headline(overview(A, B, changes=[change("B")]), "UTC").startswith("One of two services needs atten")
    assert words.headline(overview(A, changes=[change()]), "UTC").startswith("The one service needs attention. A: ")


def test_what_ended_before_the_review_needs_no_attention_but_is_told() -> None:
    o = overview(A, B, happenings=[happening("A", days_ago=9)], silences=[silence("B", 10, 12)])
    assert words_items.attention(o, "UTC") == []
    assert [i.urgency for i in words_items.items(o, "UTC")] == ["earlier", "earlier"]
    assert words.headline(o, "UTC").startswith("Nothing got worse")


def test_the_day_of_the_review_is_of_the_business_zone() -> None:
    """Half past six in the evening of the 15th in UTC is the 16th in India."""
    o = overview(A, silences=[silence("A", 14, 15)], since=datetime(2026, 11, 15, 18, 30, tzinfo=UTC))
    assert words_items.attention(o, "Asia/Kolkata") == []
    assert words_items.attention(o, "UTC") == ["A"]
    assert [words_items.items(o, z)[0].urgency for z in ("Asia/Kolkata", "UTC")] == ["earlier", "since"]


def test_items_come_by_urgency() -> None:
    o = overview(
        A, B, C,
        changes=[change("C"), change("A", worse=False)],
        happenings=[happening("A", days_ago=9), happening("B"), happening("A", ongoing=True)],
    )  # fmt: skip
    assert [(i.urgency, i.service) for i in words_items.items(o, "UTC")] == [
        ("now", "C"), ("now", "A"), ("since", "B"), ("earlier", "A"),
    ]  # fmt: skip
    assert [i.service for i in words_items.better(o, "UTC")] == ["A"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (change(), "A: right alarms fell from 90 % to 70 % since 16 Nov."),
        (change(before=0.7, after=0.9), "A: right alarms rose from 70 % to 90 % since 16 Nov."),
        (change(measure="recall", after=0.004), "A: attacks caught fell from 90 % to 0.4 % since 16 Nov."),
        (change(measure="acted", before=540, after=1375), "A: alarms a day rose from 540 to 1,380 since 16 Nov."),
        (
            change(measure="checked", before=9e8, after=4.5e8),
            "A: events checked a day fell from 900 M to 450 M since 16 Nov.",
        ),
        (
            change(measure="missed", before=2, after=4.5),
            "A: 4.5 missed attacks found a day, up from 2.0 before 16 Nov.",
        ),
        (
            change(measure="missed", before=2, after=4.5, technique=HOSTILE, of_it=30),
            f"A: 4.5 missed attacks found a day, up from 2.0 before 16 Nov; mostly “{HOSTILE}”.",
        ),
    ],
)  # fmt: skip
def test_changes(found: Change, said: str) -> None:
    (item,) = words_items.items(overview(A, changes=[found]), "UTC")
    assert (item.text, item.subject) == (said, f"A/{found.measure}")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (happening(), "A: storm, Sat 21 Nov 00:00–03:00, up to 17 times the usual alarms."),
        (happening(regions=("UK",)), "A: storm in UK, Sat 21 Nov 00:00–03:00, up to 17 times the usual alarms."),
        (
            happening(regions=("A", "B", "C")),
            "A: storm in A, B and C, Sat 21 Nov 00:00–03:00, up to 17 times the usual alarms.",
        ),
        (happening(ongoing=True), "A: storm, since Sat 21 Nov 00:00, up to 17 times the usual alarms."),
        (happening(peak=0), "A: storm, Sat 21 Nov 00:00–03:00, far more than the usual alarms."),
        (happening(counted="events"), "A: storm, Sat 21 Nov 00:00–03:00, up to 17 times the usual traffic."),
        (happening(peak=2.6), "A: storm, Sat 21 Nov 00:00–03:00, up to 2.6 times the usual alarms."),
        (
            happening(disturbed=Estimate(5.0, 4.0, 6.0, 9)),
            "A: storm, Sat 21 Nov 00:00–03:00, up to 17 times the usual alarms; 4 to 6 legitimate events flagged.",
        ),
        (
            happening(disturbed=Estimate(5.0, 1.0, 6.0, 9)),
            "A: storm, Sat 21 Nov 00:00–03:00, up to 17 times the usual alarms; up to 6 legitimate events flagged.",
        ),
        (
            happening(disturbed=Estimate(0.0, 0.0, 259_600.0, 399)),
            "A: storm, Sat 21 Nov 00:00–03:00, up to 17 times the usual alarms; none of 399 judged was legitimate.",
        ),
        (happening(disturbed=NONE), "A: storm, Sat 21 Nov 00:00–03:00, up to 17 times the usual alarms."),
        (
            happening(kind="unchecked", reason=HOSTILE),
            f"A: 67.7 k events passed unchecked, Sat 21 Nov 00:00–03:00 (mostly: {HOSTILE}).",
        ),
        (happening(kind="unchecked"), "A: 67.7 k events passed unchecked, Sat 21 Nov 00:00–03:00."),
        (
            happening(kind="unchecked", end=NOW - timedelta(days=2, hours=-1)),
            "A: 67.7 k events passed unchecked, within Sat 21 Nov 00:00–01:00.",
        ),
        (
            happening(kind="unchecked", end=NOW - timedelta(days=2, hours=-1), ongoing=True),
            "A: 67.7 k events passed unchecked, since Sat 21 Nov 00:00.",
        ),
        (
            happening(kind="silent", regions=("A", "B")),
            "A: nothing came in A and B, Sat 21 Nov 00:00–03:00; usual are 4,000 events.",
        ),
        (
            happening(kind="unchecked", end=datetime(2026, 11, 23, tzinfo=UTC)),
            "A: 67.7 k events passed unchecked, Sat 21 Nov 00:00 to Mon 23 Nov 00:00.",
        ),
    ],
)
def test_happenings(found: Happening, said: str) -> None:
    (item,) = words_items.items(overview(A, happenings=[found]), "UTC")
    assert item.text == said
    assert item.subject == f"A/{found.kind}/2026-11-21T00"
    assert words.happening(found, "UTC") == said.rstrip(".")
    assert words.when(found, "Asia/Kolkata") == f"{words_events.KINDS[found.kind]} · 21 Nov 05:30"


HOURS = "Sat 21 Nov 00:00–03:00"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"reason": HOSTILE, "place": HOSTILE, "decision": "block", "judged": 6, "right": 6, "regions": ("U",)},
            f"blocked whatever their score in U, {HOURS} (rule “{HOSTILE}”, “{HOSTILE}”); all 6 judged were attacks.",
        ),
        (
            {"decision": "quarantine", "judged": 63, "right": 3},
            "acted on whatever their score, Sat 21 Nov 00:00–03:00; 60 of 63 judged were no attacks.",
        ),
        (
            {"reason": "r1", "decision": "alert"},
            "alerted on whatever their score, Sat 21 Nov 00:00–03:00 (rule “r1”); nobody has judged any.",
        ),
    ],
)
def test_what_a_rule_did(more: dict[str, Any], said: str) -> None:
    (item,) = words_items.items(overview(A, happenings=[happening(kind="overruled", **more)]), "UTC")
    assert (item.text, item.subject) == (f"A: 67.7 k events {said}", "A/overruled/2026-11-21T00")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"judged": 4, "right": 4}, "A: 2.9 times the usual alarms on “x”, 10–23 Nov; all 4 judged were attacks."),
        ({"judged": 1, "start": datetime(2026, 10, 28, tzinfo=UTC)},
         "A: 2.9 times the usual alarms on “x”, 28 Oct to 23 Nov; the one judged was no attack."),
        ({"judged": 9, "right": 1, "ongoing": True},
         "A: 2.9 times the usual alarms on “x”, since 10 Nov; 8 of 9 judged were no attacks."),
    ],
)  # fmt: skip
def test_a_slice_full_of_alarms(more: dict[str, Any], said: str) -> None:
    start, end = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    own = Scope(model="A", where=(("segment", "x"),))
    full = happening(kind="slice", start=start, end=end, peak=2.91, place="x", counted="stored alarms", scope=own)
    found = replace(full, **more)
    assert words.happening(found, "UTC") == said.rstrip(".")
    (item,) = words_items.items(overview(A, happenings=[found]), "UTC")
    assert words_items.ended(item, "UTC") == ("still going on" if found.ongoing else "ended 23 Nov, to be reviewed")
    assert words.when(found, "UTC") == f"Alarms · {found.start.day} {found.start:%b}"
    assert words.usual(found) == "Stored alarms day by day; dotted: usual, by the other alarms of the day."


def test_what_was_over_before_the_window() -> None:
    month = Scope(since=datetime(2026, 10, 24, tzinfo=UTC))
    assert words.before(overview(A), month, "UTC") == ""
    assert words.before(overview(A, before=["A"]), Scope(), "UTC") == ""
    assert words.before(overview(A, before=["A", "B"]), month, "Europe/Berlin") == (
        "Over before 24 Oct: events of A and B; a longer window tells."
    )


def test_what_is_drawn() -> None:
    assert words.usual(happening()).startswith("Alarms hour by hour")
    assert words.usual(happening(counted="events")).startswith("Events hour by hour")
    assert words.usual(happening(kind="silent")).startswith("Events hour by hour")
    assert words.usual(happening(kind="unchecked")).startswith("Unchecked events hour by hour")


@pytest.mark.parametrize(
    ("silences", "said"),
    [
        ([silence("A", 17, 18)], ["No verdicts on alarms arrived for A from 17 Nov to 18 Nov."]),
        ([silence("A", 21, 22, True)], ["No verdicts on alarms arrived for A from 21 Nov to 22 Nov, and none since."]),
        (
            [silence("B", 17, 18), silence("A", 17, 18)],
            ["No verdicts on alarms arrived for A, B from 17 Nov to 18 Nov."],
        ),
        (
            [silence("B", 17, 18), silence("A", 17, 18), silence("C", 17, 18)],
            ["No verdicts on alarms arrived for all three services from 17 Nov to 18 Nov."],
        ),
        (
            [silence("B", 17, 19), silence("A", 17, 18)],
            [
                "No verdicts on alarms arrived for B from 17 Nov to 19 Nov.",
                "No verdicts on alarms arrived for A from 17 Nov to 18 Nov.",
            ],
        ),
    ],
)
def test_silences(silences: list[Silence], said: list[str]) -> None:
    assert [i.text for i in words_items.items(overview(A, B, C, silences=silences), "UTC")] == said


def test_one_service_is_never_all_services() -> None:
    (item,) = words_items.items(overview(A, silences=[silence("A", 17, 18)]), "UTC")
    assert item.text == "No verdicts on alarms arrived for A from 17 Nov to 18 Nov."
    said = words.unknown(overview(service("A", recall=OPEN)))
    assert said == "How many more attacks get past A cannot be told: too little of what passed has been looked at."


def test_what_cannot_be_told() -> None:
    wide = service("W", recall=Estimate(0.5, 0.3, 0.7, 40, basis="audit"))
    assert words.unknown(overview(A, B)) == ""
    assert "get past W cannot" in words.unknown(overview(A, wide))
    assert "get past W and Z cannot" in words.unknown(overview(A, wide, service("Z", recall=NONE)))
    assert "get past all two services cannot" in words.unknown(overview(wide, service("Z", recall=OPEN)))


@pytest.mark.parametrize(
    ("e", "said"),
    [
        (NONE, "no data"),
        (OPEN, "not measurable"),
        (Estimate(None, 0.13, 1.0, 40, quality="not_measurable"), "cannot tell"),
        (KNOWN, "90 %"),
        (replace(KNOWN, basis="audit"), "85–95 %"),
        (Estimate(0.5, 0.3, 0.7, 40, basis="full"), "cannot tell"),
    ],
)
def test_attacks_caught(e: Estimate, said: str) -> None:
    assert words.caught(e) == said


@pytest.mark.parametrize(
    ("e", "said"),
    [
        (Estimate(None, 0.13, 1.0, 40, quality="not_measurable"), "13–100 %"),
        (Estimate(0.5, 0.3, 0.7, 40, basis="full"), "30–70 %"),
        (Estimate(None, 0.0057, 0.464, 40, quality="not_measurable"), "1–46 %"),  # as Efficacy tells it
        (replace(KNOWN, basis="audit"), ""),
        (KNOWN, ""),
        (OPEN, ""),
        (NONE, ""),
    ],
)
def test_a_range_is_given_where_it_is_all_that_can_be_said(e: Estimate, said: str) -> None:
    assert words.caught_range(e) == said


def test_terms_of_the_logs_are_told_in_words() -> None:
    said = [words.happening(happening(kind="unchecked", reason=r), "UTC") for r in ("fail-open", HOSTILE)]
    assert said[0].endswith("(mostly: the check failed)")
    assert said[1].endswith(f"(mostly: {HOSTILE})")


def test_numbers_a_day() -> None:
    assert (words.daily(NONE), words.daily(OPEN)) == ("no data", "not measurable")
    e = Estimate(1234.0, 1000.0, 1500.0, 40, unit="count")
    assert (words.daily(e), words.daily_range(e)) == ("1,200", "1,000–1,500")
    assert words.daily_range(NONE) == words.daily_range(OPEN) == ""


@pytest.mark.parametrize(
    ("s", "said"),
    [
        (service("A", n=0), "no verdicts yet"),
        (service("A", precision=replace(KNOWN, quality="arriving")), "labels still arriving"),
        (service("A", precision=OPEN), "right alarms not measurable"),
        (service("A", precision=replace(KNOWN, quality="few")), "few verdicts"),
        (service("A"), "all measured"),
        (service("A", recall=OPEN), "misses unknown"),
    ],
)
def test_what_can_be_told(s: Service, said: str) -> None:
    assert words.quality(s) == said


def tiles(o: Overview) -> dict[str, tuple[str, str]]:
    """Value and range of each tile."""
    return {key: (tile.value, tile.range) for key, tile in words.tiles(o, "UTC")}


def test_tiles() -> None:
    watching = [service(name, acts=False) for name in ("X", HOSTILE)]
    found = tiles(overview(A, *watching, changes=[change()], acted_change=None))
    assert found == {
        "protected": ("1 of 3", f"X and {HOSTILE} only alert"),
        "attention": ("1 of 3", "since 16 Nov: A"),
        "volume": ("1,000", "10 alarms, too few days to compare"),
        "truth": ("71 %", "of all alarms"),
    }
    found = tiles(overview(A, service("B", truth=0.0004), truth=known(0.002)))
    assert found["truth"] == ("0.04–71 %", "of a service's alarms: B least, A most")
    together = {key: tile.help for key, tile in words.tiles(overview(A, B, truth=known(0.002)), "UTC")}
    assert together["truth"].endswith("Of all alarms together: 0.2 % (71 stored ones).")
    silent = [replace(s, truth=NONE) for s in (A, watching[0])]
    found = tiles(overview(*silent, truth=NONE))
    assert (found["protected"], found["attention"][1]) == (("1 of 2", "X only alerts"), "since 16 Nov: none")
    assert found["truth"][0] == "no alarms"
    assert tiles(overview(A))["protected"] == ("1 of 1", "")


MORE, LESS = Difference(1.3, 1.1, 1.5, 0.001), Difference(0.5, 0.4, 0.6, 0.001)


@pytest.mark.parametrize(
    ("checked", "acted", "said"),
    [
        (STEADY, Difference(1.03, 0.9, 1.2, 0.5), "10 alarms; neither clearly changed since 16 Nov"),
        (STEADY, MORE, "no clear change; 10 alarms, +30 % since 16 Nov"),
        (LESS, MORE, "-50 %; 10 alarms, +30 % since 16 Nov"),
        (LESS, STEADY, "-50 %; 10 alarms, no clear change since 16 Nov"),
        (None, MORE, "10 alarms, too few days to compare"),
    ],
)
def test_how_events_and_alarms_moved(checked: Difference | None, acted: Difference, said: str) -> None:
    assert tiles(overview(A, checked_change=checked, acted_change=acted))["volume"][1] == said


def test_what_the_page_rests_on() -> None:
    said = words.base(overview(A), "UTC")
    assert said == (
        "Worked out from 100 stored events that stand for 2,000. 12 figures were compared with the four weeks before "
        "16 Nov; of the changes told, at most 1 in 20 should be chance."
    )


def test_a_short_comparison_says_its_hour() -> None:
    shift = overview(A, since=NOW - timedelta(hours=8))
    assert words_items.since(shift, "UTC") == "22 Nov 16:00"
    assert words_items.since(overview(A), "Asia/Kolkata") == "16 Nov"
    assert words_items.day(NOW, "UTC") == "23 Nov"


def test_a_hostile_service_stays_text_in_every_sentence() -> None:
    o = overview(
        service(HOSTILE, recall=OPEN),
        changes=[change(HOSTILE)], happenings=[happening(HOSTILE, regions=(HOSTILE,))],
        silences=[silence(HOSTILE, 17, 18)],
    )  # fmt: skip
    said = [i.text for i in words_items.items(o, "UTC")]
    assert len(said) == 3
    assert all(HOSTILE in text for text in [*said, words.headline(o, "UTC"), words.unknown(o)])
