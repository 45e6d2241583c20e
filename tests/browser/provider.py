"""A small identity provider for tests: ``python provider.py PORT``. Its page offers one link a person."""

from __future__ import annotations

import secrets
import sys
import time
from functools import cache
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

PEOPLE: dict[str, dict[str, Any]] = {
    "dana": {"name": "Dana", "roles": ["director"]},
    "ana": {"name": "<b>Ana</b> [a](http://x.example)", "roles": ["analyst", "owner"]},
    "otto": {"name": "Otto", "roles": "approver"},
}
_CODES: dict[str, tuple[str, dict[str, str]]] = {}


@cache
def key() -> RSAKey:
    """What this provider signs with."""
    return RSAKey.generate_key(2048, parameters={"kid": "k1"})


def home() -> str:
    """Its own address."""
    return f"http://localhost:{sys.argv[1]}"


def metadata(_: Request) -> Response:
    """What a client has to know."""
    ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "jwks"}
    return JSONResponse(
        {
            "issuer": home(),
            **{name: f"{home()}/{path}" for name, path in ends.items()},
            "end_session_endpoint": f"{home()}/logout",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def jwks(_: Request) -> Response:
    """Its public key."""
    return JSONResponse({"keys": [key().as_dict(private=False) | {"use": "sig", "alg": "RS256"}]})


def authorize(request: Request) -> Response:
    """Ask who it is; then go back with a code."""
    query = dict(request.query_params)
    person = query.pop("person", "")
    if person not in PEOPLE:
        links = (f'<a href="/authorize?{urlencode({**query, "person": name})}">{name}</a> ' for name in PEOPLE)
        return HTMLResponse("".join(links))
    code = secrets.token_urlsafe(16)
    _CODES[code] = (person, query)
    return RedirectResponse(f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}")


async def token(request: Request) -> Response:
    """Give an ID token for a code."""
    person, query = _CODES.pop(str((await request.form())["code"]))
    now = int(time.time())
    ends = {"iat": now, "exp": now + 60, "aud": query["client_id"], "nonce": query.get("nonce")}
    claims = {"iss": home(), "sub": person, "email": f"{person}@example.org", **ends, **PEOPLE[person]}
    signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key())
    return JSONResponse({"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": signed})


def logout(request: Request) -> Response:
    """Go back."""
    return RedirectResponse(request.query_params["post_logout_redirect_uri"])


def main() -> None:
    """Serve."""
    routes = [
        Route("/.well-known/openid-configuration", metadata),
        Route("/jwks", jwks),
        Route("/authorize", authorize),
        Route("/token", token, methods=["POST"]),
        Route("/logout", logout),
    ]
    uvicorn.run(Starlette(routes=routes), host="localhost", port=int(sys.argv[1]))


if __name__ == "__main__":
    main()
