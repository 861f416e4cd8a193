"""OSC's datagrams: what a real client sends is read, and what nobody should send stops nothing."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Callable

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from allaprima.errors import OptionError, SourceError
from allaprima.io.wires.messages import BUNDLE, Message, decoded, encoded
from allaprima.io.wires.osc import OscPort, parsed_address

LOCAL = ("127.0.0.1", 0)


def built(address: str, *arguments: object) -> bytes:
    """A message as python-osc writes it."""
    builder = OscMessageBuilder(address)
    for argument in arguments:
        builder.add_arg(argument)  # type: ignore[arg-type]
    return builder.build().dgram


def test_messages_of_python_osc_are_read_and_ours_are_read_by_it() -> None:
    arguments = (7, 0.25, "starry", True, False)
    assert decoded(built("/a/b", *arguments)) == (Message("/a/b", arguments),)
    ours = OscMessage(encoded("/a/b", *arguments))
    assert (ours.address, tuple(ours.params)) == ("/a/b", arguments)
    assert decoded(b"/no/types\0\0\0") == (Message("/no/types"),)
    assert decoded(built("/blob", b"12345", 3)) == (Message("/blob", (3,)),)


def test_bundles_are_read_to_a_depth() -> None:
    builder = OscBundleBuilder(IMMEDIATELY)
    builder.add_content(OscMessage(built("/one", 1)))
    inner = OscBundleBuilder(IMMEDIATELY)
    inner.add_content(OscMessage(built("/two", 2)))
    builder.add_content(inner.build())
    assert [message.address for message in decoded(builder.build().dgram)] == ["/one", "/two"]
    deep = built("/deep")
    for _ in range(9):
        deep = BUNDLE + bytes(8) + struct.pack(">i", len(deep)) + deep
    with pytest.raises(ValueError, match="too deep"):
        decoded(deep)


@pytest.mark.parametrize("datagram", [
    b"", b"\0", b"/", b"/a", b"strength\0\0\0\0", b"/a\0\0,f\0\0", b"/a\0\0,s\0\0abc", b"/a\0\0f\0\0\0", b"/\xff\xff\0",
    b"/a\0\0,q\0\0", b"/a\0\0,b\0\0\xff\xff\xff\xff", b"/a\0\0,b\0\0\x7f\xff\xff\xff", BUNDLE,
    BUNDLE + bytes(8) + b"\0", BUNDLE + bytes(8) + struct.pack(">i", -4), BUNDLE + bytes(8) + struct.pack(">i", 0),
    BUNDLE + bytes(8) + struct.pack(">i", 1 << 30) + b"/a\0\0", b"/a\0\0," + b"T" * 99 + bytes(4),
    BUNDLE + bytes(8) + 300 * (struct.pack(">i", 4) + b"/a\0\0")])
def test_what_is_no_osc_is_refused(datagram: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(datagram)


def test_no_datagram_raises_anything_but_its_refusal() -> None:
    chance = random.Random(1)
    whole = built("/allaprima/strength", 0.5, "x", 3, b"blob")
    for _ in range(3000):
        data = bytearray(chance.choice((whole, BUNDLE + bytes(8) + struct.pack(">i", len(whole)) + whole)))
        for _ in range(chance.randrange(6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            decoded(bytes(data[:chance.randrange(len(data) + 1)]))
        except ValueError:
            continue


def waited_for(what: Callable[[], list[Message]], count: int) -> list[Message]:
    """As many messages as that, asked for again and again."""
    found: list[Message] = []
    for _ in range(100_000):
        found += what()
        if len(found) >= count:
            break
    return found


def test_a_port_hands_out_what_came_and_counts_what_was_none() -> None:
    with OscPort(LOCAL) as port:
        assert port.received() == []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rude:
            for junk in (b"junk", BUNDLE + bytes(8) + struct.pack(">i", -4), bytes(60_000)):
                rude.sendto(junk, ("127.0.0.1", port.port))
        with SimpleUDPClient("127.0.0.1", port.port) as client:
            client.send_message("/allaprima/strength", 0.5)
        assert waited_for(port.received, 1) == [Message("/allaprima/strength", (0.5,))]
        assert port.refused == 3


def test_a_port_sends_to_its_target_and_needs_nobody_there() -> None:
    with OscPort(LOCAL) as ear, OscPort(None, ("127.0.0.1", ear.port)) as mouth:
        mouth.send([Message("/allaprima/fps", (24.5,)), Message("/allaprima/style", ("starry", 1))])
        assert waited_for(ear.received, 2) == [Message("/allaprima/fps", (24.5,)),
                                               Message("/allaprima/style", ("starry", 1))]
        assert mouth.received() == []
        closed = ear.port
    with OscPort(LOCAL, ("127.0.0.1", closed)) as mouth:
        for _ in range(3):
            mouth.send([Message("/nobody", (1.0,))])
            assert mouth.received() == []


def test_addresses_are_of_this_machine_unless_they_say_otherwise() -> None:
    assert parsed_address("9000") == ("127.0.0.1", 9000)
    assert parsed_address("0.0.0.0:9000") == ("0.0.0.0", 9000)
    assert parsed_address("[::1]:9000") == ("::1", 9000)
    for text in ("", "x", "host:", ":9000", "9000000", "-1"):
        with pytest.raises(OptionError):
            parsed_address(text)


def test_an_address_that_is_taken_is_told() -> None:
    with OscPort(LOCAL) as port, pytest.raises(SourceError, match="cannot listen"):
        OscPort(("127.0.0.1", port.port))
    with pytest.raises(SourceError, match="cannot use"):
        OscPort(("no.such.host.invalid", 9000))
