"""Whoever follows a link and has to sign in first comes back to that link, not to the first page.

Streamlit returns to its base address after a sign-in. A cookie holds the link for the ten minutes in between.
"""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.parts import serving

COOKIE = "bartizan_way_back"
SECONDS, LONGEST = 600, 3500
LEAVES, RETURNS = "/auth/login", "/oauth2callback"


class WayBack:
    """ASGI middleware: notes where a sign-in was begun, and ends it there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the two ends of a sign-in with one header more."""
        path = scope.get("path", "").rstrip("/")
        if scope["type"] != "http" or not path.endswith((LEAVES, RETURNS)) or not serving.sign_in_needed():
            await self.app(scope, receive, send)
            return
        request, cookie = Request(scope), Response()
        if path.endswith(LEAVES):
            link = begun_at(request.headers)
            cookie.set_cookie(COOKIE, quote(link), SECONDS if link else 0, httponly=True, samesite="lax")
        else:
            link = local(unquote(request.cookies.get(COOKIE, "")))
            cookie.delete_cookie(COOKIE, httponly=True, samesite="lax")

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("set-cookie", cookie.headers["set-cookie"])
                if link and path.endswith(RETURNS) and "location" in headers:
                    headers["location"] = link
            await send(message)

        await self.app(scope, receive, with_cookie)


def begun_at(headers: Headers) -> str:
    """Return the path and query of the page that a request came from; empty where that is not one of ours."""
    try:
        came = urlsplit(headers.get("referer", ""))
    except ValueError:
        return ""
    ours = came.netloc != "" and came.netloc == headers.get("host")
    return local(f"{came.path}?{came.query}" if came.query else came.path) if ours else ""


def local(link: str) -> str:
    """Return a link that cannot lead to another host, as it is; anything else becomes empty."""
    fits = link.startswith("/") and not link.startswith(("//", "/\\")) and link.isascii() and link.isprintable()
    return link if fits and "\\" not in link and len(quote(link)) <= LONGEST else ""
