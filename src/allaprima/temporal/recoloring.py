"""Colours that follow the new frame: what is added to an older picture's, at an eighth of its size."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from allaprima.loops.readiness import loops_are_ready
from allaprima.temporal.anchors import Anchor, colors_of, likeness, own_places
from allaprima.temporal.detail import WorkingPicture
from allaprima.temporal.fields import Grey, Plane, sampled
from allaprima.temporal.surroundings import LEAST_WEIGHT, mean_around

COLOR_RATE = 0.05         # of the way to the new frame's colours, a frame: a wrong one is gone after some twenty
COLOR_FLICKER = 0.12      # of full scale: colours further away than flicker takes them are followed sooner
COLOR_TOLERANCE = 0.13    # of full scale: so wrong a colour is not shown (the whole picture changed, or a trail)
BESIDE = np.ones((5, 5), np.uint8)  # around a place that is not trusted, colours are mixtures with what lies there
GAPS = 3                  # pixels of the colours: what is missing is twice the mean over as many a side
AGREEING = 5              # places at half the size: colours are compared by the mean over as many a side
DISAGREE = (80.0, 40.0)   # of 255: colours that are others, and such as flicker takes them to
NEAR = np.ones((9, 9), np.uint8)  # around a place that has other colours, none are taken for its own
SOFT = (5, 5)             # at half the size: over so many places this ends
COLORS_AROUND = 7         # pixels of the colours: twice the mean over as many a side is taken where nothing is trusted


def recolored(anchor: Anchor, own: Plane, full: float) -> tuple[Anchor, Plane]:
    """The anchor with its colours drawn to the new frame's ``own``, and how like those they were, (h, w), 0 to 1.

    What is added to them becomes a weighted mean of what it was and of what is missing now, evened: weights from 0 to
    1, whatever they are from place to place, so that nothing that has been added can ever grow by itself. What is left
    to add must not be evened instead: a mean over three by three turns the finest stripes round, and they would grow.
    Where the anchor is not trusted, nothing is missing of its own: there it takes what is added around. Beside such
    places the new frame's colours are partly those of something else, and what is missing is what others around miss.
    """
    import cv2

    apart = cast(Plane, cv2.subtract(own, colors_of(anchor)))
    size = apart.shape[1::-1]
    sure = cv2.resize(cv2.erode(anchor.trust, BESIDE), size, interpolation=cv2.INTER_AREA)
    trust = cv2.resize(anchor.trust, size, interpolation=cv2.INTER_AREA)
    drawn = drawn_by_loops if loops_are_ready() else drawn_to
    offset, alike = drawn(apart, anchor.offset, cast(Plane, cv2.multiply(sure, sure)), cast(Plane, trust), full)
    return replace(anchor, offset=offset), alike


def drawn_to(apart: Plane, before: Plane, sure: Plane, trust: Plane, full: float) -> tuple[Plane, Plane]:
    """What is added to colours now, (h, w, 3), of what has been added before, and how like they were, (h, w).

    apart: the new frame's colours less theirs. sure: how far (h, w) what is missing is of a place's own.
    """
    import cv2

    gap = cv2.subtract(mean_around(apart, sure, GAPS)[0], before)
    rate = 1 - (1 - COLOR_RATE) * np.exp(-squared(cast(Plane, gap), full) * np.float32(COLOR_FLICKER**-2))
    size = squared(cast(Plane, cv2.subtract(cv2.GaussianBlur(apart, (3, 3), 0), before)), full)
    offset = cast(Plane, cv2.add(before, cv2.multiply(cv2.merge([trust * rate] * 3), gap)))
    if before.any():
        mean, _ = mean_around(before, trust, COLORS_AROUND)
        evened = cv2.multiply(cv2.merge([1 - trust] * 3), cv2.subtract(mean, before))
        offset = cast(Plane, cv2.add(offset, evened))
    return offset, np.exp(-size * np.float32(COLOR_TOLERANCE**-2))


def drawn_by_loops(apart: Plane, before: Plane, sure: Plane, trust: Plane, full: float) -> tuple[Plane, Plane]:
    """What ``drawn_to`` gives, by compiled loops: apart by what sums taken in another order are."""
    from allaprima.loops import recoloring as loops

    offset, alike, of_white = np.empty_like(before), np.empty_like(trust), 1 / (3 * full**2)
    settings = (np.float32(COLOR_RATE), np.float32(of_white * COLOR_FLICKER**-2),
                np.float32(of_white * COLOR_TOLERANCE**-2), np.float32(LEAST_WEIGHT))
    loops.recolored(apart, before, sure, trust, (GAPS // 2, COLORS_AROUND // 2), settings, offset, alike)
    return offset, alike


def squared(gap: Plane, full: float) -> Plane:
    """The mean square (h, w) of differences of colours (h, w, 3), of full scale."""
    import cv2

    red, green, blue = cv2.split(cv2.multiply(gap, gap))
    return cast(Plane, cv2.add(cv2.add(red, green), blue)) * np.float32(1 / (3 * full**2))


def agreeing(anchor: Anchor, now: WorkingPicture) -> Plane:
    """Where (h, w) the colours of an anchor are about those that the new frame is painted in, 0 to 1.

    now: the new frame's colours at any place (``detail.around``).
    Content may be what it was and its painting another: strokes reach far, and what was beside it has gone.
    """
    import cv2

    there = sampled(anchor.around, own_places(anchor.around, anchor.where, *now.shape[:2]))
    apart = cv2.blur(cv2.absdiff(there, now), (AGREEING, AGREEING))
    red, green, blue, _ = cv2.split(apart)
    most = cv2.max(cv2.max(red, green), blue)
    if most.dtype != np.uint8:
        most = cv2.convertScaleAbs(most, alpha=255)
    alike = cv2.LUT(cv2.dilate(most, NEAR), likeness(*DISAGREE))
    return cast(Plane, cv2.resize(cv2.blur(alike, SOFT), anchor.trust.shape[::-1]))


def shares_of(anchor: Anchor, share: Plane) -> Plane:
    """What is added to an anchor's colours, as far as it is seen, (h, w)."""
    import cv2

    return np.asarray(cv2.resize(share, anchor.offset.shape[1::-1])[..., None] * anchor.offset, np.float32)


def shifted(mixture: WorkingPicture, colors: Plane) -> WorkingPicture:
    """The mixture with its colours (h, w, 3) shifted; it may be changed in its place.

    In bytes what is added and what is taken is each its own, unless loops round both together, once.
    """
    import cv2

    if mixture.dtype == np.uint8 and loops_are_ready() and min(colors.shape[:2]) > 1:
        from allaprima.loops import recoloring as loops

        loops.shifted(cast(Grey, mixture), np.ascontiguousarray(colors))
        return mixture
    size = mixture.shape[1], mixture.shape[0]
    of_four = cv2.copyMakeBorder(colors.reshape(-1, 3), 0, 0, 0, 1, cv2.BORDER_CONSTANT, value=0)
    small = cast(Plane, of_four.reshape(*colors.shape[:2], 4))
    if mixture.dtype != np.uint8:
        return cast(WorkingPicture, cv2.add(mixture, cv2.resize(small, size)))
    added, taken = (cv2.convertScaleAbs(np.maximum(part, 0)) for part in (small, -small))
    if added.any():
        mixture = cast(WorkingPicture, cv2.add(mixture, cv2.resize(added, size)))
    return cast(WorkingPicture, cv2.subtract(mixture, cv2.resize(taken, size))) if taken.any() else mixture
