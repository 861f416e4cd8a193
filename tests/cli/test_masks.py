"""Regions on the command line: pictures, numbered frames and films as masks; those that do not fit are refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima import weights
from allaprima.io.film.source import VideoSource
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image
from allaprima.io.still.writing import write_image
from cli.outcome import Outcome
from made_films import Film
from places import ROOT

Command = Callable[..., Outcome]
HEIGHT, WIDTH = 64, 160


@pytest.fixture
def folder(tmp_path: Path, photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> Path:
    for number in range(1001, 1004):
        write_image(tmp_path / f"shot.{number}.png", Picture(photo[number - 1000:HEIGHT + number - 1000, :WIDTH]))
        write_image(tmp_path / f"m.{number}.png", Picture(mask(40 * (number - 1000))))
    write_image(tmp_path / "left.png", Picture(mask(80)))
    write_image(tmp_path / "right.png", Picture(255 - mask(80)))
    write_image(tmp_path / "square.png", Picture(mask(32)[:, :HEIGHT]))
    write_image(tmp_path / "small.png", Picture(mask(80)[::2, ::2]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def mask(columns: int) -> np.ndarray:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, :columns] = 255
    return picture


def content(number: int) -> np.ndarray:
    return read_image(Path(f"shot.{number}.png")).image.astype(int)


def test_what_a_mask_leaves_is_kept_and_what_it_covers_is_painted(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "shot.1001.png", "-o", "out.png", "-s", "starry", "--mask", "left.png")
    assert outcome.code == 0, outcome.err
    painted = read_image(folder / "out.png").image.astype(int)
    np.testing.assert_array_equal(painted[:, 80:], content(1001)[:, 80:])
    assert np.abs(painted[:, :80] - content(1001)[:, :80]).mean() > 10


def test_a_mask_of_another_size_is_scaled(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "shot.1001.png", "-o", "out.png", "-s", "starry", "--mask", "small.png")
    assert outcome.code == 0, outcome.err
    painted = read_image(folder / "out.png").image.astype(int)
    np.testing.assert_array_equal(painted[:, 84:], content(1001)[:, 84:])
    assert np.abs(painted[:, :76] - content(1001)[:, :76]).mean() > 10


def test_two_masks_two_styles_and_a_background_in_the_last(command: Command, folder: Path) -> None:
    names = [("left.png", "right.png"), ("left.png",)]
    results = []
    for index, masks in enumerate(names):
        chosen = [argument for name in masks for argument in ("--mask", name)]
        outcome = command("stylize-image", "shot.1001.png", "-o", f"{index}.png", "-s", "starry", "-s", "mosaic",
                          *chosen, *(["--background", "style"] if len(masks) == 1 else []))
        assert outcome.code == 0, outcome.err
        results.append(read_image(folder / f"{index}.png").image.astype(int))
    assert np.abs(results[0] - results[1]).max() <= 1
    assert np.abs(results[0] - content(1001)).mean() > 10


def test_numbered_masks_go_with_the_frames_of_their_numbers(command: Command, folder: Path) -> None:
    outcome = command("stylize-video", "shot.%04d.png", "-o", "out.%04d.png", "-s", "starry", "--mask", "m.%04d.png",
                      "--temporal", "off")
    assert outcome.code == 0, outcome.err
    for number in range(1001, 1004):
        painted = read_image(folder / f"out.{number}.png").image.astype(int)
        columns = 40 * (number - 1000)
        np.testing.assert_array_equal(painted[:, columns:], content(number)[:, columns:])
        assert np.abs(painted[:, :columns] - content(number)[:, :columns]).mean() > 5
    again = command("stylize-video", "shot.%04d.png", "-o", "p.%04d.png", "-s", "starry", "--mask", "m.%04d.png",
                    "--frames", "1003", "--temporal", "off")
    assert again.code == 0, again.err
    np.testing.assert_array_equal(read_image(folder / "p.1003.png").image, read_image(folder / "out.1003.png").image)


def mask_film(path: Path, frames: int, rate: int = 24) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "bgr0"
        for index in range(frames):
            picture = np.zeros((360, 640, 3), np.uint8)
            picture[:, :80 * (index + 1)] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


def test_a_film_of_masks_is_aligned_by_time(command: Command, folder: Path) -> None:
    shutil.copy(ROOT / "examples" / "clip.mp4", folder / "in.mp4")
    mask_film(folder / "mask.mkv", 6)
    arguments = ("stylize-video", "in.mp4", "-s", "starry", "--temporal", "off", "--codec", "ffv1", "--size", "90")
    outcome = command(*arguments, "--mask", "mask.mkv", "--end", "0.2", "-o", "out.mkv")
    assert outcome.code == 0, outcome.err
    kept = command("stylize-video", "in.mp4", "-s", "starry", "--model", "none", "--codec", "ffv1", "--size", "90",
                   "--end", "0.2", "-o", "kept.mkv")
    assert kept.code == 0, kept.err
    frames = []
    for name in ("out.mkv", "kept.mkv"):
        with av.open(name) as container:
            frames.append([frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)])
    for index, (painted, original) in enumerate(zip(*frames, strict=True)):
        far = np.abs(painted - original).mean(axis=(0, 2))
        border = 20 * (index + 1)
        assert far[border + 1:].max() == 0, index
        assert far[:border].mean() > 8, index
    short = command(*arguments, "--mask", "mask.mkv", "-o", "long.mkv")
    assert short.code == 2
    assert "the mask mask.mkv has 6 frames, the content 240" in short.err


def moving(path: Path, frames: int, sounds: int = 0) -> None:
    """A small film of 25 frames a second; sound ends a tenth of a second after its pictures."""
    Film(WIDTH, HEIGHT, range(0, frames * 512, 512), sounds=sounds, sound_delay=Fraction(1, 10)).write(path)


def test_keyframes_may_lie_beyond_the_end_of_a_mask(command: Command, folder: Path) -> None:
    moving(folder / "in.mkv", 4)
    moving(folder / "mask.mkv", 4)
    outcome = command("stylize-video", "in.mkv", "-s", "starry", "-s", "0:mosaic,70:starry", "--mask", "mask.mkv",
                      "--background", "style", "--strength", "0:0.2,60:1", "-o", "out.mkv", "-m", "none")
    assert outcome.code == 0, outcome.err
    unreadable = command("stylize-video", "in.mkv", "-s", "0:starry,60:nothing.jpg", "--mask", "mask.mkv", "-o",
                         "bad.mkv", "-m", "none")
    assert unreadable.code == 1
    assert "nothing.jpg" in unreadable.err


def test_a_films_frames_are_counted_and_not_reckoned_from_the_length_of_its_sound(command: Command,
                                                                                 folder: Path) -> None:
    moving(folder / "in.mkv", 50, sounds=1)
    moving(folder / "mask.mkv", 50)
    assert VideoSource(folder / "in.mkv").info.frame_count != 50  # as its header tells
    outcome = command("stylize-video", "in.mkv", "-s", "starry", "--mask", "mask.mkv", "-o", "out.mkv", "-m", "none")
    assert outcome.code == 0, outcome.err
    moving(folder / "short.mkv", 49)
    outcome = command("stylize-video", "in.mkv", "-s", "starry", "--mask", "short.mkv", "-o", "b.mkv", "-m", "none")
    assert outcome.code == 2
    assert "the mask short.mkv has 49 frames, the content 50" in outcome.err


def test_masks_repeat_with_a_seamless_picture(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "shot.1001.png", "-o", "out.png", "-s", "starry", "--mask", "left.png",
                      "--seamless")
    assert outcome.code == 0, outcome.err
    painted = read_image(folder / "out.png").image.astype(int)
    np.testing.assert_array_equal(painted[:, 80:], content(1001)[:, 80:])
    assert np.abs(painted[:, :80] - content(1001)[:, :80]).mean() > 5


@pytest.mark.parametrize(("arguments", "words"), [
    (("shot.1001.png", "-s", "starry", "--mask", "square.png"), "64x64, the content 160x64: another shape"),
    (("shot.1001.png", "-s", "starry", "--mask", "left.png", "--mask", "right.png"), "2 masks and 1 style are given"),
    (("shot.1001.png", "-s", "starry", "-s", "mosaic"), "2 styles are given and no mask"),
    (("shot.1001.png", "-s", "starry", "-s", "mosaic", "--mask", "left.png"), "1 mask and 2 styles are given"),
    (("shot.%04d.png", "-s", "starry", "--mask", "short.%04d.png"), "has 2 frames, the content 3"),
    (("shot.%04d.png", "-s", "starry", "--mask", "late.%04d.png"), "there is no mask late.1001.png"),
])
def test_masks_that_do_not_fit_get_one_sentence(command: Command, folder: Path, arguments: tuple[str, ...],
                                                words: str) -> None:
    for number in range(1001, 1003):
        shutil.copy(folder / f"m.{number}.png", folder / f"short.{number}.png")
    for number in range(1002, 1005):
        shutil.copy(folder / "m.1001.png", folder / f"late.{number}.png")
    outcome = command("stylize-video" if "%" in arguments[0] else "stylize-image", *arguments, "-o",
                      "o.%04d.png" if "%" in arguments[0] else "o.png")
    assert outcome.code == 2, outcome.err
    assert words in outcome.err
    assert outcome.err.count("error:") == 1
    assert not list(folder.glob("o.*png"))


@pytest.mark.skipif(not all(weights.path_of(name).is_file() for name in ("people", "faces")),
                    reason="the finders have not been fetched: allaprima weights pull people faces")
def test_a_face_is_kept_in_a_film_and_painted_by_half_with_its_detail(command: Command, folder: Path) -> None:
    portrait = read_image(ROOT / "examples" / "photos" / "astronaut.jpg").image[::4, ::4][:96, :128]
    Film(128, 96, range(0, 3 * 512, 512), pictures=[np.ascontiguousarray(portrait)] * 3).write(folder / "in.mkv")
    frames = {}
    for name, options in {"kept": ("--keep", "faces"), "detail": ("--keep-detail", "faces"), "plain": (),
                          "none": ("-m", "none")}.items():
        outcome = command("stylize-video", "in.mkv", "-s", "starry", "--codec", "ffv1", "--temporal", "off", *options,
                          "-o", f"{name}.mkv")
        assert outcome.code == 0, outcome.err
        with av.open(f"{name}.mkv") as container:
            frames[name] = [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)][-1]
    face = np.s_[28:40, 50:62]

    def change(name: str) -> float:
        return float(np.abs(frames[name] - frames["none"])[face].mean())

    assert change("kept") < 2
    assert change("kept") + 5 < change("detail") < change("plain") - 5
    border = np.abs(frames["kept"] - frames["plain"])[:, -20:]
    assert border.max() <= 1


def test_only_one_way_of_keeping_can_be_asked_for(command: Command, folder: Path) -> None:
    outcome = command("stylize-image", "shot.1001.png", "-s", "starry", "--keep", "faces", "--keep-detail", "people")
    assert outcome.code == 2
    assert "give one of them" in outcome.err
