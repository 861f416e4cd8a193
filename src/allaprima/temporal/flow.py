"""Motion between frames by OpenCV's DIS flow (Kroeger et al. 2016, arXiv:1603.03590) at a reduced size, and how far
it can be trusted.

The reference of the warping and of the way back is ``functional.flow``, in torch.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import cast

import numpy as np

from allaprima.loops.readiness import loops_are_ready
from allaprima.runtimes.memory import keep_freed_memory
from allaprima.temporal.dense import searched_motion
from allaprima.temporal.fields import Grey, Plane, gradients, inside, sampled, sampling_grid, squared_length, stepped
from allaprima.temporal.outlines import drawn
from allaprima.temporal.proxies import Proxy, difference, exposure_matched, grey_of, half_of
from allaprima.temporal.stillness import moving

RETURN_PX = 0.7           # of half the size: a way back that ends this far off halves the trust, about
RETURN_SHARE = 0.02       # ... and this share of the squared motion more
PHOTOMETRIC = 30.0        # of 255: a difference along the motion that is not noise
OPENING = (-0.03, -0.08)  # divergence of the ways back, at half the size, that is none, and that is where things part
CONVERGING = 7            # pixels of half the size: the mean that this is seen on
OPENED = np.ones((7, 7), np.uint8)  # around it
WARINESS = 1              # times as much more does each doubt count there
ISLAND = np.ones((3, 3), np.uint8)  # what is trusted without its surroundings is chance
TRUSTED = (0.1, 0.4)       # trust below is none, above is whole
ENTERING_PX = 0.05        # motion at a side, on the whole, with which something new comes in
NEIGHBOURS = np.ones((3, 3), np.uint8)  # of a way out of the picture: they lead too near to its border
ENTERED_PX = 2            # along such a side, how deep nothing is trusted
PATCH_STRIDE = 5          # pixels
AVERAGED = (5, 11)        # pixels: surroundings whose mean motion is a place's own
ALIKE_PX = 1.0            # motions that differ by less are of one thing
REST_PX = 0.15            # of the picture's own pixels: motions below may be noise
REST_LOSS = 8             # of 255: how much better rest must fit than a larger motion to be believed in its place
FITTED = (5, 5)           # pixels: over so many a motion must fit better than rest
RESIDUE_PX = (0.2, 0.6)   # less may be noise, more is a place found wrong by so much
LARGEST_RESIDUE_PX = 2.0  # more than this is a mistake
GATHERED = 5              # pixels of half the size: the window that a residue is found in
NOISE_POWER = 4.0         # of squared gradients: flat ground does not move


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the points of a frame were in the frame before, at the reduced size.

    backward: (h, w, 2) in reduced pixels. trust: (h, w), 0 to 1. exact: whether it is known, and not found. now: the
    frame's proxy, where that was made for it.
    """

    backward: Plane
    trust: Plane
    exact: bool = False
    now: Proxy | None = None


def dense_flow(first: Grey, second: Grey) -> Plane:
    """The motion (h, w, 2) in pixels from the first picture's points to the second's."""
    import cv2

    # OpenCV's own stubs do not know this factory.
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)  # type: ignore[attr-defined]
    search.setFinestScale(0)
    search.setPatchStride(PATCH_STRIDE)
    # To refine costs twice as much as to find; the mean over what moves alike is about as precise.
    search.setVariationalRefinementIterations(0)
    return np.asarray(search.calc(first, second, None), np.float32)


_alone = threading.Lock()
_inside, _threads_before = 0, 0


@contextmanager
def single_threaded() -> Iterator[None]:
    """OpenCV works on whatever thread calls it, within: beside a network, its own threads mostly wait, spinning.

    Motion would also depend on how many there are, as it is found in that many stripes. The number belongs to the
    whole process: the last of several such blocks sets it back to what the first one found.
    """
    import cv2

    keep_freed_memory()
    global _inside, _threads_before
    with _alone:
        if _inside == 0:
            _threads_before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _inside += 1
    try:
        yield
    finally:
        with _alone:
            _inside -= 1
            if _inside == 0:
                cv2.setNumThreads(_threads_before)


