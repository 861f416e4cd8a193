import numpy as np

from allaprima.temporal.fields import Plane, sampling_grid
from allaprima.temporal.outlines import beside, taken
from allaprima.temporal.proxies import Proxy

SIZE = (90, 160)
SHIFT = 3


def textured(seed: int) -> Proxy:
    import cv2

    rough = np.random.default_rng(seed).integers(0, 256, (*SIZE, 4), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(rough, (0, 0), 2), np.uint8)


def square(left: int) -> tuple[slice, slice]:
    return np.s_[30:60, left:left + 40]


def two() -> tuple[Proxy, Proxy, Plane]:
    """A square that moves over a ground that rests, before and after, and the motion back."""
    ground, thing = textured(1), textured(2)
    before, after = ground.copy(), ground.copy()
    before[square(60)] = thing[square(60)]
    after[square(60 + SHIFT)] = thing[square(60)]
    motion = np.zeros((*SIZE, 2), np.float32)
    motion[square(60 + SHIFT)] = [-SHIFT, 0]
    return before, after, motion


def test_a_motion_that_spills_over_an_outline_is_drawn_back_to_it() -> None:
    before, after, motion = two()
    spilt = motion.copy()
    spilt[26:64, 60 + SHIFT - 4:100 + SHIFT + 4] = [-SHIFT, 0]
    mended = taken(spilt, beside(spilt, after, before))
    wrong, still_wrong = ((np.abs(found - motion).max(axis=2) > 0) for found in (spilt, mended))
    assert wrong.sum() > 500
    assert still_wrong.sum() < 0.25 * wrong.sum()


def test_a_motion_that_fits_is_left_alone() -> None:
    before, after, motion = two()
    shift = beside(motion, after, before)
    inner = np.s_[34:56, 60 + SHIFT + 4:96 + SHIFT]
    assert not shift[inner].any()
    assert not shift[:, :50].any()


def test_what_lies_a_shift_away_is_taken() -> None:
    motion = sampling_grid(20, 30).copy()
    shift = np.zeros((20, 30, 2), np.float32)
    shift[8:12, 10:18] = [4, -2]
    assert np.array_equal(taken(motion, shift), motion + shift)
