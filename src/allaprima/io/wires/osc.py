"""A port for OSC over UDP: what has come is asked for, never waited for."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from allaprima.errors import OptionError, SourceError
from allaprima.io.wires.messages import Message, decoded, encoded
from allaprima.parsing import parsed_count, shown

LOOPBACK = "127.0.0.1"
LARGEST_DATAGRAM = 65_535
MOST_AT_ONCE = 256     # datagrams a look: a flood takes milliseconds of each, and the system drops the rest
BUFFER_BYTES = 1 << 19  # that the system keeps, where it allows as much: keys of a surface while a network is prepared


def parsed_address(text: str) -> tuple[str, int]:
    """Host and port that ``9000`` (of this machine alone) or ``192.168.1.5:9000`` stands for; else OptionError."""
    host, colon, digits = text.rpartition(":")
    port = parsed_count(digits, 65_535)
    if port is None or (colon and not host):
        raise OptionError(f"{shown(text)} is no address for OSC", "give a port, 9000, or a host and its port: "
                          "192.168.1.5:9000")
    return host.strip("[]") or LOOPBACK, port


class OscPort:
    """Receives on an address, and sends to another one; a context manager that closes the socket.

    listen: host and port, port 0 for any that is free; None to receive nothing. target: to whom is sent, None for
    nobody. refused: datagrams that were none of OSC. Raises ``SourceError`` where the address cannot be had.
    """

    def __init__(self, listen: tuple[str, int] | None, target: tuple[str, int] | None = None) -> None:
        self.refused = 0
        self._listens = listen is not None
        place = listen or target
        assert place is not None, "a port that neither receives nor sends"
        try:
            # The kind of address, IPv4 or IPv6, is the host's own.
            family, _, _, _, address = socket.getaddrinfo(*place, type=socket.SOCK_DGRAM)[0]
            self._target = None if target is None else socket.getaddrinfo(*target, family, socket.SOCK_DGRAM)[0][4]
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise SourceError(f"cannot use {shown_place(place)} for OSC: {error.strerror or error}",
                              "check the host's name") from error
        try:
            self._socket.setblocking(False)
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            if self._listens:
                self._socket.bind(address)
        except OSError as error:
            self._socket.close()
            raise SourceError(f"cannot listen for OSC on {shown_place(place)}: {error.strerror or error}",
                              "close the program that has that port, or choose another") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._socket.close()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._socket.getsockname()[1])

    def received(self) -> list[Message]:
        """The messages that have come since the last call; never waits, and raises nothing, whatever came."""
        found: list[Message] = []
        for _ in range(MOST_AT_ONCE if self._listens else 0):
            try:
                datagram = self._socket.recv(LARGEST_DATAGRAM)
            except BlockingIOError:
                break
            except OSError:  # Windows tells here that nobody listened to what was sent
                continue
            try:
                found += decoded(datagram)
            except ValueError:
                self.refused += 1
        return found

    def send(self, messages: Sequence[Message]) -> None:
        """Sends messages, each in a datagram; one that the network does not take is lost."""
        for message in messages if self._target is not None else ():
            arguments = [argument for argument in message.arguments if argument is not None]
            with suppress(OSError):
                self._socket.sendto(encoded(message.address, *arguments), self._target or ())


def shown_place(place: tuple[str, int]) -> str:
    """Host and port in one word."""
    return f"{place[0]}:{place[1]}"
