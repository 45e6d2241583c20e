"""What the server does with an error that no page caught; the rest of app.py is tested over HTTP."""

from __future__ import annotations

import logging

import pytest
import streamlit as st

import app


def test_an_error_of_a_callback_is_shown_by_reference_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(st, "error", shown.append)
    with caplog.at_level(logging.ERROR, logger="bartizan.app"):
        assert app.on_script_error(RuntimeError("secret detail")) is True
    (message,) = shown
    assert "secret detail" not in message
    reference = message.rstrip(".").split()[-1]
    assert [r.getMessage() for r in caplog.records] == [f"Reference {reference}"]
    assert caplog.records[0].exc_info is not None
