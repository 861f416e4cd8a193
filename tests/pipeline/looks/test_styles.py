"""What a user may name as a style."""

from pathlib import Path

import numpy as np
import pytest

from allaprima import library, weights
from allaprima.bundled import bundled_styles
from allaprima.engines.fitted import digest_of
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import Sight, Style
from allaprima.engines.style_files import StyleFile
from allaprima.errors import OptionError, SourceError
from allaprima.frames import Pixels
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.looks.styles import (
    encoded,
    load_style,
    load_styles,
    parsed_style,
    read_style,
    read_style_file,
    shown_picture,
    write_style,
)
from standin import SHA256, chance_fit, chance_style


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("a.png", "b.png", "a+b.png", "a:2.png", "5"):
        target = tmp_path / (name if "." in name else f"{name}.png")
        write_image(target, Picture(np.zeros((32, 32, 3), np.uint8)))
        if "." not in name:
            target.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("spec", "expected"), [
    ("a.png", [("a.png", 1)]),
    ("a.png:0.7+b.png:0.3", [("a.png", 0.7), ("b.png", 0.3)]),
    ("a.png+b.png", [("a.png", 1), ("b.png", 1)]),
    ("a+b.png", [("a+b.png", 1)]),
    ("a:2.png", [("a:2.png", 1)]),
    ("a:2.png:4 + b.png", [("a:2.png", 4), ("b.png", 1)]),
    ("5", [("5", 1)]),
])
def test_a_spec_is_read_as_written(folder: Path, spec: str, expected: list[tuple[str, float]]) -> None:
    assert [(str(path), weight) for path, weight in parsed_style(spec)] == expected


class Sighted(IdentityEngine):
    """Notes the scales and the sights that it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[float, float | None]] = []
        self.pictures: list[np.ndarray] = []

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        self.asked.append((scale, None if sight is None else sight.scale))
        self.pictures += [] if sight is None else [sight.picture]
        return super().encode(picture, name, scale)


@pytest.mark.parametrize(("refined", "sight_scale", "sights"), [
    (True, None, [2, 1]), (True, 2, [2, 2]), (False, 2, [None, None])])
def test_pictures_are_looked_at_twice_at_the_scales_that_are_asked_for(
        folder: Path, refined: bool, sight_scale: float | None, sights: list[float | None]) -> None:
    engine = Sighted()
    load_styles("a.png", engine, [2, 1], refined=refined, sight_scale=sight_scale)
    assert engine.asked == list(zip([2, 1], sights, strict=True))
    encoded(Path("a.png"), engine, [2, 1], sight_scale=3)
    assert engine.asked[2:] == [(2, 3), (1, 3)]


def test_what_was_fitted_for_the_network_is_looked_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IdentityEngine, "settings", {"weights": weights.named("balanced").sha256[:12]})
    engine = Sighted()
    load_styles(next(iter(bundled_styles())), engine, [1, 1.5])
    assert engine.asked == [(1, None), (1.5, 1.5)]


def test_pictures_in_other_colours_are_refined_as_in_their_own(folder: Path) -> None:
    engine = Sighted()
    encoded(Path("a.png"), engine, [1], lambda picture: picture + np.uint8(9))
    assert engine.asked == [(1, 1)]
    assert engine.pictures[0].max() == 0


def test_bundled_styles_are_found_by_name_and_can_be_blended(folder: Path) -> None:
    names = list(bundled_styles())
    assert len(names) >= 6
    paths = [path for path, _ in parsed_style(f"{names[0]}:2+a.png+{names[1]}")]
    assert paths == [bundled_styles()[names[0]], Path("a.png"), bundled_styles()[names[1]]]


@pytest.mark.parametrize("spec", ["missing.jpg", "a.png:x", "a.png+", "+", ":", "http://a/b.jpg"])
def test_what_is_no_style_is_refused_with_the_bundled_names(folder: Path, spec: str) -> None:
    with pytest.raises(SourceError, match="no style picture") as caught:
        parsed_style(spec)
    assert next(iter(bundled_styles())) in str(caught.value.hint)


def test_a_negative_weight_is_refused(folder: Path) -> None:
    with pytest.raises(OptionError, match="out of range"):
        parsed_style("a.png:-1+b.png")


def test_a_folder_is_no_style(folder: Path) -> None:
    with pytest.raises(SourceError, match="is a folder"):
        parsed_style(str(folder))


def test_a_style_is_named_after_its_file(folder: Path) -> None:
    assert load_style("a.png", IdentityEngine()).name == "a"


def test_a_fitted_style_is_written_with_its_fit_and_read_back(folder: Path) -> None:
    fitted = chance_style("art", 1, chance_fit(1))
    write_style(Path("art.style"), StyleFile(fitted, np.zeros((4, 6, 3), np.uint8), {"steps": 9}))
    write_style(Path("plain.style"), chance_style("plain", 2))
    assert digest_of(read_style(Path("art.style")).fitted[0]) == digest_of(fitted.fitted[0])
    assert read_style_file(Path("art.style")).recipe == {"steps": 9}
    assert Path("plain.style").read_text(encoding="utf-8").startswith("{")
    blend = load_style("art.style:3+plain.style", IdentityEngine())
    assert blend.settled
    assert [share for _, share in blend.mixture(SHA256)] == [0.75]
    write_style(Path("blend.style"), blend)
    assert [share for _, share in read_style(Path("blend.style")).mixture(SHA256)] == [0.75]
    shown = shown_picture("art.style")
    assert shown is not None
    assert shown.shape == (4, 6, 3)
    assert shown_picture("plain.style") is None


def test_a_broken_style_file_is_refused_with_its_name(folder: Path) -> None:
    write_style(Path("art.style"), chance_style("art", 1, chance_fit(1)))
    Path("art.style").write_bytes(Path("art.style").read_bytes()[:9000])
    with pytest.raises(SourceError, match=r"cannot read art\.style: it is no style file"):
        read_style(Path("art.style"))


def test_a_bundled_style_is_painted_by_what_was_fitted_to_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = next(iter(bundled_styles()))
    write_style(Path("fit.style"), chance_style(name, 1, chance_fit(1)))
    monkeypatch.setattr(library, "bundled_fits", lambda: {name: Path("fit.style")})
    engine = IdentityEngine()
    assert load_style(name, engine).mixture(SHA256)
    assert not load_style(name, engine, 2.0).mixture(SHA256)  # looked at at another size it is another style
    assert not load_style("a.png", engine).mixture(SHA256)
    assert all(style.fitted for style in load_styles(name, engine, [1.0, 0.5], fitted=True))