def motion_between(before: Proxy, now: Proxy, scale: float) -> Motion:
    """The motion from a frame back to the one before and its trust; ``scale``: own pixels for one of these.

    Trust falls where the forward flow does not lead back (occluded, or newly uncovered) and where the pictures differ
    along the motion by more than a change of light does, most of all where things part, and outside the picture. Where
    the scene lies still there is no motion, and small motions that fit no better than rest are none, so that noise does
    not set a still scene moving.
    """
    import cv2

    before = exposure_matched(before, now)
    half_before, half = half_of(before), half_of(now)
    moves = moving(half_before, half)
    rough, forth = found(before, now, moves), found(half, half_before, moves)
    backward, size = averaged(rough), now.shape[1::-1]
    back, rough = (shrunk(motion, half.shape[1::-1]) for motion in (backward, rough))
    there = cast(Plane, cv2.add(backward, sampling_grid(*now.shape[:2])))
    followed = difference(cast(Proxy, sampled(before, there)), now)
    believed = resting(squared_length(backward), (REST_PX / scale) ** 2, difference(before, now), followed)
    backward = cast(Plane, cv2.multiply(backward, cv2.merge([believed, believed])))
    unlike = cv2.LUT(cv2.blur(followed, (3, 3)), unlikeness())
    astray, wary = (cv2.resize(plane, size) for plane in (gap(back, forth), 1 + np.float32(WARINESS) * opening(rough)))
    doubt = cv2.multiply(cv2.add(astray, unlike), wary)
    likely = cv2.multiply(cv2.exp(-np.asarray(doubt)), within(backward))
    likely = cv2.morphologyEx(likely, cv2.MORPH_OPEN, ISLAND)
    return Motion(backward, stepped(cast(Plane, cv2.blur(likely, (3, 3))), *TRUSTED))


def found(before: Proxy, now: Proxy, moves: Plane) -> Plane:
    """The motion (h, w, 2) back from a proxy to the one before where it ``moves``, drawn to the outlines of things.

    Both are exposure-matched; ``moves`` may be of another size.
    """
    import cv2

    moves = cast(Plane, cv2.resize(moves, now.shape[1::-1]))
    motion = (searched_motion(grey_of(now), grey_of(before), moves, PATCH_STRIDE) if loops_are_ready() else
              dense_flow(grey_of(now), grey_of(before)))
    motion = cast(Plane, cv2.multiply(motion, cv2.merge([moves, moves])))
    return drawn(motion, now, before)


def shrunk(motion: Plane, size: tuple[int, int]) -> Plane:
    """The motion at that smaller (width, height), in its pixels."""
    import cv2

    return np.asarray(cv2.resize(motion, size, interpolation=cv2.INTER_AREA) * np.float32(size[0] / motion.shape[1]),
                      np.float32)


def averaged(motion: Plane) -> Plane:
    """The motion (h, w, 2) with its mean over small surroundings, then over larger ones, wherever these move alike."""
    import cv2

    for size in AVERAGED:
        around = np.ones((size, size), np.uint8)
        spread = squared_length(cast(Plane, cv2.subtract(cv2.dilate(motion, around), cv2.erode(motion, around))))
        mean = cast(Plane, cv2.blur(motion, (size, size)))
        cv2.copyTo(motion, cv2.compare(spread, ALIKE_PX**2, cv2.CMP_GT), mean)  # type: ignore[call-overload]  # a number
        motion = mean
    return motion


def gap(back: Plane, forth: Plane) -> Plane:
    """How far (h, w) a motion (h, w, 2) and the opposite one miss where they began: 1 and more is doubtful."""
    import cv2

    way_back = sampled(forth, cast(Plane, sampling_grid(*back.shape[:2]) + back))
    # Twice one way's squared length stands for the sum of both: where they differ, the gap decides.
    allowed = squared_length(back) * np.float32(2 * RETURN_SHARE) + np.float32(RETURN_PX**2)
    return cast(Plane, cv2.divide(squared_length(cast(Plane, cv2.add(back, cast(Plane, way_back)))), allowed))


