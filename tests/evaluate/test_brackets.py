"""A content in a style, bracketed by strength and by brush or style scale; a photograph in several styles."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from allaprima.engines import AdaINEngine
from allaprima.evaluate.brackets import bracketed, rows_by_brush, rows_by_scale, sheet_html, sheet_png
from allaprima.evaluate.pictures import Sample
from allaprima.evaluate.style_sheet import style_sheet
from allaprima.io.still.picture import Picture as Still
from allaprima.io.still.writing import write_image
from allaprima.pipeline.looks.styles import write_style
from allaprima.runtimes.pytorch import TorchRuntime
from standin import chance_fit, chance_style, quick_engine


@pytest.fixture(scope="module")
def engine() -> AdaINEngine:
    return quick_engine(TorchRuntime())


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_image(Path("art.png"), Still(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)))
    write_style(Path("fitted.style"), chance_style("fitted", 1, chance_fit(1, brush=64)))
    return tmp_path


def photograph(height: int = 48, width: int = 60) -> Sample:
    return Sample("photo", np.random.default_rng(1).random((height, width, 3), np.float32))


def test_a_bracket_has_a_row_for_each_scale_and_a_column_for_each_strength(engine: AdaINEngine) -> None:
    content = photograph()
    rows = rows_by_scale("art.png", engine, (0.5, 1.0))
    shown = bracketed(content, rows, (0.0, 0.5, 1.0), 48)
    assert [len(row) for row in shown] == [3, 3]
    for row in shown:
        np.testing.assert_allclose(row[0], content.image, atol=1 / 250)
        assert np.abs(row[1] - content.image).mean() < np.abs(row[2] - content.image).mean()
    assert not np.array_equal(shown[0][2], shown[1][2])
    assert sheet_html("title", rows, shown, (0.0, 0.5, 1.0)).count("data:image/png") == 6
    assert Image.open(io.BytesIO(sheet_png(shown))).size == (3 * 60 + 4 * 12, 2 * 48 + 3 * 12)


def test_by_brush_large_pictures_are_painted_at_its_lines_and_shown_small(engine: AdaINEngine) -> None:
    rows = rows_by_brush("fitted.style", engine, ("64", "80"))
    assert [row.caption for row in rows] == ["brush 64", "brush 80"]
    assert all(row.style.fitted for row in rows)
    shown = bracketed(photograph(96, 128), rows, (1.0,), 48)
    assert [row[0].shape for row in shown] == [(48, 64, 3)] * 2
    assert not np.array_equal(shown[0][0], shown[1][0])


def test_styles_stand_on_a_sheet_after_the_photograph(engine: AdaINEngine) -> None:
    done: list[int] = []
    photo = np.random.default_rng(2).integers(0, 256, (48, 60, 3), np.uint8)
    sheet = Image.open(io.BytesIO(style_sheet(photo, ["art.png", "fitted.style"], engine, done.append)))
    assert sheet.size == (3 * 325 + 4 * 12, 260 + 28 + 24)
    assert done == [1, 1]
