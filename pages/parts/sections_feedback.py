"""The sections of the feedback page; each is computed when it is opened."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import streamlit as st

from analytics.errors import BartizanError
from analytics.feedback import charts, draws, planner, words_people, words_planner, words_retraining
from analytics.feedback import export as exports
from analytics.feedback import people as team
from analytics.feedback import retraining as retrainings
from analytics.feedback.card import RULE, to_markdown
from analytics.viewer import no_export
from pages.parts import audit_form, blocks, choice, heads, opened, panel, url
from pages.parts.cache import View

LABELS = "as the labels tell"
CAPACITY, FITTED = "capacity", "fitted"
"""Keys in the address: hours that people have a week; whether the candidate is fitted anew."""
MOST_HOURS = 100_000.0


def plan(view: View) -> None:
    """How much must be looked at before recall can be told."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        width = st.segmented_control(
            "Recall is to be told to", list(planner.WIDTHS), default="±5 points", required=True, key="width",
            bind="query-params",
        )  # fmt: skip
        options = [LABELS, *(f"{100 * g:g}" for g in planner.GUESSES)]
        guess = st.selectbox("Of 100 attacks are caught", options, key="caught", width=260, bind="query-params")
    found = view.measure(planner.plan, planner.WIDTHS[width], None if guess == LABELS else float(guess) / 100)
    p = found.result
    if p.why:
        blocks.reason("plan", words_planner.headline(p))
        return
    left, right = st.columns([1.25, 1], gap="large")
    with left:
        note = words_planner.note(p)
        panel.show("plan", words_planner.headline(p), note, charts.plan(p), found.provenance, p.curve)
        bands = words_planner.bands(p)
        drawn = heads.explained(bands)
        st.dataframe(bands, hide_index=True, key="plan-bands", alt="Bands of scores", column_config=drawn)
        may = view.may_record("audit_drawn")
        if may and p.checks and p.checks <= draws.MOST and st.button(f"Record a draw of {p.checks:,}", key="plan-draw"):
            audit_form.draw(view, p.scope, p.checks, "score", p.audit)
    with right:
        clean, guesses = words_planner.clean(p), words_planner.guesses(p)
        note = "With 95 % certainty at least so many are caught."
        rests = words_planner.note(p)
        panel.table("clean", "What an audit shows that finds nothing", note, clean, found.provenance, rests)
        panel.table("guesses", "What it takes if recall is otherwise", "", guesses, found.provenance, rests)


def people(view: View) -> None:
    """How long verdicts take, what there is to do, how far people agree, whom the false alarms concern."""
    found = view.measure(team.people)
    p, seen = found.result, found.provenance
    blocks.note("own", words_people.own(p))
    left, right = st.columns(2, gap="large")
    with left:
        if p.course is not None and p.judged:
            panel.show("course", words_people.course(p), words_people.course_note(p), charts.course(p), seen)
        else:
            blocks.reason("course", words_people.course(p))
        backlog = words_people.backlog_table(p)
        panel.table("backlog", words_people.backlog(p), "Stored alarms by their age.", backlog, seen)
        note = words_people.agreement_note(p)
        panel.table("agreement", words_people.agreement(p), note, backlog.iloc[:0], seen)
    with right:
        if not p.enough:
            blocks.reason("work", words_people.work(p, None))
            return
        hours = _capacity()
        st.number_input(
            "Hours that people have a week, for this model", 0.0, MOST_HOURS, hours, 10.0, width=320,
            **choice.bound("capacity", hours, _write_capacity),
        )  # fmt: skip
        work = words_people.work(p, hours)
        panel.show("work", work, words_people.work_note(p), charts.work(p, hours), seen, p.weeks)
        panel.show("mix", words_people.mix(p), words_people.mix_note(p), charts.mix(p), seen, p.mix)


def _capacity() -> float | None:
    """Return the hours that the address names."""
    try:
        return min(max(float(st.query_params.get(CAPACITY, "")), 0.0), MOST_HOURS)
    except ValueError:
        return None


def _write_capacity(hours: float | None) -> None:
    url.change({} if hours is None else {CAPACITY: [repr(float(hours))]}, [CAPACITY] if hours is None else [])


def export(view: View) -> None:
    """The labelled set as files, for those who build models."""
    if why := no_export(view.reader.viewer):
        blocks.reason("export", why)
        return
    blocks.note("export", f"{RULE} The scores of all versions are in it.")
    opened.popover("Make the files", "labelled-files", lambda: _files(view))


def _files(view: View) -> None:
    if not st.button("Write them", key="labelled-write"):
        return
    try:
        with st.spinner("Writing"), TemporaryDirectory() as folder:
            card = exports.export(view.reader, view.scope, Path(folder)).result.card
            content = exports.zipped(Path(folder))
    except BartizanError as error:
        st.text(str(error), width="stretch")
        return
    st.download_button(
        "Save the files (zip)",
        content,
        "bartizan-labelled.zip",
        "application/zip",
        on_click="ignore",
        key="labelled-zip",
    )
    st.code(to_markdown(card), language=None, wrap_lines=True)


def retraining(view: View) -> None:
    """The candidate fitted anew on the labelled set, compared on what happened later."""
    blocks.note("retraining", "Fits the saved candidate on the training part of the labelled set; stores nothing.")
    if st.query_params.get(FITTED) != "yes":
        st.button("Fit and compare", on_click=url.change, args=({FITTED: ["yes"]}, []), key="retrain")
        return
    try:
        found = view.measure(retrainings.evaluate)
    except BartizanError as error:
        blocks.reason("retrained", f"This cannot be done here: {error.found} {error.fix}")
        return
    e = found.result
    rests = words_retraining.shown(e)[0]
    panel.table("retrained", words_retraining.headline(e), "", words_retraining.table(e), found.provenance, rests)
    for title, lines in (("Shown", words_retraining.shown(e)), ("Not shown", words_retraining.not_shown(e))):
        blocks.finding(title, title)
        st.text("\n".join(f"– {line}" for line in lines), width="stretch")