def opening(back: Plane) -> Plane:
    """Where (h, w) the ways back (h, w, 2) come together, 0 to 1: what opens between two things that part is new.

    Motion does not tell which of the places there are new, since the new ones take theirs from beside them.
    """
    import cv2

    x, y = cv2.split(cv2.blur(back, (CONVERGING, CONVERGING)))
    along_x, along_y = cv2.Sobel(x, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(y, cv2.CV_32F, 0, 1, scale=1 / 8)
    return cast(Plane, cv2.dilate(stepped(cast(Plane, cv2.add(along_x, along_y)), *OPENING), OPENED))


@cache
def unlikeness() -> Plane:
    """The doubt that each difference of levels along a motion raises, (1, 256)."""
    return np.asarray(np.square(np.arange(256) / PHOTOMETRIC)[None], np.float32)


def within(motion: Plane) -> Plane:
    """1 where the motion (h, w, 2) leads well into the picture, 0 elsewhere and along sides that it enters by.

    At the very border motion is found badly: where it comes in on the whole, nothing there is trusted.
    """
    import cv2

    there = inside(cast(Plane, cv2.add(sampling_grid(*motion.shape[:2]), motion)))
    known = cast(Plane, cv2.erode(there, NEIGHBOURS))
    for side, outward in ((np.s_[:ENTERED_PX], -motion[0, :, 1]), (np.s_[-ENTERED_PX:], motion[-1, :, 1]),
                          (np.s_[:, :ENTERED_PX], -motion[:, 0, 0]), (np.s_[:, -ENTERED_PX:], motion[:, -1, 0])):
        if outward.mean() > ENTERING_PX:
            known[side] = 0
    return known


def refined(where: Plane, kept: Proxy, now: Proxy, scale: float) -> Plane:
    """Places (h, w, 2) in a picture kept from before, set right by what still moves between it, seen there, and now.

    Motions put together from frame to frame drift; this looks at where they lead. The proxies are exposure-matched.
    """
    import cv2

    seen = cast(Proxy, sampled(kept, where))
    corrected = cast(Plane, cv2.add(where, residue(grey_of(seen), grey_of(now))))
    moved = cast(Plane, cv2.subtract(corrected, sampling_grid(*now.shape[:2])))
    believed = resting(squared_length(moved), (REST_PX / scale) ** 2, difference(kept, now), difference(seen, now))
    moves = cv2.resize(moving(half_of(kept), half_of(now)), now.shape[1::-1])
    believed = cast(Plane, cv2.multiply(believed, moves))
    return cast(Plane, cv2.add(cv2.multiply(moved, cv2.merge([believed, believed])), sampling_grid(*now.shape[:2])))


def residue(seen: Grey, now: Grey) -> Plane:
    """The small motion (h, w, 2) from now to what is seen there: one step of Lucas and Kanade 1981.

    Gradients are gathered at half the size.
    """
    import cv2

    size = (now.shape[1] // 2, now.shape[0] // 2)
    both = cv2.addWeighted(seen, 0.5, now, 0.5, 0)
    along_x, along_y = gradients(cast(Grey, both))
    apart = cv2.subtract(now, seen, dtype=cv2.CV_32F)
    xx, xy, yy, x, y = (
        cv2.blur(cv2.resize(cv2.multiply(one, other), size, interpolation=cv2.INTER_AREA), (GATHERED, GATHERED))
        for one, other in ((along_x, along_x), (along_x, along_y), (along_y, along_y), (along_x, apart),
                           (along_y, apart)))
    xx, yy = xx + NOISE_POWER, yy + NOISE_POWER
    known = xx * yy - xy * xy
    rest = cv2.merge([(yy * x - xy * y) / known, (xx * y - xy * x) / known])
    length = cast(Plane, np.sqrt(squared_length(cast(Plane, rest))))
    weight = stepped(length, *RESIDUE_PX) * (length < LARGEST_RESIDUE_PX)
    return cast(Plane, cv2.resize(rest * cv2.merge([weight, weight]), now.shape[::-1]))


def resting(moved: Plane, least: float, rested: Grey, followed: Grey) -> Plane:
    """0 where a small motion fits no better than rest, 1 elsewhere, soft between: what motion is multiplied by.

    moved: squared motion. rested, followed: differences to the frame before, without and with the motion.
    """
    import cv2

    # Sums, and not means: a camera that begins to move changes less than half a level, and rounding would call it rest.
    better = cv2.boxFilter(cv2.subtract(rested, followed, dtype=cv2.CV_16S), -1, FITTED, normalize=False)
    believed = (((moved >= least) & (better > -REST_LOSS * FITTED[0] * FITTED[1])) | (better > 0)).astype(np.float32)
    return cast(Plane, cv2.blur(believed, FITTED))
