"""Shows led from afar: by a real OSC client over the loopback address, and by MIDI through a port of mido's."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import mido
import numpy as np
import pytest
from mido.backends import backend
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from pythonosc.udp_client import SimpleUDPClient

from allaprima.config import LiveOptions, StyleOptions
from allaprima.engines import Look, Style
from allaprima.engines.identity import NOTHING, IdentityEngine
from allaprima.errors import OptionError
from allaprima.io.camera.taken import Taken
from allaprima.io.screen.events import Event, Key
from allaprima.pipeline.live.report import LiveReport
from allaprima.pipeline.live.stage import perform
from allaprima.pipeline.live.wires import WireOptions, Wires
from allaprima.sizes import Size

Rgb = np.ndarray
LIMIT_SECONDS = 30.0


class Black:
    """A camera that sees nothing, forty times a second."""

    fps = None

    def read(self) -> Taken:
        time.sleep(0.025)
        return Taken(np.zeros((36, 64, 3), np.uint8))

    def close(self) -> None:
        pass


class Adding(IdentityEngine):
    """Adds the style's level times strength to every pixel."""

    def encode(self, picture: Rgb, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
        style = super().encode(picture, name, scale)
        style.code[0] = picture[0, 0, 0]
        return style

    def stylize(self, images: Rgb, looks: Sequence[Look], statistics: object = None) -> tuple[Rgb, object]:
        added = round(float(looks[0].style.code[0]) * looks[0].strength)
        return np.clip(images.astype(int) + added, 0, 255).astype(np.uint8), NOTHING


class Hands:
    """A stage's window without a picture, whose keys are put in by a test."""

    size, controls_size, closed = (64, 36), None, False

    def __init__(self) -> None:
        self.keys: list[Event] = []

    def show(self, picture: Rgb) -> None: ...

    def show_controls(self, picture: Rgb) -> None: ...

    def set_fullscreen(self, wanted: bool) -> None: ...

    def set_controls(self, wanted: bool) -> None: ...

    def events(self) -> list[Event]:
        found, self.keys = self.keys, []
        return found


def played(styles: Path, wires: WireOptions, script: Iterator[Callable[[], bool]], levels: list[int],
           hands: Hands | None = None, looks: Path | None = None) -> LiveReport:
    """A show that goes on until every step of a script has come about; a step acts when the script reaches it."""
    step = next(script)

    def over() -> bool:
        nonlocal step
        while step():
            following = next(script, None)
            if following is None:
                return True
            step = following
        return False

    report, ending = perform("test", [str(styles)], [Adding()], StyleOptions(),
                             LiveOptions(size=Size(), duration=LIMIT_SECONDS, temporal="off"),  # type: ignore[arg-type]
                             screen=hands, folder=styles.parent, reader=Black, should_stop=over, looks=looks,
                             on_picture=lambda picture: levels.append(int(picture[0, 0, 0])), wires=wires)
    assert ending is None
    assert report.seconds < LIMIT_SECONDS, "the script did not come to its end"
    return report


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_real_osc_client_leads_a_show_and_hears_how_it_stands(styles: Path) -> None:
    heard: dict[str, tuple[object, ...]] = {}
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *values: heard.__setitem__(address, values))
    port, levels = free_port(), []

    with (SimpleUDPClient("127.0.0.1", port) as client,
          BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher) as ear):
        ear.timeout = 0

        def hears(address: str, *values: object) -> bool:
            ear.handle_request()
            return heard.get(f"/allaprima/{address}", ())[:len(values) or None] == values

        def figure(name: str) -> float:
            return float(str(heard.get(f"/allaprima/{name}", (0,))[0]))

        def script() -> Iterator[Callable[[], bool]]:
            yield lambda: hears("style", "a", 1)
            for junk in (b"junk", b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xfc", bytes(2000)):
                client._sock.sendto(junk, ("127.0.0.1", port))
            client.send_message("/allaprima/fade", 0.0)
            client.send_message("/allaprima/strength", 0.5)
            yield lambda: hears("strength", 0.5)
            client.send_message("/allaprima/no/such/thing", [])
            client.send_message("/allaprima/style", "b")
            yield lambda: hears("style", "b", 2)
            yield lambda: levels[-1] == 20
            client.send_message("/allaprima/style/3", 1.0)
            yield lambda: hears("style", "c", 3)
            client.send_message("/allaprima/style/1", 0.0)  # let go
            client.send_message("/allaprima/brush", "coarsest")
            yield lambda: hears("brush", "coarsest")
            client.send_message("/allaprima/colours", True)
            yield lambda: hears("colours", True)
            client.send_message("/allaprima/snapshot", [])
            yield lambda: bool(list(styles.parent.glob("*.png")))
            client.send_message("/allaprima/record", 1)
            yield lambda: hears("record", True)
            client.send_message("/allaprima/record", 0)
            yield lambda: hears("record", False)
            yield lambda: not hears("strength", 0) and figure("fps") > 0 and figure("latency") > 0

        report = played(styles, WireOptions(osc=str(port), osc_to=str(ear.server_address[1])), script(), levels)
    assert heard["/allaprima/style"] == ("c", 3)
    assert "datagrams that were no OSC: 3" in report.notes
    assert len(list(styles.parent.glob("*.mkv"))) == 1


@pytest.fixture
def loopback() -> Iterator[str]:
    mido.set_backend("midi_loopback")
    yield "Loopback one"
    mido.set_backend(backend.DEFAULT_BACKEND)


def test_a_key_teaches_a_surface_which_then_leads_this_show_and_the_next(styles: Path, loopback: str) -> None:
    hands, levels, file = Hands(), [], styles.parent / "stage.wires"

    def fader(value: int) -> None:
        surface.send(mido.Message("control_change", channel=0, control=7, value=value))

    def teaching() -> Iterator[Callable[[], bool]]:
        yield lambda: bool(levels)
        surface.send(mido.Message("program_change", program=1))
        yield lambda: levels[-1:] == [40]
        fader(0)  # moves nothing yet
        hands.keys = [Key("e"), Key("up")]
        yield lambda: not hands.keys
        fader(64)
        yield file.exists
        fader(127)
        yield lambda: levels[-1] == 60

    with mido.open_output(loopback) as surface:
        wires = WireOptions(midi=loopback, file=file)
        report = played(styles, wires, teaching(), levels, hands)
        assert str(file) in report.files
        assert json.loads(file.read_text(encoding="utf-8"))["wires"] == {"midi cc 1 7": "strength"}

        def playing() -> Iterator[Callable[[], bool]]:
            yield lambda: bool(levels)
            surface.send(mido.Message("program_change", program=2))
            fader(0)
            yield lambda: levels[-1] == 0
            fader(127)
            yield lambda: levels[-1] == 120

        levels.clear()
        played(styles, wires, playing(), levels)


def test_teaching_can_be_given_up_and_keys_then_do_what_they_did(styles: Path, loopback: str) -> None:
    with Wires(WireOptions(midi=loopback), styles.parent) as wires, mido.open_output(loopback) as surface:
        assert not wires.names(Key("s"), None)
        wires.learn()
        assert wires.names(Key("s"), None)
        assert not wires.names(Key("u"), None)
        assert wires.names(Key("escape"), None)
        assert wires.told() == "nothing was taught"
        assert not wires.names(Key("s"), None)
        surface.send(mido.Message("note_on", note=36, velocity=100))
        assert wires.commands() == []
        wires.learn()
        assert wires.names(Key("s"), None)
        surface.send(mido.Message("note_on", note=36, velocity=100))
        assert wires.commands() == []
        assert str(wires.told()).startswith("midi note 1 36 moves snapshot: kept in allaprima-")
        surface.send(mido.Message("note_off", note=36))
        surface.send(mido.Message("note_on", note=36, velocity=100))
        assert [command.name for command in wires.commands()] == ["snapshot"]


def test_wires_that_cannot_be_had_are_told_before_the_show(tmp_path: Path) -> None:
    for options in (WireOptions(osc="9000000"), WireOptions(osc="0", file=tmp_path / "a.set")):
        with pytest.raises(OptionError):
            Wires(options, tmp_path)
