"""Regions of a content painted each in its own part of a style: found, or painted by a person, and followed in films.

What is found in a frame is averaged with what was found before, carried here along the optical flow, so that borders do
not flicker. A cut begins anew: regions are found and matched again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.curves import Clock
from allaprima.engines import Style
from allaprima.errors import OptionError
from allaprima.frames import Frame, Pixels
from allaprima.functional.hidden import cut_out
from allaprima.io.still.cutouts import read_shown
from allaprima.parsing import shown
from allaprima.pipeline.looks.carrying import carried
from allaprima.pipeline.looks.region_maps import COLORS, Map, read_maps
from allaprima.subjects import shrunk
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.proxies import Proxy, proxy_of
from allaprima.temporal.shots import ShotState, watched

MEMORY = 0.9       # the share that what was found before has, where the motion is trusted wholly
FEWEST, MOST = 2, len(COLORS)
LEAST_PART = 0.004  # of a style's picture: what is smaller has no style of its own

Shares = NDArray[np.float32]
Frames = Callable[[], Iterator[Frame]]
Encode = Callable[[Pixels, Pixels, str], Style]
"""Gives the style of a part of a picture, from the part, the whole picture and the part's name."""


@dataclass(frozen=True, slots=True)
class RegionsAsked:
    """Which regions: so many found, None for as many as there are; or those of painted maps, content's and style's."""

    count: int | None = None
    maps: tuple[Path, Path] | None = None

    def __str__(self) -> str:
        if self.maps is not None:
            return ":".join(map(str, self.maps))
        return "auto" if self.count is None else f"auto:{self.count}"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Regions of a frame: how much of each every place is, (R, h, w), and the style that each is painted in."""

    shares: Shares
    styles: tuple[Style, ...]


RegionsAt = Callable[[Fraction], Found]


def parsed_regions(text: str) -> RegionsAsked:
    """What ``auto``, ``auto:3`` or ``content-map.png:style-map.png`` asks for; raises OptionError for all else."""
    kind, colon, number = text.partition(":")
    if kind == "auto" and not Path(text).exists():
        if not colon:
            return RegionsAsked()
        if number.isdecimal() and FEWEST <= int(number) <= MOST:
            return RegionsAsked(int(number))
        raise OptionError(f"{shown(number)} regions cannot be found", f"ask for {FEWEST} to {MOST}: auto:3")
    for place, letter in enumerate(text):
        if letter == ":" and Path(text[:place]).is_file() and Path(text[place + 1:]).is_file():
            return RegionsAsked(maps=(Path(text[:place]), Path(text[place + 1:])))
    raise OptionError(f"the regions {shown(text)} are neither auto nor two maps",
                      "give auto, auto:3, or content-map.png:style-map.png")


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What regions of a shot are known by: the centres of their clusters, and the styles they are painted in."""

    centres: NDArray[np.float32]
    styles: tuple[Style, ...]


class Parts:
    """A style's picture in parts for each region of a content; parts are encoded once."""

    def __init__(self, asked: RegionsAsked, path: Path, encode: Encode) -> None:
        from allaprima.subjects.regions import seer

        self.picture = read_shown(path)
        self._asked, self._name, self._encode = asked, path.stem, encode
        self._seen = seer()(self.picture)
        self._known: dict[tuple[int, int], Style] = {}

    def of_maps(self, parts: Map) -> tuple[Style, ...]:
        """The styles of the parts that a map of the style shows."""
        return tuple(self._style(len(parts), index, mask) for index, mask in enumerate(parts))

    def shares(self, count: int) -> Shares:
        """So many parts of the picture, found."""
        from allaprima.subjects.regions import clusters_of, shares_of

        return shares_of(self._seen, clusters_of(self._seen, count))

    def matched(self, seen: object, shares: Shares) -> tuple[list[int], Shares]:
        """Which part each region of a content is like, and the parts."""
        from allaprima.subjects.regions import Seen, matched

        assert isinstance(seen, Seen)
        parts = self.shares(len(shares))
        return matched(seen, shares, self._seen, parts), parts

    def found(self, seen: object, shares: Shares) -> tuple[Style, ...]:
        """The style of each region of a content: of the part that it is like."""
        order, parts = self.matched(seen, shares)
        return tuple(self._style(len(parts), index, parts[index]) for index in order)

    def _style(self, count: int, index: int, mask: NDArray[np.float32]) -> Style:
        if (count, index) not in self._known:
            part = part_of(self.picture, mask)
            self._known[count, index] = self._encode(part, self.picture, f"{self._name}-{index + 1}")
        return self._known[count, index]


