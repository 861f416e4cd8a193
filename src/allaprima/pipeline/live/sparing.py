"""An engine that measures one picture in eight: those between are painted by moments on their way to what was measured.

Steadied pictures are normalised by a running mean of moments, of which a picture's own are a twentieth. A network that
need not measure, and may compute in 8 bits, paints them in half the time; the mean is a third of a second late.
"""

from __future__ import annotations

from collections.abc import Sequence

from allaprima.engines import Engine, Look, Statistics, Style
from allaprima.frames import Pixels
from allaprima.runtimes.calls import Batch, Moments

EVERY = 8              # pictures are measured one in so many
LARGEST_SHARE = 0.15   # of a picture's own moments: above it, as in a shot's first frames, each is measured
SMALLEST_SHARE = 0.01  # below it, as where a picture goes dark, the mean stays


class Sparing:
    """Paints as the engine does, picture by picture; ``refresh`` measures, and is called when there is time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.batch_size, self.style_size = engine.name, engine.batch_size, engine.style_size
        self.settings = engine.settings
        self._look: Look | None = None
        self._latest: tuple[Batch, Statistics] | None = None
        self._target: Moments | None = None
        self._left = 0      # pictures until the target is reached
        self._painted = 0   # pictures since the mean was measured

    def encode(self, picture: Pixels, name: str, scale: float = 1.0) -> Style:
        """The style of a picture, by the engine."""
        return self._engine.encode(picture, name, scale)

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """One image (1, H, W, 3) painted, and the moments that it was normalised by."""
        if looks[0] is not self._look:
            self._look, self._target, self._latest, self._painted = looks[0], None, None, 0
        if statistics is None or not statistics.momentum <= LARGEST_SHARE:
            self._target, self._latest, self._painted = None, None, 0
            return self._engine.stylize(images, looks, statistics)
        moments = statistics.moments
        if self._target is not None and self._left and statistics.momentum >= SMALLEST_SHARE:
            moments = between(moments, self._target, 1 / self._left)
            self._left -= 1
        painted, used = self._engine.stylize(images, looks, Statistics(moments))
        self._latest, self._painted = (images, Statistics(moments, statistics.momentum)), self._painted + 1
        return painted, used

    @property
    def due(self) -> bool:
        """Whether it is time to measure again; not while the look changes with every picture."""
        return self._latest is not None and self._painted >= (2 if self._target is None else EVERY)

    def refresh(self) -> None:
        """Finds where the mean would be, had it followed the latest picture for as long as it was not measured."""
        if self._look is not None and self._latest is not None:
            images, painted_by = self._latest
            share = 1 - (1 - painted_by.momentum) ** EVERY
            _, used = self._engine.stylize(images, [self._look], Statistics(painted_by.moments, share))
            self._target, self._left, self._painted = used.moments, EVERY, 0


def between(first: Moments, second: Moments, share: float) -> Moments:
    """Moments on the way from the first to the second."""
    return Moments((1 - share) * first.mean + share * second.mean,
                   (1 - share) * first.variance + share * second.variance)
