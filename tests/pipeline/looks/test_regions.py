"""Regions of a content, each in its own part of the style: found, painted by hand, followed, kept in."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from allaprima.curves import Clock, constant
from allaprima.engines import Style
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import CODE_LENGTH
from allaprima.errors import OptionError
from allaprima.frames import Frame, Pixels, StreamInfo
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.pipeline.looks.region_maps import COLORS, read_maps
from allaprima.pipeline.looks.region_pictures import save_regions, style_map_beside
from allaprima.pipeline.looks.regions import FollowedRegions, Parts, parsed_regions
from allaprima.pipeline.looks.tracks import STILL, load_track

HEIGHT, WIDTH = 96, 128


def landscape(sky: tuple[int, int, int], ground: tuple[int, int, int], seed: int, shift: int = 0) -> NDArray[np.uint8]:
    """A smooth sky over rough ground, whose border is a slope."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    noise = np.random.default_rng(seed).integers(-35, 35, (HEIGHT, 2 * WIDTH, 1))[:, shift:shift + WIDTH]
    below = (y > 50 + 6 * np.sin((x + shift) / 20))[..., None]
    return np.clip(np.where(below, np.array(ground) + noise, np.array(sky)), 0, 255).astype(np.uint8)


def is_ground(shift: int = 0) -> NDArray[np.bool_]:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    return y > 50 + 6 * np.sin((x + shift) / 20)


