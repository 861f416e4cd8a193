"""Sheets of one content in one style."""

import io

import numpy as np
import pytest
from PIL import Image

from allaprima.evaluate.candidates import candidates_for
from allaprima.evaluate.comparison import (
    HEADER,
    compared,
    comparison_html,
    comparison_png,
    comparison_rows,
)
from allaprima.evaluate.judge import Judge
from allaprima.evaluate.pictures import Sample
from allaprima.runtimes.pytorch import TorchRuntime


def test_models_stand_beside_each_other_with_their_measures(judge: Judge, squares: list[Sample]) -> None:
    content, style = squares[:2]
    done = compared(content, style, candidates_for(["none", "balanced"], TorchRuntime()), judge)
    assert [painted.name for painted in done] == ["none", "balanced"]
    assert np.array_equal(done[0].image, content.image)
    assert done[0].measures.content == 0
    assert done[1].measures.content > 0
    assert done[1].measures.seconds > 0
    assert all(len(row) == len(HEADER) for row in comparison_rows(done))
    page = comparison_html(content, style, done)
    assert page.count("data:image/png") == 4
    assert "one in the style of two" in page
    sheet = Image.open(io.BytesIO(comparison_png(content, style, done)))
    assert sheet.size == (4 * 48 + 5 * 12, 48 + 24)


@pytest.mark.parametrize("size", [None, 24, 1000])
def test_whole_pictures_are_made_smaller_only(tmp_path_factory: pytest.TempPathFactory, size: int | None) -> None:
    from allaprima.evaluate.pictures import load_whole
    from allaprima.sheets import encode_png

    path = tmp_path_factory.mktemp("whole") / "a.png"
    path.write_bytes(encode_png(np.full((36, 72, 3), 100, np.uint8)))
    shape = load_whole(path, size).image.shape
    assert shape == ((24, 48, 3) if size == 24 else (36, 72, 3))
