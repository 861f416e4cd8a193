"""Strength and crossfader on their way to where a key or a look of the set wants them: a value over time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from allaprima.pipeline.live.controls import Controls
from allaprima.pipeline.live.fade import smooth


@dataclass(frozen=True, slots=True)
class Glide:
    """A way from a strength and a crossfader's place to others, begun at that time and of that length in seconds."""

    strength: tuple[float, float]
    blend: tuple[float, float]
    began: float
    seconds: float

    def over(self, now: float) -> bool:
        """Whether the end is reached."""
        return now >= self.began + self.seconds

    def on(self, controls: Controls, now: float) -> Controls:
        """The controls with what they have reached at that time."""
        share = 1.0 if self.over(now) else smooth((now - self.began) / self.seconds)
        return replace(controls, strength=between(self.strength, share), blend=between(self.blend, share))


def between(ends: tuple[float, float], share: float) -> float:
    """The value that far from the first to the second; the second itself at the end."""
    return ends[1] if share == 1 else ends[0] + (ends[1] - ends[0]) * share


def glide_between(before: Controls, after: Controls, now: float, seconds: float) -> Glide:
    """The way from what stands now to what is wanted."""
    return Glide((before.strength, after.strength), (before.blend, after.blend), now, seconds)
