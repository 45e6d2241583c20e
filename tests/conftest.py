"""What all tests share: where real data and Chromium are, and that nothing leaves this machine.

Tests marked ``browser`` or ``shared_data`` are skipped, with the reason, where these are missing;
with BARTIZAN_REQUIRE_BROWSER=1 or BARTIZAN_REQUIRE_DATA=1 they fail instead.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("BARTIZAN_SHARED", ROOT.parent / "shared")) / "data"
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NEEDS = {
    "browser": (CHROMIUM, "Chromium was not found; install it or name it in CHROMIUM", "BROWSER"),
    "shared_data": (
        SHARED.is_dir(),
        "the public data sets were not found; name their folder's parent in BARTIZAN_SHARED",
        "DATA",
    ),
}

settings.register_profile("steady", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "steady")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip or fail a test whose needs are not met."""
    for marker, (there, reason, name) in NEEDS.items():
        if item.get_closest_marker(marker) and not there:
            if os.environ.get(f"BARTIZAN_REQUIRE_{name}") == "1":
                pytest.fail(f"{reason} (BARTIZAN_REQUIRE_{name}=1)", pytrace=False)
            pytest.skip(reason)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets; use it in tests marked ``shared_data``."""
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; use it in tests marked ``browser``."""
    assert CHROMIUM, "mark the test with pytest.mark.browser"
    return CHROMIUM


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Refuse connections of this process to any other machine."""

    def guarded(real: Any) -> Any:
        def connect(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
                raise RuntimeError(f"A test tried to reach {address[0]}: tests stay on this machine.")
            return real(self, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        yield


def is_loopback(host: str) -> bool:
    """Say whether a host as given to ``connect`` is this machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"
