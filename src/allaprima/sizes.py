"""At what size a picture is worked on: its shorter side or both, the height that a network paints at, a brush."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from allaprima.errors import OptionError
from allaprima.parsing import parsed_count, shown

LARGEST_SIDE = 65536
SMALLEST_DETAIL = 64
Detail = int | None | Literal["brush"]
"""A network's working height, in pixels of the shorter side: None for full size, "brush" for that of the style's."""

# Chosen by looking: at 280 lines a face is a few strokes and a city loses its windows, at 400 both are painted and
# still there, from 600 on strokes shrink to a texture.
BRUSHES = {"fine": 600, "medium": 400, "coarse": 280}


@dataclass(frozen=True, slots=True)
class Size:
    """A working size: the shorter side in pixels, aspect kept, or both sides."""

    shorter: int | None = None
    width: int | None = None
    height: int | None = None

    def of(self, width: int, height: int, steps: tuple[int, int] = (1, 1)) -> tuple[int, int]:
        """Width and height for a picture of that width and height.

        steps: what sides have to be multiples of; those that follow from the shorter one are rounded to them, the
        longer one to an even number as well: 480 of 16:9 gives 854.
        """
        if self.width is not None and self.height is not None:
            return self.width, self.height
        if self.shorter is None:
            return width, height
        scale = Fraction(self.shorter, min(width, height))
        across, down = (max(1, round(side * scale / step)) * step for side, step in zip(
            (width, height), even_beside(steps, width, height), strict=True))
        if max(across, down) > max(LARGEST_SIDE, width, height):
            raise OptionError(f"size {self.shorter} makes {across}x{down} pixels of {width}x{height}: too long",
                              f"choose a size that leaves the longer side at {LARGEST_SIDE} or less")
        return across, down


def even_beside(steps: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The steps of both sides, the longer one's an even number."""
    across, down = steps
    if width > height:
        return math.lcm(across, 2), down
    return (across, math.lcm(down, 2)) if height > width else (across, down)


def parsed_size(text: str) -> Size:
    """The size that ``N`` (shorter side) or ``WxH`` stands for; raises OptionError for anything else."""
    parts = text.lower().split("x")
    numbers = [number for part in parts if (number := parsed_count(part, LARGEST_SIDE))]
    if len(numbers) == len(parts) in (1, 2):
        return Size(shorter=numbers[0]) if len(numbers) == 1 else Size(width=numbers[0], height=numbers[1])
    raise OptionError(f"size {shown(text)} is not a size",
                      "give the shorter side in pixels (720) or both sides (1280x720)")


def parsed_detail(text: str) -> int | None:
    """The working height that ``N`` stands for, None for ``full``; raises OptionError for anything else."""
    if text == "full":
        return None
    lines = parsed_count(text, LARGEST_SIDE)
    if lines is not None and lines >= SMALLEST_DETAIL:
        return lines
    raise OptionError(f"detail {shown(text)} is not a working height",
                      f"give the shorter side in pixels, {SMALLEST_DETAIL} or more, or full")


def parsed_brush(text: str) -> int:
    """The lines that ``fine``, ``medium``, ``coarse`` or a number stands for; raises OptionError for anything else."""
    if text in BRUSHES:
        return BRUSHES[text]
    if text.isdecimal() and SMALLEST_DETAIL <= int(text) <= LARGEST_SIDE:
        return int(text)
    raise OptionError(f"{text!r} is no brush", f"choose {', '.join(BRUSHES)}, or at how many lines to paint, "
                      f"{SMALLEST_DETAIL} or more: fewer give coarser strokes")


def look_at_scale(brush: int | None) -> float:
    """How large a style is looked at for a brush of so many lines; 1 for the medium one, and where none is given.

    By the root of what its strokes grow by: the other root comes from the smaller picture that they are painted in.
    """
    return 1.0 if brush is None else float((BRUSHES["medium"] / brush) ** 0.5)
