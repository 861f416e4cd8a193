"""From one mixture of styles to another in so many seconds: arithmetic on weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

from allaprima.engines import Style

FADE_SECONDS = 0.5
Parts = tuple[tuple[Style, float], ...]
"""Styles and their weights, which sum to 1; each style once."""


@dataclass(frozen=True, slots=True)
class Fade:
    """A way from a mixture of styles to another, begun at that time and of that length in seconds."""

    start: Parts
    target: Parts
    began: float
    seconds: float = FADE_SECONDS

    def at(self, now: float) -> Parts:
        """The mixture at that time."""
        share = smooth((now - self.began) / self.seconds if self.seconds else 1.0)
        return self.target if share == 1 else mixed(self.start, self.target, share)


def smooth(way: float) -> float:
    """The share of a change that is done so far on its way (0 to 1): slow at both ends."""
    way = min(1.0, max(0.0, way))
    return way * way * (3 - 2 * way)


def mixed(first: Parts, second: Parts, share: float) -> Parts:
    """The two mixtures as one, ``share`` of it the second; styles without weight are left out."""
    weights: dict[int, float] = {}
    styles: dict[int, Style] = {}
    for parts, part_share in ((first, 1 - share), (second, share)):
        for style, weight in parts:
            styles[id(style)] = style
            weights[id(style)] = weights.get(id(style), 0.0) + part_share * weight
    return tuple((styles[key], weight) for key, weight in weights.items() if weight > 0)


def same(first: Parts, second: Parts) -> bool:
    """Whether two mixtures are of the same styles with the same weights."""
    return len(first) == len(second) and all(
        a is b and weight == other for (a, weight), (b, other) in zip(first, second, strict=True))


def redirected(fade: Fade | None, target: Parts, now: float, seconds: float = FADE_SECONDS) -> Fade:
    """The fade towards that target from wherever the mixture is now; the same one where the target is the same."""
    if fade is None:
        return Fade(target, target, now - seconds, seconds)
    return fade if same(fade.target, target) else Fade(fade.at(now), target, now, seconds)


def following(fade: Fade, target: Parts) -> Fade:
    """The same way to a target that has moved: what a hand on the crossfader does is seen at once."""
    return fade if same(fade.target, target) else replace(fade, target=target)
