"""OSC messages as bytes and back (Open Sound Control 1.0), strict and bounded: a datagram may come from anyone.

Not the package python-osc, which the tests speak with: a bundle whose part claims a negative length holds it for ever.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

BUNDLE = b"#bundle\0"
DEEPEST_BUNDLE = 8
MOST_ARGUMENTS = 64
MOST_MESSAGES = 256  # of one datagram
_NUMBERS = {"i": ">i", "f": ">f", "h": ">q", "d": ">d"}
_CONSTANTS = {"T": True, "F": False, "N": None, "I": None}

Argument = int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Message:
    """An address and its arguments; blobs, times, colours and MIDI among them are passed over."""

    address: str
    arguments: tuple[Argument, ...] = ()


def decoded(datagram: bytes) -> tuple[Message, ...]:
    """The messages of a datagram, those of bundles too, whose times are taken as now.

    Raises ValueError for whatever is none.
    """
    found: list[Message] = []
    _decode(datagram, found, DEEPEST_BUNDLE)
    return tuple(found)


def _decode(data: bytes, found: list[Message], deepest: int) -> None:
    if not data.startswith(BUNDLE):
        if len(found) == MOST_MESSAGES:
            raise ValueError("a datagram of too many messages")
        found.append(_message(data))
        return
    if deepest == 0:
        raise ValueError("bundles within bundles, too deep")
    at = len(BUNDLE) + 8
    if len(data) < at:
        raise ValueError("a bundle without a time")
    while at < len(data):
        (length,) = _unpacked(">i", data, at)
        at += 4
        if not 0 < length <= len(data) - at:
            raise ValueError(f"a part of {length} bytes, where {len(data) - at} follow")
        _decode(data[at:at + int(length)], found, deepest - 1)
        at += int(length)


def _message(data: bytes) -> Message:
    address, at = _text(data, 0)
    if not address.startswith("/"):
        raise ValueError("an address without a slash")
    if at == len(data):
        return Message(address)  # older senders leave the types out where there are no arguments
    types, at = _text(data, at)
    if not types.startswith(",") or len(types) > 1 + MOST_ARGUMENTS:
        raise ValueError("no types, or too many")
    arguments: list[Argument] = []
    for kind in types[1:]:
        if kind in _NUMBERS:
            (number,) = _unpacked(_NUMBERS[kind], data, at)
            arguments.append(number)
            at += struct.calcsize(_NUMBERS[kind])
        elif kind in "sS":
            text, at = _text(data, at)
            arguments.append(text)
        elif kind in _CONSTANTS:
            arguments.append(_CONSTANTS[kind])
        elif kind in "crm":
            at += 4
        elif kind == "t":
            at += 8
        elif kind == "b":
            (length,) = _unpacked(">i", data, at)
            if length < 0:
                raise ValueError("a blob of less than nothing")
            at += 4 + -(-int(length) // 4) * 4
        elif kind not in "[]":
            raise ValueError(f"an argument of the unknown type {kind!r}")
        if at > len(data):
            raise ValueError("an argument that is cut short")
    return Message(address, tuple(arguments))


def _unpacked(kind: str, data: bytes, at: int) -> tuple[int | float, ...]:
    try:
        return struct.unpack_from(kind, data, at)
    except struct.error:
        raise ValueError("a number that is cut short") from None


def _text(data: bytes, at: int) -> tuple[str, int]:
    """The text that begins there, and where what follows does: texts are filled to multiples of four bytes."""
    end = data.find(b"\0", at)
    if end < 0:
        raise ValueError("a text without an end")
    return data[at:end].decode(), end + 4 - (end - at) % 4


def encoded(address: str, *arguments: int | float | str | bool) -> bytes:
    """A message as a datagram; whole numbers go in 32 bits, others in single precision."""
    types, values = ",", b""
    for argument in arguments:
        if isinstance(argument, bool):
            types += "T" if argument else "F"
        elif isinstance(argument, int):
            types, values = types + "i", values + struct.pack(">i", argument)
        elif isinstance(argument, float):
            types, values = types + "f", values + struct.pack(">f", argument)
        else:
            types, values = types + "s", values + _filled(argument)
    return _filled(address) + _filled(types) + values


def _filled(text: str) -> bytes:
    data = text.encode()
    return data + bytes(4 - len(data) % 4)
