"""A film in a named colour space, log or scene-linear: shown to a network as a picture, and taken back to its codes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allaprima.colorspaces.transfer import transferred_by
from allaprima.colorspaces.views import opened_config
from allaprima.config import ColorManagement
from allaprima.errors import OptionError
from allaprima.frames import FULL_SCALE, Frame, Pixels

FORGOTTEN = 256
"""Frames that a film may be read ahead of what is written: far more than any queue of the loop holds."""


class FilmColors:
    """Takes a film's frames to pictures of 16 bits and painted ones back to the film's own codes and type.

    Codes that were not painted come back as they were. Raises OptionError for colour spaces that there are not.
    """

    def __init__(self, color: ColorManagement) -> None:
        assert color.colorspace is not None
        config = opened_config(color.ocio)
        self.transferred = transferred_by(color, config, config.asked(color.colorspace))
        self._originals: dict[int, tuple[Pixels, NDArray[np.uint16]]] = {}
        self._lock = threading.Lock()

    def shown(self, frames: Iterator[Frame], *, kept: bool = False) -> Iterator[Frame]:
        """The frames as a network sees them. kept: their own codes are remembered until ``back`` takes them up."""
        for frame in frames:
            shown = self.transferred.shown(codes(frame.image), None)
            if kept:
                with self._lock:
                    self._originals[frame.index] = frame.image, shown
                    for index in [one for one in self._originals if one < frame.index - FORGOTTEN]:
                        del self._originals[index]  # painted for what is remembered of it, and not written
            yield replace(frame, image=shown)

    def back(self, frame: Frame) -> Frame:
        """A painted frame in the codes and the type of the film's own."""
        with self._lock:
            own, shown = self._originals.pop(frame.index)
        found = self.transferred.back(codes(own), None, shown, frame.image)
        white = np.float32(FULL_SCALE[own.dtype.name])
        levels = np.rint(np.clip(np.nan_to_num(found), 0, 1) * white).astype(own.dtype)
        return replace(frame, image=levels)


def codes(image: Pixels) -> NDArray[np.float32]:
    """A film's pixels as codes, 0 to 1."""
    return image.astype(np.float32) / np.float32(FULL_SCALE[image.dtype.name])


def film_colors(color: ColorManagement) -> FilmColors | None:
    """The colours of a film whose colour space is named; None where none is. Raises OptionError for half of it."""
    if color.colorspace is not None:
        if color.layers:
            raise OptionError("a film has no layers", "leave out --layer")
        return FilmColors(color)
    for option, given in (("--ocio", color.ocio is not None), ("--layer", bool(color.layers)),
                          ("--output-colorspace", color.output_colorspace is not None),
                          ("--transfer", color.transfer != "exposure")):
        if given:
            raise OptionError(f"{option} needs the film's colour space", "name it by --colorspace, or leave it out")
    return None
