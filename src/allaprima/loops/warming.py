"""Every loop called once, with next to nothing: it is compiled then, or read from where that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numba import config

from allaprima.loops import doubling, laying, outlines, recoloring, search, weights

SIZE = 16


def call_all() -> None:
    """Calls every loop as it is called later, in the types that it is called with."""
    with vectors_of_sums():
        call_laying()
        call_search()
        call_outlines()
        call_colors()
        doubling.doubled(np.zeros((SIZE, SIZE, 4), np.uint8), np.zeros(5, np.float32),
                         np.zeros((2 * SIZE, 2 * SIZE, 4), np.uint8))


@contextmanager
def vectors_of_sums() -> Iterator[None]:
    """Within, what stands in a row is put into vector registers too, not only what is done in turns.

    That halves the time of the search. It belongs to all that numba compiles in a process, hence only for so long.
    """
    before = getattr(config, "SLP_VECTORIZE", 0)
    setattr(config, "SLP_VECTORIZE", 1)  # noqa: B010  # numba fills its module of settings as it is loaded
    try:
        yield
    finally:
        setattr(config, "SLP_VECTORIZE", before)  # noqa: B010


def call_laying() -> None:
    """A picture laid over one of its size, and over one of half its size."""
    picture, larger = np.zeros((SIZE, SIZE), np.uint32), np.zeros((2 * SIZE, 2 * SIZE), np.uint32)
    places, weight = np.zeros((SIZE // 2, SIZE // 2, 2), np.float32), np.ones((SIZE // 2, SIZE // 2), np.float32)
    laying.lay(picture, picture.copy(), places, weight)
    laying.lay(picture, larger, places, weight)
    flat, one = weight.reshape(-1), np.float32(1)
    weights.weights(flat, flat.copy(), one, one, one, flat.copy())
    weights.cleared(weight, np.float32(0), weight.copy())


def call_search() -> None:
    """The search of motion, where nothing moves."""
    field = np.zeros((SIZE, SIZE), np.float32)
    bordered = np.pad(field, search.BORDER)
    found, motion = np.zeros((2, 2, 2), np.float32), np.zeros((SIZE, SIZE, 2), np.float32)
    search.searched(field, field, field, bordered, field, search.PATCH, found)
    search.spread(field, bordered, found, search.PATCH, motion)


def call_outlines() -> None:
    """Motion drawn to outlines, where there are none."""
    motion, picture = np.zeros((SIZE, SIZE, 2), np.float32), np.zeros((SIZE, SIZE), np.uint32)
    outlines.drawn(motion, picture, picture, 5, motion.copy())


def call_colors() -> None:
    """Colours drawn to others that are the same, and a picture's shifted by none."""
    colors, plane = np.zeros((SIZE, SIZE, 3), np.float32), np.zeros((SIZE, SIZE), np.float32)
    one = np.float32(1)
    recoloring.recolored(colors, colors, plane, plane, (1, 3), (one, one, one, one), colors.copy(), plane.copy())
    recoloring.shifted(np.zeros((SIZE, SIZE, 4), np.uint8), colors)
