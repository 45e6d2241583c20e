"""Whether this server may start: who can reach it, and whether they have to sign in.

Without sign-in everybody who reaches the server is its one user with every role. It then serves this machine alone.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit import config
from streamlit.errors import StreamlitSecretNotFoundError

from analytics import settings
from analytics.errors import BadInput, NotAllowed

NEEDED = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
SHORTEST_SECRET = 32
"""Characters of the secret that signs cookies: whoever guesses it is whoever they like."""
_DOING = "starting the server"
_HOW = "docs/sign-in.md says how."


@cache
def auth() -> Mapping[str, Any] | None:
    """Return the section [auth] of the secrets as it was when first asked for; None where there is no sign-in.

    It is read once: secrets that vanish under a running server must not open it.

    Raises
    ------
    BadInput
        There is a file of secrets that cannot be read.
    """
    if not any(Path(path).exists() for path in st.get_option("secrets.files")):
        return None
    try:
        return st.secrets.get("auth")
    except StreamlitSecretNotFoundError as error:
        found = "the file secrets.toml cannot be read."
        raise BadInput(_DOING, found, f"Mend its TOML, or remove it. {_HOW}") from error


def sign_in_needed() -> bool:
    """Tell whether people have to sign in here."""
    return auth() is not None


def is_loopback(host: str | None) -> bool:
    """Tell whether an address is this machine's own, out of reach for any other."""
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return host == "localhost"


def check_start() -> None:
    """Stop a server that would let people in whom nobody knows; let those in who come by the sign-in's own host.

    Raises
    ------
    NotAllowed
        Others could reach the server without sign-in.
    BadInput
        The sign-in is not set up whole.
    """
    settings.sign_in()
    given, hosts = auth(), st.get_option("server.allowedHosts")
    if st.get_option("server.trustedUserHeaders"):
        found = "server.trustedUserHeaders would let anybody be whom a header names."
        raise NotAllowed(_DOING, found, f"Take it out of the configuration, and set up sign-in: {_HOW}")
    if given is None:
        check_alone(st.get_option("server.address"), hosts)
    else:
        check_auth(given)
        public = urlsplit(given["redirect_uri"]).hostname
        if hosts and public not in hosts:
            config.set_option("server.allowedHosts", [*hosts, public])


def check_alone(address: str | None, hosts: Sequence[str]) -> None:
    """Stop a server without sign-in that listens to others, or answers to another name than this machine's.

    Parameters
    ----------
    address
        What it binds to; None is every address.
    hosts
        Names under which it may be asked.

    Raises
    ------
    NotAllowed
        It does.
    """
    fix = f"Leave the address at 127.0.0.1, or set up sign-in: {_HOW}"
    if not is_loopback(address):
        where = f"the address {address}" if address else "every address of this machine"
        raise NotAllowed(
            _DOING, f"it would listen on {where}, and without sign-in everybody there could read and record.", fix
        )
    others = [h for h in hosts if not is_loopback(h)]
    if others or not hosts:
        names = ", ".join(others) or "any name"
        raise NotAllowed(_DOING, f"server.allowedHosts lets {names} in, and there is no sign-in.", fix)


def check_auth(given: Mapping[str, Any]) -> None:
    """Stop a sign-in that is half set up. No value of it is told.

    Raises
    ------
    BadInput
        Something is missing or weak.
    """
    missing = [key for key in NEEDED if not isinstance(given.get(key), str) or not given[key].strip()]
    if missing:
        raise BadInput(_DOING, f"[auth] in secrets.toml has no {', '.join(missing)}.", f"Add it: {_HOW}")
    if len(given["cookie_secret"]) < SHORTEST_SECRET:
        found = f"cookie_secret in secrets.toml is shorter than {SHORTEST_SECRET} characters."
        raise BadInput(_DOING, found, f"Make a random one: {_HOW}")
