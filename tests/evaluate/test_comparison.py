"""Sheets of one content in one style."""

import io

import numpy as np
import pytest
from PIL import Image

from allaprima.engines import engine_for
from allaprima.evaluate.candidates import candidates_for
from allaprima.evaluate.comparison import (
    HEADER,
    bracketed,
    compared,
    comparison_html,
    comparison_png,
    comparison_rows,
    sheet_html,
    sheet_png,
)
from allaprima.evaluate.judge import Judge
from allaprima.evaluate.pictures import Picture
from allaprima.runtimes.pytorch import TorchRuntime


def test_models_stand_beside_each_other_with_their_measures(judge: Judge, squares: list[Picture]) -> None:
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


def test_a_bracket_has_a_row_for_each_scale_and_a_column_for_each_strength(squares: list[Picture]) -> None:
    engine = engine_for("balanced", TorchRuntime())
    rows = bracketed(squares[0], squares[1], engine, (0.0, 0.5, 1.0), (0.5, 1.0))
    assert [len(row) for row in rows] == [3, 3]
    for row in rows:
        np.testing.assert_allclose(row[0], squares[0].image, atol=1e-6)
        away = [float(np.abs(picture - squares[0].image).mean()) for picture in row]
        assert away[0] < away[1]
        assert away[0] < away[2]
    assert not np.array_equal(rows[0][2], rows[1][2])
    assert sheet_html("title", rows, (0.0, 0.5, 1.0), (0.5, 1.0)).count("data:image/png") == 6
    assert Image.open(io.BytesIO(sheet_png(rows))).size == (3 * 48 + 4 * 12, 2 * 48 + 3 * 12)


@pytest.mark.parametrize("size", [None, 24, 1000])
def test_whole_pictures_are_made_smaller_only(tmp_path_factory: pytest.TempPathFactory, size: int | None) -> None:
    from allaprima.evaluate.pictures import load_whole
    from allaprima.sheets import encode_png

    path = tmp_path_factory.mktemp("whole") / "a.png"
    path.write_bytes(encode_png(np.full((36, 72, 3), 100, np.uint8)))
    shape = load_whole(path, size).image.shape
    assert shape == ((24, 48, 3) if size == 24 else (36, 72, 3))
