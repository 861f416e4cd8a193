import time
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from allaprima.sheets import encode_png

RNG = np.random.default_rng(5)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (70, 9), (5, 7, 1), (5, 7, 3), (130, 7, 4)])
def test_opencv_reads_back_every_value(shape: tuple[int, ...], dtype: type[np.uint8] | type[np.uint16]) -> None:
    image = RNG.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)
    seen = cv2.imdecode(np.frombuffer(encode_png(image), np.uint8), cv2.IMREAD_UNCHANGED)
    order = [0] if seen.ndim == 2 else [2, 1, 0, 3][:seen.shape[2]]
    np.testing.assert_array_equal(seen.reshape(*shape[:2], -1)[..., order], image.reshape(*shape[:2], -1))


def test_grey_with_alpha_is_read_back() -> None:
    image = RNG.integers(0, 256, (6, 4, 2), dtype=np.uint8)
    with Image.open(BytesIO(encode_png(image))) as seen:
        assert seen.mode == "LA"
        np.testing.assert_array_equal(np.asarray(seen), image)


def test_smooth_pictures_are_packed_well_below_their_size() -> None:
    y, x = np.mgrid[:256, :256]
    image = np.dstack([x, y, (x + y) // 2]).astype(np.uint8)
    assert len(encode_png(image)) < image.nbytes / 50


def test_what_no_png_can_hold_is_refused() -> None:
    for wrong in (np.zeros((2, 2, 5), np.uint8), np.zeros((2, 2, 3), np.float32), np.zeros((0, 2, 3), np.uint8)):
        with pytest.raises(ValueError, match="PNG holds"):
            encode_png(wrong)


def test_a_large_sheet_is_written_in_seconds() -> None:
    image = np.repeat(RNG.integers(0, 256, (1080, 240, 3), dtype=np.uint8), 8, axis=1)
    begin = time.process_time()
    encode_png(image)
    assert time.process_time() - begin < 5
