"""``--preserve-color`` on pictures and on numbered frames."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from allaprima.engines.color import LUMA, palette_of, recolored
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome

Command = Callable[..., Outcome]
PLAIN = ("--temporal", "off")


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number in range(1, 6):
        picture = photo[:64, :96] // 3 + 70 + 8 * number
        write_image(tmp_path / f"shot.{number}.png", Picture(picture))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def painted(command: Command, program: str, name: str, output: str, *arguments: str) -> np.ndarray:
    outcome = command(program, name, "-o", output, "-s", "starry", *arguments)
    assert outcome.code == 0, outcome.err
    return read_image(Path(output.replace("%d", "5"))).image


def chroma(picture: np.ndarray) -> np.ndarray:
    return picture - (picture @ np.array(LUMA))[..., None]


def test_luminance_alone_is_painted(command: Command, folder: Path) -> None:
    result = painted(command, "stylize-image", "shot.5.png", "out.png", "--preserve-color", "luminance")
    plain = painted(command, "stylize-image", "shot.5.png", "plain.png")
    content = read_image(folder / "shot.5.png").image
    inside = ((result > 0) & (result < 255)).all(axis=2)
    assert inside.mean() > 0.5
    assert np.abs(chroma(result) - chroma(content))[inside].max() <= 1
    assert np.abs((result.astype(float) - plain) @ np.array(LUMA)).max() <= 1
    assert np.abs(result.astype(float) - plain).max() > 20


def test_films_and_pictures_keep_luminance_alike(command: Command, folder: Path) -> None:
    frame = painted(command, "stylize-video", "shot.%d.png", "f.%d.png", *PLAIN, "--preserve-color", "luminance")
    np.testing.assert_array_equal(
        frame, painted(command, "stylize-image", "shot.5.png", "out.png", "--preserve-color", "luminance"))


@pytest.mark.parametrize("method", ["histogram", "coral"])
def test_a_matched_style_is_the_recoloured_picture(command: Command, folder: Path, method: str) -> None:
    exactly = "-m", "fast", "--precision", "fp32"
    result = painted(command, "stylize-image", "shot.5.png", "out.png", *exactly, "--preserve-color", method)
    from allaprima.bundled import bundled_styles

    palette = palette_of(read_image(folder / "shot.5.png").image)
    recoloured = recolored(read_image(bundled_styles()["starry"]).image, palette, method)  # type: ignore[arg-type]
    write_image(folder / "style.tif", Picture(np.rint(recoloured * 65535).astype(np.uint16)))
    outcome = command("stylize-image", "shot.5.png", "-o", "by-hand.png", "-s", "style.tif", *exactly)
    assert outcome.code == 0, outcome.err
    assert np.abs(result.astype(int) - read_image(folder / "by-hand.png").image).max() <= 2


def test_a_films_colours_are_those_of_its_frames_together(command: Command, folder: Path) -> None:
    frame = painted(command, "stylize-video", "shot.%d.png", "f.%d.png", *PLAIN, "--preserve-color", "histogram")
    alone = painted(command, "stylize-image", "shot.5.png", "out.png", "--preserve-color", "histogram")
    assert np.abs(frame.astype(int) - alone).max() > 3  # the last frame is the brightest: alone it asks for more
    again = painted(command, "stylize-video", "shot.%d.png", "f.%d.png", *PLAIN, "--overwrite",
                    "--preserve-color", "histogram")
    np.testing.assert_array_equal(frame, again)
