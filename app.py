"""The server: Streamlit over pages/frame.py, security headers, health, a head start; nothing else.

``pages/frame.py`` must stay the entry script: with a ``pages`` folder beside the entry script
Streamlit would run a page without its frame on the first deep link after a start.

What takes long to load is not loaded here: until this file is through, no browser gets anything.
"""

from __future__ import annotations

import logging
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from analytics.errors import BartizanError
from analytics.settings import warehouse_dir
from analytics.viewer import local_viewer
from pages.parts import ahead, early, serving
from pages.parts.way_back import WayBack

log = logging.getLogger("bartizan.app")

# 'unsafe-inline' and 'unsafe-eval' are what Streamlit and Plotly need; connect-src 'self' covers our own
# websocket and lets no script talk to another host.
CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "base-uri 'self'",
        "object-src 'none'",
    )
)
HEADERS = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
LINK = ", ".join(early.links())
CLOSED = ("/_stcore/metrics",)
"""Streamlit's own end points that tell about sessions to anybody who asks."""
ALONE = "Without sign-in this server answers its own machine only."


class Guard:
    """ASGI middleware: security headers on every answer, closed end points refused.

    Without sign-in what did not come in by a loopback address is refused too: another server than Streamlit's own
    binds to what its own options say.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; websockets go through without headers."""
        here = scope["type"] == "lifespan" or serving.sign_in_needed()
        here = here or serving.is_loopback((scope.get("server") or ("",))[0])
        if scope["type"] == "websocket" and not here:
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.append(name, value)
                if LINK and headers.get("content-type", "").startswith("text/html"):
                    headers.append("link", LINK)
            await send(message)

        if not here:
            await PlainTextResponse(ALONE, 403)(scope, receive, with_headers)
        elif scope["path"].rstrip("/").endswith(CLOSED):
            await PlainTextResponse("This end point is closed.", 403)(scope, receive, with_headers)
        else:
            await self.app(scope, receive, with_headers)


def health(request: Request) -> JSONResponse:
    """Say whether the snapshot in force can be read: 200 or 503, to anybody who asks.

    Where people sign in this is all; else the snapshot's id and age go with it. No path, ever.
    """
    ahead.load()
    from analytics import warehouse
    from analytics.warehouse.snapshots import created_at

    found = warehouse.health(warehouse_dir(), local_viewer())
    age = datetime.now(UTC) - created_at(found.snapshot) if found.snapshot else None
    more = {"snapshot": found.snapshot, "age_s": round(age.total_seconds()) if age else None}
    return JSONResponse(
        {"ok": found.ok, **({} if serving.sign_in_needed() else more)},
        status_code=200 if found.ok else 503,
        headers={"cache-control": "no-store"},
    )


def on_script_error(error: Exception) -> bool:
    """Log what no page caught (an error inside a callback) under a reference; show the reference alone."""
    reference = secrets.token_hex(4)
    log.error("Reference %s", reference, exc_info=error)
    st.error(f"Something went wrong. It is in the log under reference {reference}.")
    return True


def check_start() -> None:
    """End with a sentence where this server would let people in whom nobody knows."""
    try:
        serving.check_start()
    except BartizanError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from error


check_start()
app = st.App(  # Streamlit looks for exactly this: an assignment of st.App in the file itself
    Path(__file__).parent / "pages" / "frame.py",
    routes=[Route("/health", health)],
    middleware=[Middleware(Guard), Middleware(WayBack)],
    lifespan=ahead.lifespan,
    on_script_error=on_script_error,
)
