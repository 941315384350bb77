"""A gate before another application: no request reaches that without the token.

It is before all of it, so that no page, file or endpoint depends on that application's own checks. The token is shown
once, in a form or as `?token=`, and becomes a cookie. Must not know what is behind the gate.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..errors import ConfigError
from ..rendering import Templates

SHORTEST = 16
"""Characters of a token: fewer could be guessed."""
_LONGEST_FORM = 4096
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_HERE = Path(__file__).parent
_show = Templates(_HERE / "templates", _HERE / "static").show


class Gate:
    """ASGI application. Raises ConfigError for a token that is too short."""

    def __init__(self, inside: ASGIApp, token: str, title: str) -> None:
        if len(token) < SHORTEST:
            raise ConfigError(f"the token has {len(token)} characters; give it at least {SHORTEST}, e.g. by "
                              "python -c 'import secrets; print(secrets.token_urlsafe())'")  # fmt: skip
        self._inside = inside
        self._token = token
        self._title = title
        self._pass = hashlib.sha256(f"pass\n{token}".encode()).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the form."""
        if scope["type"] == "websocket":  # the page uses none
            await send({"type": "websocket.close"})
            return
        request = Request(scope, receive)
        cookie = f"sommelier-board-{(scope.get('server') or ('', ''))[1]}"  # cookies know no ports; two boards do
        if _same(request.cookies.get(cookie, ""), self._pass):
            await self._inside(scope, receive, _guarded(send))
            return
        response = await self._answer(request, cookie)
        response.headers.update(_HEADERS)
        await response(scope, receive, send)

    async def _answer(self, request: Request, cookie: str) -> Response:
        shown = request.query_params.get("token") if request.method == "GET" else await _form_token(request)
        if shown is not None and _same(shown, self._token):
            root = request.scope.get("root_path", "")
            response = RedirectResponse(f"{root}/", 303)
            secure = request.url.scheme == "https"
            response.set_cookie(cookie, self._pass, path=root or "/", secure=secure, httponly=True, samesite="strict")
            return response
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("Show the board's token first.", 401)
        return HTMLResponse(_show("gate.html", self._title, "" if shown is None else "That is not the token."), 401)


def _same(one: str, other: str) -> bool:
    """Takes as long whether they differ early or late."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


async def _form_token(request: Request) -> str | None:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_FORM:
            return None
    return parse_qs(body.decode("utf-8", "replace")).get("token", [None])[0]


def _guarded(send: Send) -> Send:
    """Adds the headers to what the application answers; files of its own may be kept by the browser."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message["headers"]}
            more = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
            message["headers"] = [*message["headers"], *(each for each in more if each[0] not in own)]
        await send(message)

    return sending
