"""``allaprima quilt``, as a shell would run it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.outcome import Outcome

Command = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(photo).save("art.png")
    Image.fromarray(photo[:80, ::-1]).save("photo.jpg")
    return tmp_path


def size_of(name: str) -> tuple[int, int]:
    with Image.open(name) as image:
        return image.size


def test_textures_and_drawings_are_written_at_their_sizes(command: Command, folder: Path) -> None:
    assert command("allaprima", "quilt", "art.png", "--size", "150x90").code == 0
    assert size_of("art-quilt.png") == (150, 90)
    assert command("allaprima", "quilt", "art.png", "--size", "96", "--seamless", "-o", "s.jpg").code == 0
    assert size_of("s.jpg") == (96, 96)
    assert command("allaprima", "quilt", "art.png", "--onto", "photo.jpg", "--block", "24").code == 0
    assert size_of("art-photo.png") == (200, 80)
    painted = command("stylize-image", "photo.jpg", "-s", "art-quilt.png", "-m", "none", "-o", "out.png")
    assert painted.code == 0, painted.err


@pytest.mark.parametrize(("arguments", "words"), [
    (("--onto", "photo.jpg", "--size", "90"), "keeps its size"),
    (("--onto", "photo.jpg", "--seamless"), "does not repeat"),
    (("--size", "20000x20000"), "too large"),
    (("--size", "4x4"), "no room for blocks"),
    (("-o", "art.png", "--overwrite"), "the input itself"),
    (("-o", "out.xyz"), "cannot be written as .xyz"),
])
def test_what_cannot_be_is_refused(command: Command, folder: Path, arguments: tuple[str, ...], words: str) -> None:
    outcome = command("allaprima", "quilt", "art.png", *arguments)
    assert outcome.code != 0
    assert words in outcome.err
    assert outcome.err.count("error:") == 1
