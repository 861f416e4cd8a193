"""Colours that follow the new frame: what is added to an older picture's, at an eighth of its size."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np

from allaprima.temporal.anchors import Anchor, colors_of, likeness, own_places
from allaprima.temporal.detail import WorkingPicture, around
from allaprima.temporal.fields import Plane, sampled
from allaprima.temporal.surroundings import mean_around

COLOR_RATE = 0.05         # of the way to the new frame's colours, a frame: a wrong one is gone after some twenty
COLOR_FLICKER = 0.1       # of full scale: colours further away than flicker takes them are followed sooner
COLOR_TOLERANCE = 0.2     # of full scale: so wrong a colour is not shown (the whole picture changed, or a trail)
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
    Where the anchor is not trusted, nothing is missing of its own: there it takes what is added around.
    """
    import cv2

    gap = cv2.GaussianBlur(own - colors_of(anchor), (3, 3), 0) - anchor.offset
    size = np.square(gap).mean(axis=2, keepdims=True) / np.float32(full**2)
    rate = 1 - (1 - COLOR_RATE) * np.exp(-size * np.float32(COLOR_FLICKER**-2))
    trust = cv2.resize(anchor.trust, anchor.offset.shape[1::-1], interpolation=cv2.INTER_AREA)
    mean, _ = mean_around(anchor.offset, cast(Plane, trust), COLORS_AROUND)
    offset = anchor.offset + trust[..., None] * (rate * gap) + (1 - trust[..., None]) * (mean - anchor.offset)
    return (replace(anchor, offset=offset),
            np.asarray(np.exp(-size[..., 0] * np.float32(COLOR_TOLERANCE**-2)), np.float32))


def agreeing(anchor: Anchor, painted: WorkingPicture) -> Plane:
    """Where (h, w) the colours of an anchor are about those that the new frame is painted in, 0 to 1.

    Content may be what it was and its painting another: strokes reach far, and what was beside it has gone.
    """
    import cv2

    now = around(painted)
    there = sampled(anchor.around, own_places(anchor.around, anchor.where, *now.shape[:2]))
    apart = cv2.blur(cv2.absdiff(there, now), (AGREEING, AGREEING))
    red, green, blue = cv2.split(apart)
    most = cv2.max(cv2.max(red, green), blue)
    if most.dtype != np.uint8:
        most = cv2.convertScaleAbs(most, alpha=255)
    alike = cv2.erode(cv2.LUT(most, likeness(*DISAGREE)), NEAR)
    return cast(Plane, cv2.resize(cv2.blur(alike, SOFT), anchor.trust.shape[::-1]))


def over(colors: Plane, anchor: Anchor, weight: Plane) -> Plane:
    """What is added to colours, with what is added to an anchor's laid over it by its weight."""
    import cv2

    coarse = cv2.resize(weight, colors.shape[1::-1])[..., None]
    return colors + coarse * (anchor.offset - colors)


def shifted(mixture: WorkingPicture, colors: Plane) -> WorkingPicture:
    """The mixture with its colours shifted."""
    import cv2

    size = mixture.shape[1], mixture.shape[0]
    if mixture.dtype == np.uint8:
        shift = cv2.resize(np.rint(colors).astype(np.int16), size)
        return cast(WorkingPicture, cv2.add(mixture, shift, dtype=cv2.CV_8U))
    return cast(WorkingPicture, cv2.add(mixture, cv2.resize(colors, size)))
