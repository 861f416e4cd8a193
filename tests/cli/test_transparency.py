"""What cannot be seen takes no part: of pictures, films, styles and masks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome

Command = Callable[..., Outcome]
HEIGHT, WIDTH = 64, 160
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH]
SEEN = (ROWS - 30) ** 2 + (COLUMNS - 70) ** 2 < 24**2


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    content = photo[:HEIGHT, :WIDTH]
    alpha = np.where(SEEN, 255, 0).astype(np.uint8)
    write_image(tmp_path / "content.png", Picture(content))
    noise = np.random.default_rng(1).integers(0, 256, content.shape)
    for name, under in (("black", 0), ("white", 255), ("noise", noise)):
        hidden = np.where(SEEN[..., None], content, under).astype(np.uint8)
        write_image(tmp_path / f"{name}.png", Picture(hidden, alpha))
        film(tmp_path / f"{name}.mkv", np.dstack([hidden, alpha]))
    write_image(tmp_path / "clear.png", Picture(content, np.zeros_like(alpha)))
    write_image(tmp_path / "mask.png", Picture(np.full_like(content, 255), alpha))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def film(path: Path, picture: np.ndarray, frames: int = 4) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "bgra"
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgba")))
        container.mux(stream.encode(None))


def frames_of(path: str, form: str = "rgba") -> np.ndarray:
    with av.open(path) as container:
        return np.stack([frame.to_ndarray(format=form) for frame in container.decode(video=0)]).astype(int)


@pytest.mark.parametrize("more", [(), ("--size", "48"), ("--preserve-color", "histogram")])
def test_pictures_that_are_seen_alike_are_painted_alike(command: Command, folder: Path, more: tuple[str, ...]) -> None:
    results = []
    for name in ("black", "white", "noise"):
        outcome = command("stylize-image", f"{name}.png", "-s", "starry", "-o", f"out-{name}.png", *more)
        assert outcome.code == 0, outcome.err
        results.append(read_image(folder / f"out-{name}.png"))
    alpha = results[0].alpha
    assert alpha is not None
    for other in results[1:]:
        np.testing.assert_array_equal(other.alpha, alpha)
        np.testing.assert_array_equal(other.image[alpha > 0], results[0].image[alpha > 0])


@pytest.mark.parametrize("temporal", ["off", "fast", "best"])
def test_films_that_are_seen_alike_are_painted_alike(command: Command, folder: Path, temporal: str) -> None:
    results = []
    for name in ("black", "noise"):
        outcome = command("stylize-video", f"{name}.mkv", "-s", "starry", "--temporal", temporal, "--codec", "ffv1",
                          "-o", f"out-{name}.mkv")
        assert outcome.code == 0, outcome.err
        results.append(frames_of(f"out-{name}.mkv"))
    np.testing.assert_array_equal(results[0][..., 3], np.broadcast_to(255 * SEEN, results[0].shape[:3]))
    np.testing.assert_array_equal(results[0][:, SEEN], results[1][:, SEEN])


def test_a_film_without_alpha_lies_on_white(command: Command, folder: Path) -> None:
    outcome = command("stylize-video", "noise.mkv", "-s", "starry", "-m", "none", "--crf", "8", "-o", "out.mp4")
    assert outcome.code == 0, outcome.err
    assert "laid on white" in outcome.err
    shown = frames_of("out.mp4", "rgb24")
    far = (ROWS - 30) ** 2 + (COLUMNS - 70) ** 2 > 32**2
    assert np.abs(shown[:, far] - 255).max() <= 16  # what the codec rings
    assert np.abs(shown[:, far] - 255).mean() < 0.5


def test_a_cut_out_as_a_style_is_what_is_seen_of_it(command: Command, folder: Path) -> None:
    results = []
    for name in ("black", "white"):
        outcome = command("stylize-image", "content.png", "-s", f"{name}.png", "-o", "out.png", "--overwrite")
        assert outcome.code == 0, outcome.err
        results.append(read_image(folder / "out.png").image.astype(int))
    np.testing.assert_array_equal(*results)


def test_a_wholly_transparent_style_is_refused(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "content.png", "-s", "clear.png", "-o", "out.png")
    assert outcome.code != 0
    assert "clear.png is wholly transparent" in outcome.err
    assert outcome.err.count("error:") == 1
    assert not (folder / "out.png").exists()


def test_a_wholly_transparent_picture_stays_so(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "clear.png", "-s", "starry", "-o", "out.png")
    assert outcome.code == 0, outcome.err
    alpha = read_image(folder / "out.png").alpha
    assert alpha is not None
    assert not alpha.any()


def test_a_mask_is_its_luma_as_far_as_it_is_seen(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "content.png", "-s", "starry", "--mask", "mask.png", "-o", "out.png")
    assert outcome.code == 0, outcome.err
    painted, content = (read_image(folder / name).image.astype(int) for name in ("out.png", "content.png"))
    np.testing.assert_array_equal(painted[~SEEN], content[~SEEN])
    assert np.abs(painted[SEEN] - content[SEEN]).mean() > 10
    film(folder / "mask.mkv", np.dstack([np.full((HEIGHT, WIDTH, 3), 255, np.uint8), 255 * SEEN.astype(np.uint8)]))
    film(folder / "in.mkv", np.dstack([content, np.full_like(content[..., :1], 255)]).astype(np.uint8))
    outcome = command("stylize-video", "in.mkv", "-s", "starry", "--mask", "mask.mkv", "--temporal", "off", "--codec",
                      "ffv1", "-o", "out.mkv")
    assert outcome.code == 0, outcome.err
    np.testing.assert_array_equal(frames_of("out.mkv")[:, ~SEEN][..., :3],
                                  np.broadcast_to(content[~SEEN], (4, (~SEEN).sum(), 3)))
