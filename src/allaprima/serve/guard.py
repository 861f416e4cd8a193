"""Who may ask for what: the host that was named, the origin of the page that asks, the token, and time that runs out.

A page of another site can make a browser send requests to this machine, and can give its own name the address of this
machine (DNS rebinding): such requests carry that site's origin, or its name as the host.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import socket
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allaprima.serve.limits import RECEIVE_SECONDS, SEND_SECONDS
from allaprima.serve.refusals import Refused, told
from allaprima.web.page import HEADERS as PAGE_HEADERS

COOKIE = "allaprima-token"
COOKIE_SECONDS = 30 * 24 * 3600
SAFE = ("GET", "HEAD")
WEBSOCKET_REFUSED = 1008
HEADERS = {
    **PAGE_HEADERS, "Content-Security-Policy": f"{PAGE_HEADERS['Content-Security-Policy']}; frame-ancestors 'none'",
    "X-Frame-Options": "DENY", "Cache-Control": "no-cache"}  # kept, and asked about again each time


@dataclass(frozen=True, slots=True)
class Door:
    """What a request has to show. host: that the server was told to listen on. token: None where none is asked for."""

    host: str
    token: str | None = None


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine itself."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def host_in(text: str) -> str:
    """The host of ``host:port``, lower-case, without brackets; empty where it is none."""
    try:
        return urlsplit(f"//{text}").hostname or ""
    except ValueError:
        return ""


def is_ours(host: str, door: Door) -> bool:
    """Whether that is a name of this machine: an address, which no other site can call itself by, or its own name."""
    if is_loopback(host):
        return True
    if is_loopback(door.host):
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host in (door.host.lower(), socket.gethostname().lower())
    return True


def check(scope: Scope, headers: Headers, door: Door) -> None:
    """Raises ``Refused`` where a request comes from another site, names another host, or lacks the token."""
    host = headers.get("host", "")
    if not is_ours(host_in(host), door):
        raise Refused(421, "this server is not the host that was asked for",
                      "open the link that allaprima serve printed")
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        raise Refused(403, "requests from other sites' pages are refused")
    site = headers.get("sec-fetch-site", "none")
    opened = headers.get("sec-fetch-mode") == "navigate" and scope.get("method") in SAFE
    if site not in ("none", "same-origin") and not (opened and not scope["path"].startswith("/api/")):
        raise Refused(403, "requests from other sites' pages are refused")
    if door.token is not None and not has_token(headers, door.token):
        raise Refused(401, "this server asks for a token", "open the link that allaprima serve printed, token and all")


def has_token(headers: Headers, token: str) -> bool:
    """Whether a request shows the token: in the cookie that the link left, or as a bearer's."""
    kind, _, shown = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and same(shown.strip(), token):
        return True
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return False
    return cookie is not None and same(cookie.value, token)


def same(shown: str, token: str) -> bool:
    """Whether two tokens are the same, in a time that tells nothing of them."""
    return hmac.compare_digest(shown.encode(), token.encode())


class Guard:
    """The outermost layer of the application: checks every request, and lets none take for ever."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request of ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sender = patient_sender(send)
        shown = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        token = self._door.token
        try:
            if (scope["type"], scope["path"]) == ("http", "/") and token is not None and same(shown, token):
                check(scope, headers, Door(self._door.host))
                await admitted(token)(scope, receive, sender)
                return
            check(scope, headers, self._door)
        except Refused as refused:
            await refuse(refused, scope, receive, sender)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)  # which keeps time itself
        else:
            await self._app(scope, patient_receiver(receive), sender)


def admitted(token: str) -> RedirectResponse:
    """The answer to the link with the token: a cookie that no script reads, and the page without the token."""
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(COOKIE, token, max_age=COOKIE_SECONDS, httponly=True, samesite="strict")
    return answer


async def refuse(refused: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with a refusal; a socket is closed before it was opened, which is an answer of 403."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": WEBSOCKET_REFUSED, "reason": str(refused)})
        return
    await JSONResponse(told(refused), refused.status)(scope, receive, send)


def patient_receiver(receive: Receive) -> Receive:
    """The same requests, whose next bytes have to come in time: a client that stalls has gone."""
    whole = False

    async def received() -> Message:
        nonlocal whole
        if whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), RECEIVE_SECONDS)
        except TimeoutError:
            raise Refused(408, "the next bytes of the request did not come in time", "send it again") from None
        whole = not message.get("more_body", False)
        return message

    return received


def patient_sender(send: Send) -> Send:
    """The same answers, with headers that keep other sites out; a reader that stalls is left."""
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            extra = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            present = {name.lower() for name, _ in message.get("headers", [])}
            message = {**message, "headers": [*message.get("headers", []),
                                              *(pair for pair in extra if pair[0] not in present)]}
        await asyncio.wait_for(send(message), SEND_SECONDS)

    return sent
