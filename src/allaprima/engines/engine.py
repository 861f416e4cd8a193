"""What paints: an engine, declared once, and the statistics that it normalises pictures by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from allaprima.engines.looks import Look, Sight, Style
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Batch, Moments


@dataclass(frozen=True, slots=True)
class Statistics:
    """Moments that a picture is to be normalised by, and how much of them is the picture's own.

    moments: (N, M) each, or (1, M) for a whole batch. momentum: 0 uses the given moments alone, 1 the picture's own.
    They belong to a network, a look and a working size: measure again when one of them changes.
    """

    moments: Moments
    momentum: float = 0.0


class Engine(Protocol):
    """A model ready for work on one device."""

    @property
    def name(self) -> str: ...

    @property
    def batch_size(self) -> int:
        """How many pictures in one call paint the most pictures a second."""
        ...

    @property
    def style_size(self) -> int:
        """The shorter side, in pixels, that a style picture has at style scale 1."""
        ...

    @property
    def settings(self) -> dict[str, str]:
        """What of the engine changes pixels, by name: its network, its weights, how they are computed."""
        ...

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        """The style of a picture (H, W, 3), RGB.

        sight: at which a network whose styles mix kernels looks at what it paints, which takes seconds the first time;
        None for what the style's code mixes.
        """
        ...

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3), each painted in its look, and the statistics that they were normalised by."""
        ...
