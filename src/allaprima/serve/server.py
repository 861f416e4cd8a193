"""The server itself: uvicorn, with time and numbers that run out for connections too."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from allaprima.errors import OptionError, SourceError
from allaprima.serve.guard import is_loopback
from allaprima.serve.limits import FRAME_BYTES, HEADER_SECONDS, MOST_CONNECTIONS

KEEP_ALIVE_SECONDS = 5
LEAVING_SECONDS = 5      # that open answers get at the end
SHORTEST_TOKEN = 12


class PatientProtocol(H11Protocol):
    """Connections of which there are not too many, and whose requests have to be asked within a time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is there
        super().connection_made(transport)
        self._seen: object = None
        self._clock = self.loop.call_later(HEADER_SECONDS, self._look)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clock.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """Leaves a client that has asked for nothing since the last look, and is still asking."""
        if self.conn.their_state is h11.IDLE and self.cycle is self._seen:
            self.transport.abort()
            return
        self._seen = self.cycle
        self._clock = self.loop.call_later(HEADER_SECONDS, self._look)


class Server(uvicorn.Server):
    """Uvicorn's server, which tells once it answers; to be ended from another thread by ``should_exit``."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ends it in order, without raising the signal again when it has ended."""
        self.should_exit = True


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises ``SourceError`` where it cannot."""
    try:
        family, kind, number, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, number)
    except OSError as error:
        raise SourceError(f"cannot serve on {host}: {error.strerror or error}", "check the host's name") from error
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(place)
    except OSError as error:
        found.close()
        raise SourceError(f"cannot serve on {host}:{port}: {error.strerror or error}",
                          "choose another port: --port 8001") from error
    return found


def checked_token(host: str, token: str | None) -> None:
    """Raises ``OptionError`` where a token is missing or can be guessed."""
    if token is None and not is_loopback(host):
        raise OptionError(f"serving on {host} lets other machines in, and needs a token",
                          "add --token new, which makes one up, or stay with --host 127.0.0.1")
    if token is not None and (len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isalnum()):
        raise OptionError("that token can be guessed, or does not fit into a link",
                          f"give {SHORTEST_TOKEN} letters and digits or more, or --token new")


def server_for(app: Starlette, on_start: Callable[[], None]) -> Server:
    """The server of an application, to be run on a bound socket."""
    return Server(uvicorn.Config(
        app, http=PatientProtocol, ws="websockets-sansio", ws_max_size=FRAME_BYTES + 1024, ws_max_queue=4,
        timeout_keep_alive=KEEP_ALIVE_SECONDS, timeout_graceful_shutdown=LEAVING_SECONDS, log_level="warning",
        access_log=False, server_header=False, proxy_headers=False, lifespan="on"), on_start)
