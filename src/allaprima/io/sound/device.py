"""An input of this machine - a microphone, a line in -, by the package miniaudio, an extra."""

from __future__ import annotations

import ctypes
import sys
from collections import deque
from collections.abc import Generator
from contextlib import suppress
from threading import Condition
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import MissingExtra, SourceError
from allaprima.io.sound.sound import USUAL_INPUT, WAIT_SECONDS

if TYPE_CHECKING:
    import miniaudio

RATE = 48_000
BLOCK_MS = 10
ALSA_NULL = "Discard all samples"  # what ALSA calls its input that is always there and always silent
MOST_BLOCKS = 100  # that wait to be read: older ones are dropped, as a camera's older frames are


class SoundInput:
    """The input of that name, or a part of it; ``default`` is the system's own choice. One channel, 48 kHz.

    Raises ``MissingExtra`` without the package, ``SourceError`` where there is no such input.
    """

    def __init__(self, name: str) -> None:
        try:
            import miniaudio
        except ImportError as error:
            raise MissingExtra("miniaudio", "stage", "listening to an input") from error
        quieten_alsa()
        self.rate = RATE
        self._blocks: deque[NDArray[np.float32]] = deque(maxlen=MOST_BLOCKS)
        self._changed = Condition()
        self._closed = False
        try:
            device = None if name == USUAL_INPUT else input_of(name)
            self._device = miniaudio.CaptureDevice(miniaudio.SampleFormat.FLOAT32, 1, RATE, BLOCK_MS, device,
                                                   backends=backends(), app_name="allaprima")
            receiver = self._receive()
            next(receiver)
            self._device.start(receiver)
        except miniaudio.MiniaudioError as error:
            raise SourceError(f"cannot listen to the sound input {name}: this machine opens none",
                              "connect one and allow its use, or play a file: --listen FILE") from error
        self.name = name

    def read(self) -> NDArray[np.float32] | None:
        """The samples since the last call; empty ones where none came in a fifth of a second."""
        with self._changed:
            self._changed.wait_for(lambda: self._blocks or self._closed, WAIT_SECONDS)
            if self._closed:
                return None
            blocks = list(self._blocks)
            self._blocks.clear()
        return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)

    def close(self) -> None:
        """Ends listening."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._device.close()

    def _receive(self) -> Generator[None, bytes, None]:
        """Takes in what the device hands over, on its own thread."""
        while True:
            content = yield
            with self._changed:
                self._blocks.append(np.frombuffer(bytes(content), np.float32))
                self._changed.notify_all()


_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)
_ignore = _HANDLER(lambda *_: None)  # kept: the library calls it as long as the process lives


def quieten_alsa() -> None:
    """Keeps Linux's sound library from writing dozens of lines to stderr where there is no card: an error says it."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_ignore)


def inputs() -> list[tuple[str, miniaudio.ffi.CData]]:
    """The inputs that the system lists, by name."""
    import miniaudio

    quieten_alsa()
    try:
        found = miniaudio.Devices(backends()).get_captures()
    except miniaudio.MiniaudioError:  # nothing on this machine makes or takes sound
        return []
    return [(str(each["name"]), each["id"]) for each in found if not str(each["name"]).startswith(ALSA_NULL)]


def backends() -> list[miniaudio.Backend]:
    """The systems for sound that are tried; without the one that hands out silence where there is none."""
    import miniaudio

    return [each for each in miniaudio.Backend if each not in (miniaudio.Backend.NULL, miniaudio.Backend.CUSTOM)]


def input_of(name: str) -> miniaudio.ffi.CData:
    """The input whose name holds those words; raises ``SourceError`` where there is none."""
    found = inputs()
    for each, device in found:
        if name.lower() in each.lower():
            return device
    raise SourceError(f"there is no sound input {name}, nor a file of that name",
                      f"found inputs: {', '.join(each for each, _ in found) or 'none'}")
