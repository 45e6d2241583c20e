"""The app as a user starts it, and a browser that is let out to nowhere else."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

START_S = 60
"""Time that a start may take on a busy machine."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Whatever is asked of other machines fails; ``Tab.outside`` lists it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)

expect.set_options(timeout=20_000)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def serving(repository: Path, warehouse: Path, log: Path, port: int = 0, options: Sequence[str] = ()) -> Generator[str]:
    """Run the app as a process of its own and give its address."""
    port = port or free_port()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options],
            cwd=repository,
            env={**os.environ, "BARTIZAN_WAREHOUSE": str(warehouse)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(f"http://localhost:{port}/_stcore/health", process, log)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(20)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers; fail with its log if it ends or does not."""
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 our own address
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"The app did not start:\n{log.read_text(encoding='utf-8', errors='replace')}", pytrace=False)


@pytest.fixture
def start(repository: Path, tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Start a fresh server on a warehouse; give its address."""
    with ExitStack() as running:
        yield lambda warehouse: running.enter_context(serving(repository, warehouse, tmp_path / "server.log"))


@pytest.fixture(scope="session")
def signing_in(repository: Path, small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on a copy of the small warehouse where people sign in, at a provider for tests."""
    folder, port, theirs = tmp_path_factory.mktemp("signing-in"), free_port(), free_port()
    warehouse = shutil.copytree(small_warehouse, folder / "warehouse")
    (folder / "secrets.toml").write_text(
        f"""[auth]
redirect_uri = "http://localhost:{port}/oauth2callback"
cookie_secret = "{secrets.token_hex(32)}"
client_id = "bartizan"
client_secret = "{secrets.token_hex(8)}"
server_metadata_url = "http://localhost:{theirs}/.well-known/openid-configuration"
client_kwargs = {{ scope = "openid email profile", prompt = "login" }}
"""
    )
    command = [sys.executable, str(Path(__file__).with_name("provider.py")), str(theirs)]
    with (folder / "provider.log").open("wb") as out:
        provider = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        options = ["--secrets.files", str(folder / "secrets.toml")]
        with serving(repository, warehouse, folder / "log", port, options) as address:
            wait_for(f"http://localhost:{theirs}/jwks", provider, folder / "provider.log")
            yield address
    finally:
        provider.terminate()
        provider.wait(20)


@pytest.fixture(scope="session")
def app(repository: Path, small_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the small warehouse, shared by tests that only look."""
    with serving(repository, small_warehouse, tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture(scope="session")
def explained_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of models of numbers, of a category and of texts (as ONNX), two of them explained."""
    from analytics.explanations import batch
    from analytics.scope import Scope
    from analytics.viewer import local_viewer
    from analytics.warehouse import open_reader
    from tests.explanations import made, onnx_made

    folder = tmp_path_factory.mktemp("explained")
    models = {k: (m, {**note, "sha256": k}) for k, (m, note) in made.fitted().items()}
    directory = made.make_warehouse(folder, models, made.make_frame(models))
    made.add_categories(directory, folder, *made.make_categories())
    (directory / "models" / "t" / "linear.skops").unlink()
    texts = onnx_made.grams(models["linear"][0])
    onnx_made.save(directory, texts, model_id="t", model_version="linear", takes="text", columns=["payload"])
    scopes = [Scope("n", "boosting"), Scope("t", "linear")]
    for _ in batch.run(open_reader(directory, local_viewer()), scopes, 60, 30, lambda *_: None):
        pass
    return directory


@pytest.fixture(scope="session")
def explained(repository: Path, explained_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on it."""
    with serving(repository, explained_warehouse, tmp_path_factory.mktemp("server") / "log") as address:
        yield address


@pytest.fixture
def own_warehouse(small_warehouse: Path, tmp_path: Path) -> Path:
    """A copy of the small warehouse that a test may change."""
    return shutil.copytree(small_warehouse, tmp_path / "warehouse")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass
class Tab:
    """A page and what it asked for."""

    page: Page
    outside: list[str] = field(default_factory=list)
    """Requests to other machines, which fail."""

    def visit(self, url: str) -> Page:
        """Open an address and wait until the script has run and every chart is drawn."""
        self.page.goto(url)
        return self.settled()

    def settled(self) -> Page:
        """Wait until the script has run."""
        self.page.locator(
            '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
        ).wait_for(timeout=30_000)
        expect(self.page.get_by_test_id("stSkeleton")).to_have_count(0)
        return self.page


Scheme = Literal["light", "dark"]
GROUND: dict[Scheme, str] = {"light": "rgb(255, 255, 255)", "dark": "rgb(16, 21, 28)"}
"""Background of the page by scheme."""


def in_scheme(page: Page, scheme: Scheme) -> None:
    """Let the machine be light or dark, and wait until the page is."""
    page.emulate_media(color_scheme=scheme)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", GROUND[scheme])


def barriers(page: Page, own: dict[str, str] | None = None, outside: str = "") -> list[tuple[str, str, str]]:
    """What axe finds on a page in light and in dark: scheme, rule and element.

    Parameters
    ----------
    own
        Rule -> part of an element of Streamlit's own that breaks it.
    outside
        What is not looked at.
    """
    found, context = [], {"exclude": [[outside]]} if outside else None
    for scheme in GROUND:
        in_scheme(page, scheme)
        page.wait_for_timeout(500)
        for v in Axe().run(page, context=context).response["violations"]:
            mine = (own or {}).get(v["id"], "no part")
            found += [(scheme, v["id"], n["html"][:160]) for n in v["nodes"] if mine not in n["html"]]
    return found


@pytest.fixture(scope="session")
def shelf(browser: Browser) -> Iterator[BrowserContext]:
    """Where all visitors have the app's own files from, so that not each of them loads and compiles them anew."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


@pytest.fixture
def tab(shelf: BrowserContext) -> Iterator[Tab]:
    """A fresh visitor at 1440 × 900: without cookies, or anything that a page stored."""
    tab, others = Tab(shelf.new_page()), []

    def note(url: str) -> None:
        """List what leaves the machine; what is in the address itself (data:, blob:) does not."""
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob", "about") and parts.hostname not in ("localhost", "127.0.0.1"):
            tab.outside.append(url)

    def ended(request: Request) -> None:
        if request.failure != "csp":  # else the page's own policy has not let it begin
            note(request.url)

    def opened(page: Page) -> None:
        others.append(page)
        page.on("websocket", lambda socket: note(socket.url))

    # To listen takes no time; to hold every request would, and would turn the browser's own cache off.
    shelf.on("requestfinished", ended)
    shelf.on("requestfailed", ended)
    shelf.on("page", opened)
    tab.page.on("websocket", lambda socket: note(socket.url))
    yield tab
    shelf.remove_listener("requestfinished", ended)
    shelf.remove_listener("requestfailed", ended)
    shelf.remove_listener("page", opened)
    left = shelf.new_page()
    devtools, pages = shelf.new_cdp_session(left), {tab.page, *others}
    for origin in {"{0.scheme}://{0.netloc}".format(urlsplit(page.url)) for page in pages}:
        devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "local_storage"})
    for page in (*pages, left):
        page.close()
    shelf.clear_cookies()


def answer(url: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an address."""
    try:
        with urllib.request.urlopen(url, timeout=10) as found:  # noqa: S310 our own address
            return found.status, dict(found.headers.items()), found.read().decode()
    except urllib.error.HTTPError as e:
        with e:
            return e.code, dict(e.headers.items()), e.read().decode()


@pytest.fixture
def get() -> Callable[[str], tuple[int, dict[str, str], str]]:
    """Ask an address; give status, headers and body."""
    return answer
