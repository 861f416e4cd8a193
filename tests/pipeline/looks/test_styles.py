"""What a user may name as a style."""

from pathlib import Path

import numpy as np
import pytest

from allaprima.bundled import bundled_styles
from allaprima.engines.identity import IdentityEngine
from allaprima.errors import OptionError, SourceError
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.looks.styles import load_style, parsed_style


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
