"""The size of strokes as one number: lines at which a network works, and how large the style is looked at."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from allaprima.config import ImageOptions, VideoOptions
from allaprima.curves import constant
from allaprima.engines import Look, Style, settled
from allaprima.engines.identity import IdentityEngine
from allaprima.errors import OptionError
from allaprima.frames import Pixels
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.jobs.stills import paint_still
from allaprima.pipeline.looks.brush import brush_of, working_height
from allaprima.pipeline.looks.styles import write_style
from allaprima.pipeline.looks.tracks import load_track
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.sizes import BRUSHES, look_at_scale, parsed_brush
from standin import chance_fit, chance_style, quick_engine


class Telling(IdentityEngine):
    """Encodes a picture as the scale that it is looked at at."""

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
        style = super().encode(picture, name, scale)
        style.code[0] = scale
        return style


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_image(Path("a.png"), Picture(np.full((32, 32, 3), 90, np.uint8)))
    write_style(Path("broad.style"), chance_style("broad", 1, chance_fit(1, brush=200)))
    write_style(Path("narrow.style"), chance_style("narrow", 2, chance_fit(2, brush=600)))
    return tmp_path


def test_brushes_go_by_names_and_numbers() -> None:
    assert [parsed_brush(name) for name in ("fine", "medium", "coarse", "333")] == [*BRUSHES.values(), 333]
    for text in ("broad", "3", "", "-400", "4e2"):
        with pytest.raises(OptionError, match="no brush"):
            parsed_brush(text)


def test_fewer_lines_look_at_the_style_larger() -> None:
    assert look_at_scale(None) == look_at_scale(BRUSHES["medium"]) == 1
    assert look_at_scale(100) == 2
    assert look_at_scale(BRUSHES["fine"]) < 1 < look_at_scale(BRUSHES["coarse"])


def test_a_fitted_style_keeps_its_brush_and_others_have_the_medium_one(folder: Path) -> None:
    engine = Telling()

    def lines(spec: str) -> int:
        return brush_of(load_track(spec, engine, constant(1.0)))

    assert lines("a.png") == BRUSHES["medium"]
    assert lines("broad.style") == 200
    assert lines("broad.style:3+narrow.style") == 300
    assert lines("24f:broad.style,48f:narrow.style") == 200
    look = Look(settled([(chance_style("a", 1, chance_fit(1, brush=200)), 0.5), (chance_style("b", 2), 0.5)]))
    assert working_height("brush", look) == 300
    assert working_height(512, look) == 512
    assert working_height(None, look) is None


def test_a_brush_is_how_large_styles_are_looked_at_unless_they_are_fitted(folder: Path) -> None:
    track = load_track(["a.png"], Telling(), constant(1.0), scale=3.0, brush=100)
    assert track.at(Fraction(0)).style.code[0] == 6
    assert load_track("broad.style", Telling(), constant(1.0), brush=100).at(Fraction(0)).style.fitted


def test_large_pictures_are_painted_at_the_lines_of_the_brush(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = quick_engine(TorchRuntime())
    write_image(Path("photo.png"), Picture(np.full((90, 120, 3), 90, np.uint8)))
    seen = []
    monkeypatch.setattr("allaprima.engines.detail.shrunk",
                        lambda picture, lines: seen.append(lines) or picture[:lines, :lines])
    monkeypatch.setattr("allaprima.engines.detail.change_upsampled", lambda content, small, painted: content)
    look = Look(chance_style("a", 1, chance_fit(1, brush=64)))
    paint_still(Path("photo.png"), Path("one.png"), engine, look)
    paint_still(Path("photo.png"), Path("two.png"), engine, look, ImageOptions(detail=72))
    assert seen == [64, 72]


def test_pictures_and_films_are_painted_by_the_brush_unless_told_otherwise() -> None:
    assert ImageOptions().detail == VideoOptions().detail == "brush"
