"""The sound that leads, listened to on a thread of its own."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self

from allaprima.errors import AllaprimaError
from allaprima.io.sound.sound import Sound
from allaprima.pipeline.live.hearing import Hearing, heard

QUIET_SECONDS = 1.0  # without a block, after which nothing leads any more


class Ear:
    """Hears a source of sound until told to stop; a context manager that ends its thread and closes the source.

    What goes wrong with the sound never ends a show: ``trouble`` says it, and the level falls to 0.
    """

    def __init__(self, sound: Sound) -> None:
        self.trouble: str | None = None
        self._sound = sound
        self._hearing = Hearing(sound.rate)
        self._began_or_heard = time.monotonic()
        self._onset_at = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listen", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self._sound.close()

    @property
    def name(self) -> str:
        """What is listened to."""
        return self._sound.name

    @property
    def onsets(self) -> int:
        """How many onsets were heard."""
        return self._hearing.onsets

    def level(self, now: float) -> float:
        """How loud it is, 0 to 1, at that time of the monotonic clock; 0 once nothing comes any more."""
        return self._hearing.level if now - self._began_or_heard < QUIET_SECONDS else 0.0

    def since_onset(self, now: float) -> float:
        """Seconds since the last onset was heard; infinite before the first."""
        return max(0.0, now - self._onset_at)

    def _listen(self) -> None:
        try:
            while not self._stop.is_set():
                samples = self._sound.read()
                if samples is None:
                    return
                before, hearing = self._hearing.onsets, heard(self._hearing, samples)
                now = time.monotonic()
                if hearing.onsets > before:
                    self._onset_at = now - max(0.0, hearing.seconds - hearing.onset)
                self._hearing, self._began_or_heard = hearing, now
        except AllaprimaError as error:
            self.trouble = str(error)
