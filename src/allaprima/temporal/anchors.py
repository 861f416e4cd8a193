"""Painted frames kept to be shown again: each point of a new frame knows its place in them.

A picture that is warped from the last shown one, frame after frame, is resampled every time: strokes blur, or comb into
streaks, and small errors of the motion add up. An anchor is resampled once, and where it is looked at is set right
against its own content. It is kept at twice its size, so that even this once costs hardly any detail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import cast

import numpy as np

from allaprima.loops.readiness import loops_are_ready
from allaprima.temporal.detail import WorkingPicture, around, coarse_size, colors_at
from allaprima.temporal.fields import Grey, Plane, change, inside, sampled, sampling_grid, squared_length, stepped
from allaprima.temporal.flow import Motion, refined
from allaprima.temporal.given import composed
from allaprima.temporal.proxies import Proxy, difference, exposure_matched
from allaprima.temporal.surroundings import mean_around, regained

DOUBLED_AREA = 2_200_000     # pixels up to which anchors are kept at twice the size
# The value between two pixels: flat up to 0.38 cycles a pixel, with the gain that linear interpolation then takes, on
# the mean (least squares). At whole pixels, as where nothing moves, a picture stays what it is.
HALFWAY = np.array([[0.0138, -0.0493, 0.1185, -0.2964, 0.7134, 0.7134, -0.2964, 0.1185, -0.0493, 0.0138]], np.float32)
UNLIKE = (22.0, 11.0)        # of 255: a difference to the anchor's content that is too much, and one that is none
BROADLY_UNLIKE = (16.0, 8.0) # ... on the mean over BROAD pixels a side: a dissolve, where every place changes a little
BROAD = 31
CLIPPED = 16                 # of 255: more does not count there, so that what passes by is no dissolve
LOOK_FRAMES = 2              # between looks at where an anchor really is: between them motions are put together
EVENED = 3                   # pixels of half the size: twice the mean over as many a side is what places are evened by
OWN = 3                      # pixels: whose mean is a place's own motion
APART_PX = 1.0               # a mean over many that far from it is of something else
BENT = 0.15                  # change of place from pixel to pixel at which strokes are no longer what was painted
COARSER = 4                  # ... looked at at a quarter of the size


@dataclass(frozen=True, slots=True)
class Anchor:
    """A picture that was shown, and where it is in the newest frame; arrays and numbers only.

    picture: (H, W, 4), at twice its size unless it is large. content: a proxy of what it was painted
    from. where: (h, w, 2), the newest frame's points in it, in reduced pixels. trust: (h, w), how far each can be
    believed.
    around: its colours at any place (``detail.around``). offset: what is added to them, at an eighth of the size, full
    scale as the picture's.
    outdated: (h, w), where its strokes have been let go for good, 0 to 1 (``temporal.settled``).
    age: in frames. gone: the share of it, 0 to 1, that has made way for the next anchor. staleness: how much the look
    has changed since. wear: the share of the newest frame that it has no good strokes for.
    """

    picture: WorkingPicture
    content: Proxy
    where: Plane
    trust: Plane
    around: WorkingPicture
    offset: Plane
    outdated: Plane
    age: int = 0
    gone: float = 0.0
    staleness: float = 0.0
    wear: float = 0.0


def captured(picture: WorkingPicture, content: Proxy) -> Anchor:
    """An anchor of that picture and its reduced content."""
    height, width = picture.shape[:2]
    small = coarse_size(picture)
    large = doubled(picture) if height * width <= DOUBLED_AREA else picture
    return Anchor(large, content, sampling_grid(*content.shape[:2]), np.ones(content.shape[:2], np.float32),
                  around(picture), np.zeros((small[1], small[0], 3), np.float32),
                  np.zeros(content.shape[:2], np.float32))


def doubled(picture: WorkingPicture) -> WorkingPicture:
    """The picture at twice the size; its own pixels are every other one of every other row."""
    import cv2

    height, width = picture.shape[:2]
    large = np.empty((2 * height, 2 * width, 4), picture.dtype)
    if picture.dtype == np.uint8 and loops_are_ready():
        from allaprima.loops import doubling as loops

        loops.doubled(np.ascontiguousarray(picture), HALFWAY[0, :5], large)
        return cast(WorkingPicture, large)
    # The filter's middle lies between its fifth and sixth value: between a pixel and the next.
    across = cv2.filter2D(picture, -1, HALFWAY, anchor=(4, 0), borderType=cv2.BORDER_REPLICATE)
    wide = cv2.merge([picture, across]).reshape(height, 2 * width, 4)  # eight channels: two pixels side by side
    large[::2] = wide
    large[1::2] = cv2.filter2D(wide, -1, HALFWAY.T, anchor=(0, 4), borderType=cv2.BORDER_REPLICATE)
    return cast(WorkingPicture, large)


def tracked(anchor: Anchor, motion: Motion, now: Proxy, scale: float, free: Plane, *, look: bool) -> Anchor:
    """The anchor found again in a frame that has moved by ``motion``; ``scale``: own pixels for a reduced one.

    free: where (h, w), 0 to 1, it may be trusted again after something has passed by. look: whether its own content is
    looked at: its place is set right by it, unless the motion is exact, what it has lost may come back, what is other
    than it was is trusted no more, and its wear is found anew. Between such looks it goes with the motion, and is
    trusted as far as that is.
    """
    import cv2

    back = cast(Plane, cv2.add(motion.backward, sampling_grid(*now.shape[:2])))
    fields = cv2.merge([*cv2.split(anchor.where), anchor.trust, anchor.outdated])
    x, y, trust, outdated = cv2.split(sampled(cast(Plane, fields), back))
    where = composed(anchor.where, back) if motion.exact else cast(Plane, cv2.merge([x, y]))
    offset = sampled(anchor.offset, reduced_places(motion.backward, anchor.offset.shape[:2]))
    moved = replace(anchor, where=where, trust=cast(Plane, cv2.min(trust, motion.trust)), offset=cast(Plane, offset),
                    outdated=cast(Plane, outdated), age=anchor.age + 1)
    return looked_again(moved, now, scale, free, exact=motion.exact) if look else moved


def looked_again(anchor: Anchor, now: Proxy, scale: float, free: Plane, *, exact: bool) -> Anchor:
    """An anchor that has moved, compared with its content; ``exact``: whether its place is right as it is."""
    import cv2

    where, seen = regained(anchor.where, anchor.trust)
    trust = cast(Plane, cv2.max(anchor.trust, cv2.multiply(cv2.multiply(seen, free), 1 - anchor.outdated)))
    content = exposure_matched(anchor.content, now, where)
    if not exact:
        where = evened(refined(where, content, now, scale), trust)
    changed = difference(cast(Proxy, sampled(content, where)), now)
    trust = cast(Plane, cv2.multiply(cv2.multiply(trust, alike(changed)), inside(where)))
    moved = cast(Plane, cv2.subtract(where, sampling_grid(*now.shape[:2])))
    return replace(anchor, where=where, trust=trust, wear=worn(moved, trust))


def evened(where: Plane, trust: Plane) -> Plane:
    """Places (h, w, 2) moved as their neighbours are, each as far as it is trusted (h, w).

    What is found from pixel to pixel is noisy: strokes that follow it are jagged. Where the neighbours' mean is another
    motion, at the edge of something that moves, a place keeps its own.
    """
    import cv2

    rest = sampling_grid(*where.shape[:2])
    moved = cast(Plane, cv2.subtract(where, rest))
    half = max(1, moved.shape[1] // 2), max(1, moved.shape[0] // 2)
    small, sure = (cast(Plane, cv2.resize(plane, half, interpolation=cv2.INTER_AREA)) for plane in (moved, trust))
    even = cast(Plane, cv2.resize(mean_around(small, sure, EVENED)[0], moved.shape[1::-1]))
    apart = squared_length(cast(Plane, cv2.subtract(even, cv2.blur(moved, (OWN, OWN)))))
    cv2.copyTo(moved, cv2.compare(apart, APART_PX**2, cv2.CMP_GT), even)  # type: ignore[call-overload]  # a number
    return cast(Plane, cv2.add(even, rest))


def alike(changed: Grey) -> Plane:
    """How far a content that differs so (h, w) from what strokes were painted from is still the same, 0 to 1."""
    import cv2

    near = cv2.LUT(cv2.blur(changed, (3, 3)), likeness(*UNLIKE))
    clipped = cv2.min(changed, CLIPPED)  # type: ignore[call-overload]  # a number for every pixel
    return cast(Plane, cv2.multiply(near, cv2.LUT(cv2.blur(clipped, (BROAD, BROAD)), likeness(*BROADLY_UNLIKE))))


@cache
def likeness(none: float, whole: float) -> Plane:
    """The trust that each difference of levels leaves, (1, 256): none from the one on, all up to the other."""
    return stepped(np.arange(256, dtype=np.float32)[None], none, whole)


def worn(moved: Plane, trust: Plane) -> float:
    """The share of a picture moved so (h, w, 2) that shows no good strokes: not trusted, or bent too far."""
    import cv2

    size = max(1, moved.shape[1] // COARSER), max(1, moved.shape[0] // COARSER)
    coarse, trusted = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (moved, trust))
    bent = np.sqrt(change(cast(Plane, coarse))) * np.float32(1 / (BENT * COARSER))
    return 1 - float((trusted * (1 - np.minimum(bent, 1))).mean())


def reduced_places(motion: Plane, size: tuple[int, int]) -> Plane:
    """Where the motion (h, w, 2) leads from the points of that smaller (height, width), in its pixels."""
    import cv2

    height, width = size
    scale = np.array([width / motion.shape[1], height / motion.shape[0]], np.float32)
    moved = cv2.resize(motion, (width, height), interpolation=cv2.INTER_AREA) * scale
    return cast(Plane, moved + sampling_grid(height, width))


def colors_of(anchor: Anchor) -> Plane:
    """The anchor's colours in the newest frame, at an eighth of the size, without what is added to them."""
    moved = cast(Plane, anchor.where - sampling_grid(*anchor.where.shape[:2]))
    return colors_at(anchor.around, reduced_places(moved, anchor.offset.shape[:2]))


