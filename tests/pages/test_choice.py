"""A widget bound to the address: what is set beside it does not come back as somebody's choice."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.parts import choice

    def write(text: str) -> None:
        st.query_params["t"] = text
        st.session_state["written"] = [*st.session_state.get("written", []), text]

    said = st.query_params.get("t", "a")
    st.selectbox("Select", ["a", "b", "c"], ["a", "b", "c"].index(said), **choice.bound("select", said, write))
    st.text_input("Type", said, **choice.bound("type", said, write))


def test_each_widget_shows_what_the_other_chose_and_says_so_once() -> None:
    app = AppTest.from_function(page).run()
    app.selectbox[0].set_value("b").run()
    assert (app.selectbox[0].value, app.text_input[0].value) == ("b", "b")
    app.text_input[0].set_value("c").run()
    assert (app.selectbox[0].value, app.text_input[0].value) == ("c", "c")
    app.selectbox[0].set_value("a").run()
    assert app.session_state["written"] == ["b", "c", "a"]


def test_a_widget_keeps_its_place_while_only_it_is_used() -> None:
    app = AppTest.from_function(page).run()
    first = app.selectbox[0].key
    for chosen in "bca":
        app.selectbox[0].set_value(chosen).run()
        assert app.selectbox[0].key == first


def elsewhere() -> None:
    import streamlit as st

    from pages.parts import choice

    said = st.query_params.get("t", "a")
    if "away" not in st.query_params:
        st.selectbox("Select", ["a", "b"], ["a", "b"].index(said), **choice.bound("select", said, lambda _: None))


def test_a_widget_that_was_away_does_not_come_back_with_what_it_showed_then() -> None:
    """The browser remembers what a widget of this key showed; only a new one shows what the address says now."""
    app = AppTest.from_function(elsewhere).run()
    first = app.selectbox[0].key
    app.query_params["away"] = "1"
    app.run()
    assert not app.selectbox
    del app.query_params["away"]
    assert app.run().selectbox[0].key == first, "nothing else is said: it may stay"
    app.query_params["away"] = "1"
    app.run()
    del app.query_params["away"]
    app.query_params["t"] = "b"
    app.run()
    assert (app.selectbox[0].value, app.selectbox[0].key == first) == ("b", False)
