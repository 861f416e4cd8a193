"""The compiled search of motion, run as Python: it finds what moved, as well as OpenCV's."""

import cv2
import numpy as np
import pytest

from allaprima.temporal.dense import halvings, searched_motion
from allaprima.temporal.flow import dense_flow
from temporal_scenes import texture

SIZE = (44, 64)
STRIDE = 5


def moved(shift: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """A picture, and one in which all has moved so far."""
    first = cv2.GaussianBlur(texture(*SIZE, 3)[..., 0], (0, 0), 1.5)
    return first, cv2.warpAffine(first, np.float32([[1, 0, shift[0]], [0, 1, shift[1]]]), SIZE[::-1],
                                 borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("shift", [(1.5, -0.75), (4, 2)])
def test_what_has_moved_is_found(shift: tuple[float, float]) -> None:
    found = searched_motion(*moved(shift), None, STRIDE)
    inner = np.s_[8:-8, 8:-8]
    assert found.shape == (*SIZE, 2)
    assert np.abs(found[inner] - shift).mean() < 0.15


def test_it_fits_as_well_as_the_reference() -> None:
    first, second = moved((2.5, 1))
    left = [np.abs(cv2.remap(second, np.float32(np.mgrid[:SIZE[0], :SIZE[1]][::-1].transpose(1, 2, 0)) + motion, None,
                             cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(int) - first).mean()
            for motion in (dense_flow(first, second), searched_motion(first, second, None, STRIDE))]
    assert left[1] < 1.1 * left[0] + 0.1


def test_where_nothing_moves_nothing_is_searched() -> None:
    moves = np.ones(SIZE, np.float32)
    moves[:, 32:] = 0
    found = searched_motion(*moved((2, 0)), moves, STRIDE)
    assert not found[:, 48:].any()
    assert np.abs(found[8:-8, 8:24] - [2, 0]).mean() < 0.2


def test_the_search_begins_as_small_as_the_reference_does() -> None:
    assert [halvings(*size) for size in ((180, 320), (90, 160), (16, 16), (8, 8))] == [3, 2, 0, 0]
