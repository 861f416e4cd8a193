"""``--regions`` and ``--save-regions`` on the command line: pictures, films, numbered frames, plates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from allaprima.cli.regions import frame_of
from allaprima.config import ColorManagement, SequenceOptions, VideoOptions
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from allaprima.pipeline.jobs.film_colors import FilmColors
from allaprima.pipeline.jobs.film_frames import open_film
from allaprima.pipeline.looks.region_maps import COLORS, read_maps
from cli.outcome import Outcome
from made_films import Film
from made_plates import exr

Command = Callable[..., Outcome]
HEIGHT, WIDTH = 64, 96
FAST = ("--model", "fast", "-s", "style.png")
NONE = ("--model", "none", "-s", "style.png")


def landscape(sky: tuple[int, int, int], ground: tuple[int, int, int], seed: int, shift: int = 0) -> np.ndarray:
    """A smooth sky over rough ground."""
    noise = np.random.default_rng(seed).integers(-35, 35, (HEIGHT, 2 * WIDTH, 1))[:, shift:shift + WIDTH]
    below = (np.arange(HEIGHT) >= HEIGHT // 2)[:, None, None]
    return np.clip(np.where(below, np.array(ground) + noise, np.array(sky)), 0, 255).astype(np.uint8)


def halves(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """A map of two colours, one above the other."""
    made = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    made[:HEIGHT // 2], made[HEIGHT // 2:] = first, second
    return made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_image(tmp_path / "photo.png", Picture(landscape((90, 150, 230), (60, 110, 50), 1)))
    write_image(tmp_path / "style.png", Picture(landscape((240, 160, 90), (90, 50, 30), 2)))
    write_image(tmp_path / "own.png", Picture(halves(COLORS[0], COLORS[1])))
    write_image(tmp_path / "turned.png", Picture(halves(COLORS[1], COLORS[0])))
    write_image(tmp_path / "strange.png", Picture(halves(COLORS[1], COLORS[4])))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_map_that_was_saved_paints_what_was_found(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "photo.png", *FAST, "--regions", "auto:2", "--save-regions", "map.png",
                      "-o", "found.png")
    assert outcome.code == 0, outcome.err
    assert "--regions map.png:map-style.png" in outcome.err
    own, other = read_maps(folder / "map.png", folder / "map-style.png")
    assert own.shape == other.shape == (2, HEIGHT, WIDTH)
    for regions, name in (("map.png:map-style.png", "given.png"), ("own.png:turned.png", "turned.png.png")):
        outcome = command("stylize-image", "photo.png", *FAST, "--regions", regions, "-o", name)
        assert outcome.code == 0, outcome.err
    found, given, turned = (read_image(folder / name).image.astype(int)
                            for name in ("found.png", "given.png", "turned.png.png"))
    assert np.abs(found - given).mean() < 4
    assert np.abs(found - turned).mean() > 12, "painted maps say what goes where"


@pytest.mark.parametrize(("asked", "said"), [
    (("--regions", "auto:1"), "regions cannot be found"),
    (("--regions", "own.png:none.png"), "neither auto nor two maps"),
    (("--regions", "own.png:strange.png"), "is not in the map strange.png"),
    (("--regions", "own.png:photo.png"), "photo.png"),
    (("--regions", "auto", "--mask", "own.png"), "so do regions"),
    (("--regions", "auto", "-s", "starry+mosaic"), "parts of one picture"),
    (("--save-regions", "map.png"), "no regions to save"),
    (("--regions", "auto", "--save-regions", "map.jpg"), "end the name in .png"),
    (("--regions", "auto", "--save-regions", "photo.png", "--overwrite"), "it is the input itself"),
    (("--regions", "own.png:turned.png", "--save-regions", "own.png", "--overwrite"), "it is the input itself")])
def test_what_cannot_be_is_refused_in_a_sentence_before_anything_is_written(
        command: Command, folder: Path, asked: tuple[str, ...], said: str) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    style = () if "-s" in asked else ("-s", "style.png")
    outcome = command("stylize-image", "photo.png", "--model", "fast", *style, *asked, "-o", "out.png")
    assert outcome.code in (1, 2)
    assert said in outcome.err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_films_map_is_of_the_first_frame_that_is_painted(command: Command, folder: Path) -> None:
    early, late = (landscape((90, 150, 230), (60, 110, 50), seed) for seed in (1, 3))
    late = late[::-1]  # the ground is above
    Film(width=WIDTH, height=HEIGHT, pictures=[*[early] * 5, *[late] * 5], times=range(0, 10 * 512, 512)).write(
        folder / "in.mp4")
    for number in range(1, 5):
        write_image(folder / f"shot.{number:04d}.png", Picture(early if number < 3 else late))
    for content, part in (("in.mp4", ("--start", "0.2")), ("shot.%04d.png", ("--frames", "3-4"))):
        output = ("-o", "out.mp4" if content == "in.mp4" else "out.%04d.png")
        outcome = command("stylize-video", content, *NONE, "--regions", "auto:2", "--save-regions", "map.png",
                          "--overwrite", *part, *output)
        assert outcome.code == 0, outcome.err
        ground, _ = read_maps(folder / "map.png", folder / "map-style.png")
        style_ground = read_image(folder / "map-style.png").image[-4, 8]
        assert np.abs(read_image(folder / "map.png").image[3, 8].astype(int) - style_ground).max() == 0, content
        assert ground.shape[1:] == (HEIGHT, WIDTH)


def test_a_plate_has_its_regions_saved(command: Command, folder: Path) -> None:
    exr(folder / "in.exr", (landscape((90, 150, 230), (60, 110, 50), 1) / 255.0).astype(np.float32) ** 2.2)
    outcome = command("stylize-image", "in.exr", *NONE, "--regions", "auto:2", "--save-regions", "map.png",
                      "-o", "out.exr")
    assert outcome.code == 0, outcome.err
    own, _ = read_maps(folder / "map.png", folder / "map-style.png")
    assert own[own[:, 3, 8] == 1].squeeze()[:HEIGHT // 2 - 8].mean() > 0.9


def test_a_log_film_is_looked_at_as_it_is_painted(folder: Path) -> None:
    picture = landscape((90, 150, 230), (60, 110, 50), 1)
    Film(width=WIDTH, height=HEIGHT, pictures=[picture] * 2, times=(0, 512)).write(folder / "in.mp4")
    films = [VideoOptions(management=ColorManagement(colorspace=space)) for space in (None, "ARRI LogC4")]
    undeveloped, developed = (frame_of(film, SequenceOptions())(folder / "in.mp4") for film in films)
    with open_film(folder / "in.mp4", films[1]) as source:
        [painted, *_] = FilmColors(films[1].management).shown(iter(source))
    np.testing.assert_array_equal(developed, painted.image)
    levels = [picture.astype(float) / np.iinfo(picture.dtype).max for picture in (undeveloped, developed)]
    assert np.abs(levels[0] - levels[1]).mean() > 0.05
