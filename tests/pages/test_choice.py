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
