"""A MIDI input: which of its knobs, keys and pads moved, and how far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, cast

from allaprima.errors import MissingExtra, SourceError

MOST_AT_ONCE = 1024
LARGEST = 127       # of a controller and of a velocity
LARGEST_BEND = 8191


class _Sent(Protocol):
    """A message of mido's, as far as it is read here."""

    type: str
    channel: int
    control: int
    value: int
    note: int
    velocity: int
    pitch: int
    program: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A control of a surface, by a name that stays (``midi cc 1 7``: channel, number), and where it is now, 0 to 1.

    program: the number of a program change, counted from 1; None for all else.
    """

    control: str
    value: float
    program: int | None = None


def moved(message: _Sent) -> Moved | None:
    """What a message says of a surface; None for clocks, sysex and the like."""
    if message.type == "control_change":
        return Moved(f"midi cc {message.channel + 1} {message.control}", message.value / LARGEST)
    if message.type == "note_on":
        return Moved(f"midi note {message.channel + 1} {message.note}", message.velocity / LARGEST)
    if message.type == "note_off":
        return Moved(f"midi note {message.channel + 1} {message.note}", 0.0)
    if message.type == "pitchwheel":
        return Moved(f"midi bend {message.channel + 1}", min(1.0, max(0.0, 0.5 + message.pitch / (2 * LARGEST_BEND))))
    if message.type == "program_change":
        return Moved(f"midi program {message.channel + 1}", 1.0, message.program + 1)
    return None


class MidiPort:
    """The first input whose name holds that word, or the first of all for ``default``; a context manager.

    What goes wrong while a show runs never ends it: ``trouble`` says it, and nothing comes any more. Raises
    ``MissingExtra`` without the package, ``SourceError`` where there is no such input.
    """

    def __init__(self, name: str) -> None:
        self.trouble: str | None = None
        mido = _mido()
        try:
            names = list(mido.get_input_names())
        except ImportError as error:
            raise MissingExtra("python-rtmidi", "stage", "MIDI") from error
        except Exception as error:  # the system's part raises errors of kinds of its own
            raise SourceError(f"cannot look for MIDI inputs: {error}",
                              "on Linux, load ALSA's sequencer: modprobe snd-seq") from error
        self.name = next((each for each in names if name == "default" or name.lower() in each.lower()), None)
        if self.name is None:
            raise SourceError(f"there is no MIDI input {name}; found: {', '.join(names) or 'none'}",
                              "connect the surface, or give a part of one of these names")
        try:
            self._port = mido.open_input(self.name)
        except Exception as error:
            raise SourceError(f"cannot open the MIDI input {self.name}: {error}",
                              "close the program that has it") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._port.close()

    def received(self) -> list[Moved]:
        """What has moved since the last call; never waits, raises nothing."""
        return [] if self.trouble is not None else [event for event in self._pending() if event is not None]

    def _pending(self) -> Iterator[Moved | None]:
        try:
            for _ in range(MOST_AT_ONCE):
                message = self._port.poll()
                if message is None:
                    return
                yield moved(message)
        except Exception as error:
            self.trouble = f"the MIDI input {self.name} is gone: {error}"


class _Port(Protocol):
    """An input of mido's, as far as it is used here."""

    def poll(self) -> _Sent | None: ...

    def close(self) -> None: ...


class _Mido(Protocol):
    """The package, as far as it is used here."""

    def get_input_names(self) -> list[str]: ...

    def open_input(self, name: str) -> _Port: ...


def _mido() -> _Mido:
    try:
        import mido
    except ImportError as error:
        raise MissingExtra("mido", "stage", "MIDI") from error
    return cast(_Mido, mido)
