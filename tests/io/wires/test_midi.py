"""A surface's moves read from MIDI: through a port of mido's in this process, and the system's where it has one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mido
import pytest
from mido.backends import backend

import midi_loopback
from allaprima.errors import SourceError
from allaprima.io.wires.midi import MidiPort, Moved


@pytest.fixture
def loopback() -> Iterator[str]:
    mido.set_backend("midi_loopback")
    yield "Loopback two"
    mido.set_backend(backend.DEFAULT_BACKEND)


MESSAGES = [mido.Message("control_change", channel=0, control=7, value=127),
            mido.Message("note_on", channel=9, note=36, velocity=0), mido.Message("note_off", channel=9, note=36),
            mido.Message("clock"), mido.Message("sysex", data=(1, 2, 3)),
            mido.Message("pitchwheel", channel=15, pitch=-8192), mido.Message("program_change", channel=0, program=4)]
MOVES = [Moved("midi cc 1 7", 1.0), Moved("midi note 10 36", 0.0), Moved("midi note 10 36", 0.0),
         Moved("midi bend 16", 0.0), Moved("midi program 1", 1.0, 5)]


def test_moves_are_named_by_kind_channel_and_number(loopback: str) -> None:
    with MidiPort("loopback TWO") as port, mido.open_output(loopback) as surface:
        assert port.received() == []
        for message in MESSAGES:
            surface.send(message)
        assert port.received() == MOVES
        assert port.received() == []


def test_the_first_input_is_the_default_and_one_that_is_not_there_is_told(loopback: str) -> None:
    with MidiPort("default") as port:
        assert port.name == "Loopback one"
    with pytest.raises(SourceError, match="Loopback one, Loopback two"):
        MidiPort("nanoKONTROL")


def test_a_surface_that_goes_is_told_and_ends_nothing(loopback: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with MidiPort(loopback) as port:
        monkeypatch.setattr(midi_loopback, "NAMES", [])
        assert port.received() == []
        assert port.trouble is not None
        assert "is gone: unplugged" in port.trouble
        assert port.received() == []


@pytest.mark.skipif(not Path("/dev/snd/seq").exists(), reason="virtual ports need ALSA's sequencer (/dev/snd/seq)")
def test_a_virtual_port_of_the_system_is_heard() -> None:
    with mido.open_output("allaprima test surface", virtual=True) as surface, MidiPort("allaprima test") as port:
        surface.send(MESSAGES[0])
        found: list[Moved] = []
        while not found:
            found = port.received()
        assert found == MOVES[:1]


@pytest.mark.skipif(Path("/dev/snd/seq").exists(), reason="this system has ALSA's sequencer")
def test_a_system_without_a_sequencer_is_told_in_a_sentence() -> None:
    with pytest.raises(SourceError, match="MIDI input"):
        MidiPort("default")