def part_of(picture: Pixels, mask: NDArray[np.float32]) -> Pixels:
    """The part of a picture (H, W, 3) under a mask of any size, alone; all of it where there is next to nothing."""
    import cv2

    height, width = picture.shape[:2]
    inside = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    part = cut_out(picture, np.where(inside, 255, 0).astype(np.uint8)) if inside.mean() > LEAST_PART else None
    return picture if part is None else part


class FollowedRegions:
    """The regions at each time of a content, read on as time goes on, and anew where time goes back."""

    def __init__(self, asked: RegionsAsked, parts: Parts, frames: Frames, clock: Clock) -> None:
        from allaprima.subjects.regions import seer

        self._asked, self._parts, self._frames, self._clock = asked, parts, frames, clock
        self._maps = None if asked.maps is None else read_maps(*asked.maps)
        self._see = seer()
        self._begin()

    def _begin(self) -> None:
        self._reading: Iterator[Frame] | None = None
        self._latest: tuple[Fraction, Found] | None = None
        self._before: tuple[Proxy, Shares] | None = None
        self._seen: ShotState | None = None
        self._shot: Shot | None = None

    def at(self, seconds: Fraction) -> Found:
        """The regions at that time, which is a frame's; raises OptionError where no frame has it."""
        if self._reading is None or (self._latest is not None and self._latest[0] > seconds):
            self._begin()
            self._reading = self._frames()
        with single_threaded():
            while self._latest is None or self._latest[0] < seconds:
                assert self._reading is not None
                frame = next(self._reading, None)
                if frame is None:
                    raise OptionError(f"nothing tells what is there at {float(seconds):g} s: the content ends before",
                                      "leave out --regions for this part")
                self._latest = self._clock.seconds(frame.pts), self._next(frame.image)
        return self._latest[1]

    def _next(self, image: Pixels) -> Found:
        from allaprima.subjects.regions import centres_in, clusters_of, hardened, shares_of

        small = shrunk(image)
        seen, now = self._see(small), proxy_of(small)
        change, self._seen = watched(small, self._seen)
        edged = None
        if self._shot is None or (change == "cut" and self._maps is None):
            if self._maps is None:
                centres = clusters_of(seen, self._asked.count)
                shares = shares_of(seen, centres)
                self._shot = Shot(centres, self._parts.found(seen, shares))
            else:
                shares = at_picture(self._maps[0], small)
                self._shot = Shot(centres_in(seen, shares), self._parts.of_maps(self._maps[1]))
        else:
            shares = shares_of(seen, self._shot.centres)
            if self._before is not None and change != "cut":
                shares = carried(*self._before, now, shares, MEMORY)
                edged = hardened(shares)
        self._before = now, shares  # before their edges are set, or what is nearly half would turn over and over
        return Found(shares if edged is None else edged, self._shot.styles)


def at_picture(masks: Map, picture: NDArray[np.uint8]) -> Shares:
    """Masks (R, H, W) of a map at the size of a picture; raises OptionError where it has another shape."""
    import cv2

    height, width = picture.shape[:2]
    if abs(masks.shape[2] * height / (masks.shape[1] * width) - 1) > 0.02:
        raise OptionError(f"the content's map is {masks.shape[2]}x{masks.shape[1]}: another shape than the content",
                          "paint it over the content itself, or over what --save-regions writes")
    made = [cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA) for mask in masks]
    return np.stack([np.asarray(mask, np.float32) for mask in made])
