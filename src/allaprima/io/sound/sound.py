"""What a source of sound is, and how one is opened by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

USUAL_INPUT = "default"
WAIT_SECONDS = 0.2  # that reading blocks at most


class Sound(Protocol):
    """Samples of one channel as they come; ``rate`` of them are a second."""

    @property
    def name(self) -> str: ...

    @property
    def rate(self) -> int: ...

    def read(self) -> NDArray[np.float32] | None:
        """The samples (N,), -1 to 1, since the last call, waited for a fifth of a second at most; None at the end."""
        ...

    def close(self) -> None: ...


def open_sound(name: str) -> Sound:
    """The sound of that name: a file's, where there is one, ``default``, or an input by a part of its name.

    Raises ``SourceError`` where it cannot be opened, ``MissingExtra`` without the package that reads inputs.
    """
    if Path(name).is_file():
        from allaprima.io.sound.file import SoundFile

        return SoundFile(Path(name))
    from allaprima.io.sound.device import SoundInput

    return SoundInput(name)