def encoded(part: Pixels, whole: Pixels, name: str) -> Style:
    """A style that is the mean colour of its part."""
    code = np.zeros(CODE_LENGTH, np.float32)
    code[:3] = np.asarray(part, np.float32).mean(axis=(0, 1))
    return Style(name, code, (1, 1, 1, 1), "none")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A content, and a style in other colours."""
    content, style = tmp_path / "content.png", tmp_path / "style.png"
    write_image(content, Picture(landscape((90, 150, 230), (60, 110, 50), 1)))
    write_image(style, Picture(landscape((240, 160, 90), (90, 50, 30), 2)))
    return content, style


def frames(count: int = 1) -> Iterator[Frame]:
    for index in range(count):
        yield Frame(landscape((90, 150, 230), (60, 110, 50), 1, 2 * index), None, index, 1, index)


def followed(spec: str, style: Path, count: int = 1) -> FollowedRegions:
    asked = parsed_regions(spec)
    return FollowedRegions(asked, Parts(asked, style, encoded), lambda: frames(count), Clock(Fraction(1, 24)))


def test_sky_is_painted_from_sky_and_ground_from_ground_and_edges_do_not_bleed(files: tuple[Path, Path]) -> None:
    found = followed("auto:2", files[1]).at(Fraction(0))
    assert len(found.shares) == len(found.styles) == 2
    assert np.abs(found.shares.sum(axis=0) - 1).max() < 1e-5
    ground = found.shares[0] if found.shares[0][-10:].mean() > 0.5 else found.shares[1]
    sky = 1 - ground
    style_of = {True: found.styles[0], False: found.styles[1]}
    own = style_of[ground is found.shares[0]].code[:3]
    other = style_of[ground is not found.shares[0]].code[:3]
    assert np.abs(own - [90, 50, 30]).max() < 20
    assert np.abs(other - [240, 160, 90]).max() < 20
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    beyond = np.abs(y - (50 + 6 * np.sin(x / 20))) > 6
    assert ground[is_ground() & beyond].mean() > 0.97, "the ground has gaps"
    assert sky[~is_ground() & beyond].mean() > 0.97, "the ground bleeds into the sky"


def test_regions_end_where_the_picture_does_within_a_few_pixels() -> None:
    """A star of one texture on another, known by half and roughly."""
    import cv2

    from allaprima.subjects.regions import along_edges

    y, x = np.mgrid[:192, :256].astype(np.float32)
    radius, angle = np.hypot(y - 96, x - 128), np.arctan2(y - 96, x - 128)
    star = radius < 55 + 12 * np.cos(5 * angle)
    noise = np.random.default_rng(0).uniform(-0.12, 0.12, (192, 256, 1))
    picture = np.where(star[..., None], np.array([0.55, 0.42, 0.3]), np.array([0.4, 0.5, 0.45])) + noise
    picture = np.where((x % 24 < 8)[..., None], picture + 0.1, picture).astype(np.float32)
    rough = cv2.resize(cv2.GaussianBlur(star.astype(np.float32), (0, 0), 10)[::16, ::16], (256, 192))
    found = along_edges(picture, np.stack([rough, 1 - rough]).astype(np.float32))
    assert np.abs(found.sum(axis=0) - 1).max() < 1e-5
    beyond = np.abs(radius - (55 + 12 * np.cos(5 * angle))) > 6
    near = np.abs(radius - (55 + 12 * np.cos(5 * angle))) < 24
    assert np.abs(found[0] - star)[beyond].mean() < 0.01
    assert np.abs(found[0] - star)[near].mean() < 0.5 * np.abs(rough - star)[near].mean()
    assert ((found[0] > 0.1) & (found[0] < 0.9))[near].mean() < 0.12, "the edge is wide"


def test_regions_follow_a_film_without_flicker(files: tuple[Path, Path]) -> None:
    regions = followed("auto:2", files[1], 6)
    shares = [regions.at(Fraction(index, 24)).shares for index in range(6)]
    assert regions.at(Fraction(5, 24)).shares is shares[-1]
    for index, (before, after) in enumerate(pairwise(shares)):
        moved = np.roll(before, -2, axis=2)[:, :, 4:-4]
        assert np.abs(moved - after[:, :, 4:-4]).mean() < 0.03, f"the border jumps at frame {index + 1}"
    again = regions.at(Fraction(0)).shares
    assert np.array_equal(again, shares[0]), "a time before is read anew"


def test_maps_say_where_and_override_what_would_be_found(files: tuple[Path, Path], tmp_path: Path) -> None:
    own, other = np.zeros((2, HEIGHT, WIDTH, 3), np.uint8)
    own[:], own[:, WIDTH // 2:] = COLORS[0], COLORS[1]
    other[:], other[HEIGHT // 2 + 8:] = COLORS[1], COLORS[0]
    write_image(tmp_path / "own.png", Picture(own))
    write_image(tmp_path / "other.png", Picture(other))
    found = followed(f"{tmp_path / 'own.png'}:{tmp_path / 'other.png'}", files[1]).at(Fraction(0))
    left = 0 if found.shares[0][:, :10].mean() > 0.5 else 1
    assert found.shares[left][:, :WIDTH // 2].min() == 1
    assert np.abs(found.styles[left].code[:3] - [90, 50, 30]).max() < 20, "its colour is the ground's in the map"


@pytest.mark.parametrize(("count", "color", "said"), [
    (3, COLORS[2], "has 2 colours, the map .* 3"), (2, COLORS[4], "is not in the map"), (1, COLORS[0], "1 colour")])
def test_maps_that_do_not_match_are_refused(tmp_path: Path, count: int, color: NDArray[np.uint8], said: str) -> None:
    own, other = np.zeros((2, 40, 60, 3), np.uint8)
    own[:], own[20:] = COLORS[0], COLORS[1]
    other[:] = COLORS[0]
    if count > 1:
        other[20:] = COLORS[1] if count == 3 else color
    if count == 3:
        other[:, 40:] = color
    for name, picture in (("own", own), ("other", other)):
        write_image(tmp_path / f"{name}.png", Picture(picture))
    with pytest.raises(OptionError, match=said):
        read_maps(tmp_path / "own.png", tmp_path / "other.png")


def test_saved_maps_are_read_again(files: tuple[Path, Path], tmp_path: Path) -> None:
    _, style = files
    target = tmp_path / "map.png"
    save_regions(target, parsed_regions("auto:2"), next(frames()).image, style)
    own, other = read_maps(target, style_map_beside(target))
    assert own.shape == other.shape == (2, HEIGHT, WIDTH)
    ground = 0 if own[0][-10:].mean() > 0.5 else 1
    assert other[ground][-10:].mean() > 0.9, "what is alike has one colour"


@pytest.mark.parametrize("wrong", ["auto:1", "auto:99", "auto:x", "some", "no.png:file.png"])
def test_what_asks_for_no_regions_is_refused(wrong: str) -> None:
    with pytest.raises(OptionError, match="regions"):
        parsed_regions(wrong)


def test_a_look_has_a_region_for_each_and_a_blend_has_no_parts(files: tuple[Path, Path]) -> None:
    content, style = files
    track = load_track(str(style), IdentityEngine(), constant(0.5), regions=parsed_regions("auto:2"))
    look = track.beside(StreamInfo(WIDTH, HEIGHT, Fraction(1)), STILL, lambda: 1, lambda: frames(1)).at(Fraction(0))
    assert [region.look.strength for region in look.regions] == [0.5, 0.5]
    assert look.keeps_rest
    assert track.settings["regions"] == "auto:2"
    with pytest.raises(OptionError, match="parts of one picture"):
        load_track(f"{style}+{content}", IdentityEngine(), constant(1.0), regions=parsed_regions("auto"))
