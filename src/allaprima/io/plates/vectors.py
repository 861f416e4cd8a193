"""Motion vectors and depth that a renderer wrote into plates, as the motion from a frame back to the one before.

The convention is that of compositors: vectors in pixels of the plate, x to the right, y up, from a pixel to where it
was in the frame before (backward), or to where it goes in the frame after (forward, which is turned round here).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allaprima.config import MotionVectors
from allaprima.errors import OptionError, SourceError
from allaprima.frames import Vectors
from allaprima.io.plates.channels import Channels, Place, channels_of, parsed_channel
from allaprima.io.plates.plate import Window
from allaprima.io.plates.way_back import Field, Plane, hidden, turned_round
from allaprima.io.sequence.patterns import is_pattern, parsed_pattern

_PAIRS = (("u", "v"), ("x", "y"), ("r", "g"), ("red", "green"))
_USUAL = ("backward", "motion", "vector", "motionvector", "motionvectors", "velocity", "forward")
_DEPTHS = ("z", "depth.z", "depth", "depth.r", "depth.y")
_AHEAD = ("forward", "next")
KEPT_FILES = 3


@dataclass(frozen=True, slots=True)
class _Step:
    """What one file says: vectors (H, W, 2), x right and y down, no number where there are none, and depth (H, W)."""

    field: Field
    depth: Plane | None


class PlateMotion:
    """The motion of a shot's frames, by number, from the vectors in numbered plates.

    place: the window that the shot's pictures cover. Raises OptionError for layers that there are not, SourceError.
    """

    def __init__(self, options: MotionVectors, numbers: Sequence[int], place: Window, max_pixels: int) -> None:
        file, self._name = parsed_channel(options.path)
        if not is_pattern(file):
            raise OptionError(f"the motion vectors {file} are no numbered plates",
                              "name them as in shot.%04d.exr:motion")
        self.pattern, self._options, self._place, self._max_pixels = parsed_pattern(file), options, place, max_pixels
        self._depth = None if options.depth is None else parsed_channel(options.depth)
        self._kept: OrderedDict[int, _Step] = OrderedDict()
        self._numbers = tuple(numbers)
        there = set(self.pattern.numbers())
        self.layer, self.direction = self._named(next(
            (number for number in self._numbers if number in there), self._numbers[0]))
        missing = [number for number in self._read_numbers() if number not in there]
        if missing:
            raise SourceError(f"there are no motion vectors for frame {missing[0]}: {self.pattern.path(missing[0])} is "
                              "missing", "give the vectors of every frame")

    @property
    def note(self) -> str:
        """What the report says of it."""
        depth = "" if self._options.depth is None else ", what is hidden by depth"
        return f"motion: {self.layer} of {self.pattern.shown}, {self.direction}{depth}"

    def vectors(self, number: int, before: int, size: tuple[int, int]) -> Vectors:
        """The motion of a frame's points back to an earlier frame, at (height, width)."""
        total: Vectors | None = None
        for later in range(number, before, -1):
            step = self._one_back(later, size)
            total = step if total is None else _after(total, step)
        assert total is not None
        return total

    def _read_numbers(self) -> range:
        """The numbers of the files that are read: all but the first, or the last, of the frames."""
        first, last = self._numbers[0], self._numbers[-1]
        if self._options.depth is not None and last > first:
            return range(first, last + 1)
        return range(first, last) if self.direction == "forward" else range(first + 1, last + 1)

    def _one_back(self, number: int, size: tuple[int, int]) -> Vectors:
        before, now = (self._step(number - 1), self._step(number)) if (
            self.direction == "forward" or self._options.depth is not None) else (None, self._step(number))
        if self.direction == "forward":
            assert before is not None
            return turned_round(before.field, before.depth, now.depth, size)
        return hidden(now.field, now.depth, None if before is None else before.depth, size)

    def _step(self, number: int) -> _Step:
        if number not in self._kept:
            self._kept[number] = self._read(number)
            while len(self._kept) > KEPT_FILES:
                self._kept.popitem(last=False)
        return self._kept[number]

    def _read(self, number: int) -> _Step:
        depth = self._read_depth(number)
        if number not in self._read_numbers():  # the last frame's, where vectors lead ahead
            return _Step(np.zeros((self._place.height, self._place.width, 2), np.float32), depth)
        path = self.pattern.path(number)
        channels = channels_of(path, self._max_pixels)
        _, places = _pair_of(channels, self._name)
        x, y = channels.read(places, self._place, np.nan)
        (across, up), offset = self._options.scale, np.float32(self._options.offset)
        return _Step(np.stack([(x - offset) * np.float32(across), (offset - y) * np.float32(up)], axis=-1), depth)

    def _read_depth(self, number: int) -> Plane | None:
        if self._depth is None:
            return None
        file, name = self._depth
        channels = channels_of(parsed_pattern(file).path(number), self._max_pixels)
        place = channels.first_of(*((name,) if name else _DEPTHS))
        if place is None:
            raise channels.missing(name or "that is a depth")
        return channels.read([place], self._place, np.nan)[0]

    def _named(self, number: int) -> tuple[str, Literal["backward", "forward"]]:
        """The vectors' layer in the first file that there is, and which way they lead."""
        channels = channels_of(self.pattern.path(number), self._max_pixels)
        name, _ = _pair_of(channels, self._name)
        if self._options.direction != "auto":
            return name, self._options.direction
        return name, "forward" if name.lower().rpartition(".")[2] in _AHEAD else "backward"


def _pair_of(channels: Channels, name: str | None) -> tuple[str, list[Place]]:
    """A layer's name, and the places of its two channels: ``motion``, or both channels as ``a.X,a.Y``."""
    if name is not None and "," in name:
        found = [channels.first_of(one.strip()) for one in name.split(",")]
        if len(found) != 2:
            raise OptionError(f"{name} names {len(found)} channels for motion vectors", "name two: across and up")
        if found[0] is None or found[1] is None:
            raise channels.missing(name)
        return name, [found[0], found[1]]
    for layer in (name,) if name is not None else _USUAL:
        for pair in _PAIRS:
            across, up = (channels.first_of(f"{layer}.{channel}") for channel in pair)
            if across is not None and up is not None:
                return layer, [across, up]
    raise channels.missing(f"{name}.u or {name}.x" if name is not None else "of motion vectors")


def _after(total: Vectors, step: Vectors) -> Vectors:
    """The motion over several frames: where it has led so far, and from there one frame further back."""
    height, width = total.trust.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = columns + total.backward[..., 0], rows + total.backward[..., 1]
    column = np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    row = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    inside = (x > -0.5) & (x < width - 0.5) & (y > -0.5) & (y < height - 0.5)
    trust: NDArray[np.float32] = np.minimum(total.trust, step.trust[row, column]) * inside
    return Vectors(total.backward + step.backward[row, column], trust.astype(np.float32))


def files_of_motion(options: MotionVectors | None) -> tuple[Path, ...]:
    """The files or patterns that motion is read from."""
    if options is None:
        return ()
    return tuple(parsed_channel(path)[0] for path in (options.path, options.depth) if path is not None)