def looked_up(picture: WorkingPicture, where: Plane, height: int, width: int) -> WorkingPicture:
    """What lies at the places (h, w, 2), in reduced pixels, of a picture of that size or twice that size."""
    return looked_at(picture, own_places(picture, where, height, width), width)


def own_places(picture: WorkingPicture, where: Plane, height: int, width: int) -> Plane:
    """The places (h, w, 2), in reduced pixels, in a picture's own for a frame of that size, (H, W, 2)."""
    import cv2

    factor = picture.shape[1] // width
    rows, columns = where.shape[:2]
    scale = (factor * width / columns, factor * height / rows, 0.0, 0.0)
    own = cv2.multiply(cv2.subtract(where, sampling_grid(rows, columns)), scale)  # type: ignore[call-overload]  # two numbers
    moved = cv2.resize(own, (width, height))
    return cast(Plane, cv2.add(moved, spread(height, width, factor), dst=moved))


def looked_at(picture: WorkingPicture, there: Plane, width: int) -> WorkingPicture:
    """What lies at a picture's own places (h, w, 2), for frames of that width."""
    import cv2

    if picture.shape[1] > width:
        return cast(WorkingPicture, cv2.remap(  # type: ignore[call-overload]  # the stubs want a second map
            picture, there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    # A cubic is looked up faster at places in fixed point.
    whole, parts = cv2.convertMaps(there, None, cv2.CV_16SC2)  # type: ignore[call-overload]
    return cast(WorkingPicture, cv2.remap(picture, whole, parts, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))


@cache
def spread(height: int, width: int, factor: int) -> Plane:
    """The places of every pixel in a picture ``factor`` times as large, (H, W, 2); not to be written to."""
    grid = sampling_grid(height, width)
    return grid if factor == 1 else cast(Plane, grid * np.float32(factor))
