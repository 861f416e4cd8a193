"""The painting tool: it paints the committed pictures again."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paint_styles import PAINTERS, painted

STYLES = Path(__file__).parents[2] / "examples" / "styles"
QUICK = ("woodcut", "stained-glass")


def test_every_style_has_its_painter_and_every_painter_its_style() -> None:
    assert sorted(PAINTERS) == sorted(path.stem for path in STYLES.glob("*.jpg"))


@pytest.mark.parametrize("name", QUICK)
def test_the_tool_paints_the_committed_picture_again(name: str) -> None:
    # At 96 px: JPEG and the rounding of other OpenCV versions vanish, a moved shape or another palette does not.
    again, committed = (_small(picture) for picture in (painted(name), Image.open(STYLES / f"{name}.jpg")))
    assert np.abs(again - committed).mean() < 1.5
    assert np.abs(again - committed).max() < 24


def test_two_styles_are_further_apart_than_that() -> None:
    first, second = (_small(Image.open(STYLES / f"{name}.jpg")) for name in QUICK)
    assert np.abs(first - second).mean() > 15


def _small(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB").resize((96, 96), Image.Resampling.BOX), np.float32)
