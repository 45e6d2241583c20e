"""Which servers start, whom they answer, and where a sign-in leads back to."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from starlette.datastructures import Headers
from streamlit import config

import app
from analytics.errors import BadInput, NotAllowed
from pages.parts import serving, way_back

EVERY = "0.0.0.0"  # noqa: S104 which is what must not be
OURS = ["localhost", "127.0.0.1"]
AUTH = {
    "redirect_uri": "https://bartizan.example.org/oauth2callback",
    "cookie_secret": "s" * 32,
    "client_id": "c",
    "client_secret": "t",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}


@pytest.fixture(autouse=True)
def options() -> Iterator[None]:
    """Streamlit's options as they were."""
    names = ("server.address", "server.allowedHosts", "server.trustedUserHeaders", "secrets.files")
    before = {name: config.get_option(name) for name in names}
    yield
    for name, value in before.items():
        config.set_option(name, value)


@pytest.mark.parametrize(
    ("host", "ours"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), (EVERY, False), ("::", False),
     ("10.0.0.7", False), ("::ffff:10.0.0.7", False), ("bank.example", False), ("localhost.bank.example", False),
     ("", False), (None, False), ("unix:///run/x", False)],
)  # fmt: skip
def test_loopback(host: str | None, ours: bool) -> None:
    assert serving.is_loopback(host) is ours


@pytest.mark.parametrize(
    ("address", "hosts", "found"),
    [
        (EVERY, OURS, "listen on the address 0.0.0.0"),
        ("10.0.0.7", OURS, "listen on the address 10.0.0.7"),
        (None, OURS, "listen on every address of this machine"),
        ("127.0.0.1", [*OURS, "bartizan.example.org"], "lets bartizan.example.org in, and there is no sign-in"),
        ("127.0.0.1", ["*"], "lets * in"),
        ("127.0.0.1", [], "lets any name in"),
    ],
)
def test_without_sign_in_a_server_that_others_reach_does_not_start(
    monkeypatch: pytest.MonkeyPatch, address: str | None, hosts: list[str], found: str
) -> None:
    monkeypatch.setattr(serving, "auth", lambda: None)
    config.set_option("server.address", "127.0.0.1")
    config.set_option("server.allowedHosts", OURS)
    serving.check_start()
    config.set_option("server.address", address)
    config.set_option("server.allowedHosts", hosts)
    with pytest.raises(NotAllowed) as caught:
        serving.check_start()
    assert found in caught.value.found
    assert "docs/sign-in.md" in caught.value.fix


def test_with_sign_in_every_address_will_do_and_its_host_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "auth", lambda: AUTH)
    config.set_option("server.address", EVERY)
    config.set_option("server.allowedHosts", OURS)
    serving.check_start()
    assert config.get_option("server.allowedHosts") == [*OURS, "bartizan.example.org"]
    config.set_option("server.trustedUserHeaders", {"X-User": "email"})
    with pytest.raises(NotAllowed, match="would let anybody be whom a header names"):
        serving.check_start()


@pytest.mark.parametrize(
    "change", [*({key: None} for key in AUTH), {"client_id": " "}, {"cookie_secret": "short"}], ids=str
)
def test_a_sign_in_that_is_half_set_up_does_not_start_and_tells_no_value(change: dict[str, Any]) -> None:
    (key,) = change
    with pytest.raises(BadInput, match=key) as caught:
        serving.check_auth({**AUTH, **change})
    assert "short;" not in str(caught.value) and "ssss" not in str(caught.value)


def test_secrets_that_cannot_be_read_stop_the_server_and_are_read_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.toml"
    config.set_option("secrets.files", [str(file)])
    monkeypatch.setattr(st, "secrets", type(st.secrets)())
    monkeypatch.setattr(serving, "auth", cache(serving.auth.__wrapped__))
    assert not serving.sign_in_needed()
    serving.auth.cache_clear()
    file.write_text("[auth")
    with pytest.raises(BadInput, match=r"secrets\.toml cannot be read"):
        serving.auth()
    file.write_text('[auth]\nclient_id = "c"\n')
    st.secrets._reset()
    assert dict(serving.auth() or {}) == {"client_id": "c"}
    file.unlink()
    st.secrets._reset()
    assert serving.sign_in_needed(), "a server that people sign in to is not opened by a file that goes away"


def answer(scope: dict[str, Any]) -> list[dict[str, Any]]:
    """What the guard sends to a request; an application behind it says 200."""
    sent: list[dict[str, Any]] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    asyncio.run(app.Guard(inner)({"path": "/", "method": "GET", "headers": [], **scope}, receive, send))
    return sent


def test_without_sign_in_another_server_than_streamlits_answers_this_machine_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "auth", lambda: None)
    for server in (("10.0.0.7", 80), None, ("/run/x", None)):
        assert answer({"type": "http", "server": server})[0]["status"] == 403
        assert answer({"type": "websocket", "server": server}) == [{"type": "websocket.close", "code": 1008}]
    assert answer({"type": "http", "server": ("127.0.0.1", 80)})[0]["status"] == 200
    monkeypatch.setattr(serving, "auth", lambda: AUTH)
    assert answer({"type": "http", "server": ("10.0.0.7", 80)})[0]["status"] == 200


def test_the_command_refuses_in_a_sentence(repository: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "analytics.cli", "run", "--warehouse", str(tmp_path), "--address", EVERY]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("While")]
    assert said.startswith(
        "While starting the server: it would listen on the address 0.0.0.0, and without sign-in every"
    )
    assert said.endswith("Leave the address at 127.0.0.1, or set up sign-in: docs/sign-in.md says how.")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("referer", "link"),
    [
        ("https://b.example/efficacy?model=dns&where=region%3DEMEA", "/efficacy?model=dns&where=region%3DEMEA"),
        ("https://b.example/", "/"),
        ("https://evil.example/efficacy", ""),
        ("https://b.example//evil.example/x", ""),
        ("https://b.example/\\evil.example", ""),
        ("https://b.example.evil.example/", ""),
        ("javascript:alert(1)", ""),
        ("https://[b.example/", ""),
        ("https://b.example/x?a=" + "y" * 9000, ""),
        ("https://b.example/\u00e9", ""),
        ("", ""),
    ],
    ids=lambda v: v[:40],
)
def test_a_sign_in_leads_back_to_our_own_pages_only(referer: str, link: str) -> None:
    assert way_back.begun_at(Headers({"referer": referer, "host": "b.example"})) == link
    assert way_back.local(f"{link}\r\nset-cookie: x") == ""
