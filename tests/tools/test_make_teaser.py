"""The pictures in the README: small, and made by the tool."""

import numpy as np
from PIL import Image

from make_teaser import COLUMNS, GALLERY, GAP_PX, ROOT, SHOW_PX, TILE_PX, gallery, teaser

EXAMPLES = ROOT / "examples"
TEASER = ROOT / "docs" / "pictures" / "teaser.jpg"
COMMITTED = ROOT / "docs" / "pictures" / "gallery.jpg"


def test_a_teaser_shows_content_style_and_result_side_by_side() -> None:
    sheet = _sheet("none")
    width = (sheet.shape[1] - SHOW_PX - 2 * GAP_PX) // 2
    content, result = sheet[:, :width], sheet[:, -width:]
    assert np.array_equal(content, result)  # the identity leaves the content as it is
    assert np.abs(sheet[:, width + GAP_PX : width + GAP_PX + width // 2] - content[:, : width // 2]).mean() > 20


def test_the_committed_teaser_has_the_tools_layout_and_stays_small() -> None:
    with Image.open(TEASER) as committed:
        assert (committed.height, committed.width) == _sheet("none").shape[:2]
    assert TEASER.stat().st_size < 300_000


def test_the_committed_gallery_has_the_tools_layout_and_stays_small() -> None:
    made = gallery("none")
    rows = len(GALLERY) // COLUMNS
    assert rows * COLUMNS == len(GALLERY)
    assert made.size == (COLUMNS * (TILE_PX[0] + GAP_PX) - GAP_PX, rows * (TILE_PX[1] + GAP_PX) - GAP_PX)
    assert len({style for _, style in GALLERY}) == len(GALLERY)
    with Image.open(COMMITTED) as committed:
        assert committed.size == made.size
    assert COMMITTED.stat().st_size < 500_000


def _sheet(model: str) -> np.ndarray:
    return np.asarray(teaser(EXAMPLES / "photos" / "pagoda.jpg", "woodcut", model), np.float32)
