"""``allaprima fit``: the very command, with a tiny setting and a VGG-19 of random weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from allaprima import weights
from allaprima.cli.fit import pair_of_paths
from allaprima.cli.fitting import FitRequest, digest_of, kept, may_replace, note_written, pair_of, planned
from allaprima.cli.fitting_contents import FILM_PLACES, contents_of, film_contents, film_moving
from allaprima.cli.opening import open_engine
from allaprima.errors import OptionError
from allaprima.functional.guides import usual_guides
from allaprima.nets.vgg import VGG19
from allaprima.pipeline.looks.styles import read_style_file
from allaprima.train.fit import ending
from allaprima.train.fit.job import FitOutcome, Standing
from allaprima.train.fit.settings import departure_at
from cli.outcome import Outcome
from made_films import Film, ramp

TINY = ("--steps", 2, "--set", "crop_px=64", "--set", "bank=2", "--set", "style_px=96", "--brush", 200, "-m", "fast",
        "--device", "cpu", "--no-sheet", "--on")


@pytest.fixture
def studio(photo: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.set_num_threads(1)
    monkeypatch.setattr(ending, "NULL_STEPS", 1)
    monkeypatch.setattr(ending, "RANGED", 1)
    Image.fromarray(photo).save(tmp_path / "art.png")
    (tmp_path / "on").mkdir()
    Image.fromarray(photo[::-1]).save(tmp_path / "on" / "one.png")
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))
    vgg = weights.path_of("vgg19")
    vgg.parent.mkdir(parents=True)
    torch.manual_seed(0)
    save_file(VGG19(last="relu4_1").state_dict(), vgg)
    weights.record_of(vgg).write_text(f'{{"sha256": "{weights.sha256_of(vgg)}"}}')
    return tmp_path


def test_a_fit_begins_at_what_its_pictures_mix_on_average(studio: Path, photo: np.ndarray) -> None:
    Image.fromarray(photo[:, ::-1, ::-1]).save(studio / "other.png")
    art, other = studio / "art.png", studio / "other.png"
    engine = open_engine("fast", "cpu", "auto")
    [first], [second] = (engine.encode(np.asarray(Image.open(path)), path.stem).fitted for path in (art, other))
    start = planned(FitRequest((art, other), "fast", steps=1, values=(("style_px", 256.0),))).start
    assert start is not None
    np.testing.assert_allclose(start["row"], (first.row + second.row) / 2, atol=1e-5)
    for name, difference in first.kernels.items():
        mean = (difference.array() + second.kernels[name].array()) / 2
        np.testing.assert_allclose(start[f"kernels.{name}"], mean, atol=1e-6)


def test_a_picture_becomes_a_style_that_paints(studio: Path, command: Callable[..., Outcome]) -> None:
    style = studio / "art.style"
    outcome = command("allaprima", "fit", studio / "art.png", "-o", style, *TINY, studio / "on")
    assert outcome.code == 0, outcome.err
    saved = read_style_file(style)
    (fitted,) = saved.style.fitted
    assert (fitted.base, fitted.brush) == ("fast", 200)
    assert fitted.null is not None
    assert "to_rgb" in fitted.ranges
    assert saved.recipe["steps"] == 2
    assert saved.thumbnail is not None
    assert (studio / "art.png").stat().st_size > 0
    assert not (studio / "cache" / "fits").exists()
    painted = command("allaprima", "image", studio / "art.png", "--style", style, "-m", "fast", "-o",
                      studio / "out.png")
    assert painted.code == 0, painted.err
    again = command("allaprima", "fit", studio / "art.png", "-o", style, *TINY, studio / "on")
    assert again.code == 1
    assert "exists already" in again.err


def test_the_contents_that_ship_are_many_and_small() -> None:
    contents = contents_of(None, 400)
    assert len(contents) >= 50
    assert all(min(picture.shape[1:]) == 400 for picture in contents)
    assert (weights.shipped_folder() / "contents.pack.safetensors").stat().st_size < 2_000_000


def test_a_films_frames_come_from_all_over_it(tmp_path: Path) -> None:
    pictures = [ramp(64, 48, index // 10) for index in range(120)]
    path = Film(times=tuple(range(0, 120 * 512, 512)), pictures=pictures).write(tmp_path / "film.mp4")
    frames = film_contents(path)
    assert len(frames) == FILM_PLACES
    assert frames[0].shape == (3, 48, 64)
    assert float(frames[-1].float().mean() - frames[0].float().mean()) > 8
    short = Film(times=tuple(range(0, 5 * 512, 512)), pictures=pictures[:5]).write(tmp_path / "short.mp4")
    assert len(film_contents(short)) == 5
    longer = Film(times=tuple(range(0, 43 * 512, 512)), pictures=pictures[:43]).write(tmp_path / "longer.mp4")
    assert len(film_contents(longer)) == FILM_PLACES
    assert len(film_moving(longer, 48)) == FILM_PLACES


def test_a_films_frames_bring_the_ones_before_them_and_the_way_back(photo: np.ndarray, tmp_path: Path) -> None:
    wide = np.tile(photo, (2, 3, 1))
    pictures = [np.ascontiguousarray(wide[:192, 3 * index:3 * index + 256]) for index in range(4)]
    path = Film(256, 192, tuple(range(0, 4 * 512, 512)), pictures=pictures).write(tmp_path / "pan.mp4")
    moving = film_moving(path, 60)
    assert len(moving) == 3
    assert moving[0].now.shape == (3, 96, 128)
    inner = moving[1].backward[:, 20:-20, 20:-20]
    assert float(inner[0].median()) == pytest.approx(1.5, abs=0.3)
    assert float(inner[1].abs().median()) < 0.2
    assert float(moving[1].trust[:, 20:-20, 20:-20].mean()) > 0.6


def test_a_fit_on_a_film_learns_to_paint_it_steadily(studio: Path, photo: np.ndarray) -> None:
    path = Film(128, 96, (0, 512, 1024), pictures=[photo[:96, :128]] * 3).write(studio / "film.mp4")
    asked = FitRequest((studio / "art.png",), "fast", path, steps=2)
    assert planned(asked).objective.steady > 0
    assert len(planned(asked).moving) == 2
    assert planned(replace(asked, values=(("steady", 0.0),))).objective.steady == 0
    assert planned(replace(asked, on=studio / "on")).moving == ()


def test_kernels_that_read_guides_keep_all_their_steps() -> None:
    large = torch.full((4, 12, 3, 3), 0.1)
    large[:, :, 0, 0] = torch.linspace(-0.01, 0.01, 48).reshape(4, 12)
    outcome = FitOutcome({}, torch.zeros(2), torch.zeros(2), {}, Standing(1, 1.0, 1.0, {}), done=True)
    assert kept("to_half.weight", large, outcome).values.dtype == np.int8
    guided = replace(outcome, guides=usual_guides())
    assert kept("to_half.weight", large, guided).values.dtype == np.float16
    assert kept("to_quarter.weight", large, guided).values.dtype == np.int8


def test_more_of_the_content_is_a_shorter_way_from_it_and_few_lines_are_seen_in_small_crops(studio: Path) -> None:
    asked = FitRequest((studio / "art.png",), "fast", studio / "on", steps=2)
    usual, more, coarse = (planned(request).objective for request in (
        asked, replace(asked, content=2.0), replace(asked, lines=280)))
    assert more.departure < usual.departure
    assert (more.content, more.content_middle) == (2 * usual.content, 2 * usual.content_middle)
    assert (usual.crop_px, coarse.crop_px) == (256, 208)
    assert usual.departure < coarse.departure < departure_at(256) == departure_at(128)
    assert usual.departure == departure_at(400) == departure_at(1080)


def test_what_decides_a_fit_decides_where_it_is_taken_up(studio: Path) -> None:
    def digest(**asked: object) -> str:
        request = FitRequest((studio / "art.png",), model="fast", steps=4, on=studio, **asked)  # type: ignore[arg-type]
        return digest_of(request, planned(request))

    assert digest() == digest()
    assert len({digest(), digest(seed=2), digest(content=2.0), digest(lines=300), digest(values=(("gram", 5.0),))}) == 5


def test_requests_that_make_no_sense_are_refused() -> None:
    art = (Path("art.png"),)
    for wrong in ({"model": "reference", "steps": 1}, {}, {"steps": 1, "minutes": 1.0}, {"steps": 0},
                  {"steps": 1, "content": 0.0}):
        with pytest.raises(OptionError):
            FitRequest(art, **wrong)  # type: ignore[arg-type]


def test_a_painted_frame_has_the_shape_of_its_frame(studio: Path, photo: np.ndarray) -> None:
    art = studio / "art.png"
    for name, picture in (("half.png", photo[::2, ::2]), ("tall.png", photo[:, :60])):
        Image.fromarray(picture).save(studio / name)
    frame, painted = pair_of(art, studio / "half.png")
    assert frame.shape == painted.shape
    with pytest.raises(OptionError, match="its frame"):
        pair_of(art, studio / "tall.png")
    with pytest.raises(OptionError, match="painted frame"):
        pair_of_paths("frame.png")


def test_a_fit_taken_up_replaces_what_it_wrote_itself_and_nothing_else(tmp_path: Path) -> None:
    folder, mine, precious = tmp_path / "fit", tmp_path / "mine.style", tmp_path / "precious.style"
    for path in (mine, precious):
        path.write_text("a style")
    note_written(folder, mine)
    assert may_replace(folder, mine)
    assert not may_replace(folder, precious)
    mine.write_text("changed since")
    assert not may_replace(folder, mine)
    assert not may_replace(tmp_path / "never begun", mine)
