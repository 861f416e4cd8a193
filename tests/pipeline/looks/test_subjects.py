"""Subjects that are kept: left out of looks, followed in time, found by networks where they have been fetched."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from allaprima import weights
from allaprima.curves import Clock
from allaprima.engines import Look, Region
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.regions import looks_of, shares_of
from allaprima.errors import OptionError
from allaprima.frames import Frame
from allaprima.io.still.reading import read_image
from allaprima.pipeline.looks.changes import change_between, traits_of
from allaprima.pipeline.looks.subjects import MEMORY, FollowedFilm, Following, Kept, followed, sparing
from allaprima.subjects import Cover, finder_of, shrunk
from allaprima.subjects.faces import CELLS, faces_of
from allaprima.subjects.squares import squares
from places import ROOT

HEIGHT, WIDTH = 90, 160
fetched = pytest.mark.skipif(not all(weights.path_of(name).is_file() for name in ("people", "faces")),
                             reason="the finders have not been fetched: allaprima weights pull people faces")


@pytest.fixture
def look(photo: np.ndarray) -> Look:
    return Look(IdentityEngine().encode(photo, "art"))


def scene(step: int) -> np.ndarray:
    """A textured ground, and a bright square that moves two pixels a step."""
    ground = np.random.default_rng(1).integers(40, 120, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    ground[30:60, 20 + 2 * step:50 + 2 * step] = 220
    return ground


def flickering(image: np.ndarray, random: np.random.Generator) -> Cover:
    """Where the square is, with an edge that jumps from frame to frame."""
    cover = (image[..., 0] > 200).astype(np.float32)
    return np.asarray(np.clip(cover + random.normal(0, 0.35, cover.shape), 0, 1), np.float32)


def test_following_steadies_a_cover_and_moves_with_what_it_covers() -> None:
    def covers(memory: float) -> list[Cover]:
        random, state = np.random.default_rng(7), None
        found = []
        for step in range(12):
            cover, state = followed(lambda image: flickering(image, random), scene(step), memory, state)
            found.append(cover)
        return found

    def restless(masks: list[Cover]) -> float:
        still = np.s_[:20]  # nothing moves there
        return float(np.mean([np.abs(a[still] - b[still]).mean() for a, b in pairwise(masks[5:])]))

    alone, steady = covers(0.0), covers(MEMORY["people"])
    assert restless(steady) < restless(alone) / 4
    assert steady[-1][35:55, 50:65].mean() > 0.9  # where the square has come to
    assert steady[-1][35:55, 22:36].mean() < 0.1  # where it was


def test_a_cut_forgets_what_was_found() -> None:
    other = 255 - scene(0)[:, ::-1]
    state: Following | None = None
    for _ in range(3):
        _, state = followed(lambda image: np.ones(image.shape[:2], np.float32), scene(0), 0.9, state)
    cover, _ = followed(lambda image: np.zeros(image.shape[:2], np.float32), other, 0.9, state)
    assert cover.max() == 0


def test_a_films_covers_are_the_same_wherever_reading_begins() -> None:
    random = np.random.default_rng(3)
    noise = [random.normal(0, 0.3, (HEIGHT, WIDTH)) for _ in range(8)]
    calls = iter(range(100))

    def frames() -> Iterator[Frame]:
        nonlocal calls
        calls = iter(range(100))
        return (Frame(scene(step), None, step, 1, step) for step in range(8))

    def find(image: np.ndarray) -> Cover:
        return np.asarray(np.clip((image[..., 0] > 200) + noise[next(calls) % 8], 0, 1), np.float32)

    clock = Clock(Fraction(1, 25), Fraction(25))
    film = FollowedFilm(find, "people", frames, clock)
    forwards = [film.at(Fraction(step, 25)) for step in range(8)]
    np.testing.assert_array_equal(film.at(Fraction(5, 25)), forwards[5])
    resumed = FollowedFilm(find, "people", frames, clock)
    np.testing.assert_array_equal(resumed.at(Fraction(7, 25)), forwards[7])
    with pytest.raises(OptionError, match="the content ends before"):
        film.at(Fraction(9))


def test_a_subject_is_left_out_of_everything(look: Look) -> None:
    cover = np.zeros((HEIGHT, WIDTH), np.float32)
    cover[:, :40] = 1
    spared = sparing(look, cover, Kept("people"))
    painted, kept = shares_of(spared, HEIGHT, WIDTH)
    np.testing.assert_array_equal(kept, cover)
    np.testing.assert_array_equal(painted, 1 - cover)
    left = np.zeros((HEIGHT, WIDTH), np.float32)
    left[:, :80] = 1
    regional = Look(look.style, 1.0, regions=(Region(look, left),))
    shares = shares_of(sparing(regional, cover, Kept("people")), HEIGHT, WIDTH)
    np.testing.assert_array_equal(shares[0], left * (1 - cover))
    np.testing.assert_array_equal(shares[1], 1 - left)
    np.testing.assert_array_equal(shares[2], cover)


def test_a_subject_that_moves_does_not_change_the_look() -> None:
    """Statistics would be measured anew with every frame, and the painting held less firmly, all over the picture."""
    look = Look(IdentityEngine().encode(np.zeros((8, 8, 3), np.uint8), "style"))
    covers = [np.zeros((20, 40), np.float32) for _ in range(2)]
    covers[0][:, :20], covers[1][:, 4:24] = 1, 1
    for detail_only in (False, True):
        before, after = (traits_of(sparing(look, cover, Kept("people", detail_only))) for cover in covers)
        assert change_between(before, after) == 0
    masked = Look(look.style, regions=(Region(look, covers[0]),), keeps_rest=True)
    before, after = (traits_of(sparing(masked, cover, Kept("people"))) for cover in covers)
    assert change_between(before, after) > 0, "masks that are given may move on their own"


def test_detail_is_kept_by_half_the_strength(look: Look) -> None:
    cover = np.full((HEIGHT, WIDTH), 0.25, np.float32)
    spared = sparing(look, cover, Kept("faces", detail_only=True))
    assert [one.strength for one in looks_of(spared)] == [1.0, 0.5, 0.0]
    np.testing.assert_allclose(shares_of(spared, HEIGHT, WIDTH)[:, 0, 0], [0.75, 0.25, 0.0])


def test_squares_cover_a_picture_and_overlap() -> None:
    assert list(squares(100, 110)) == [(0, 0, 100)]
    for height, width in ((100, 178), (300, 100), (90, 400)):
        seen = np.zeros((height, width), int)
        for top, left, side in squares(height, width):
            seen[top:top + side, left:left + side] += 1
        assert seen.min() == 1
        assert seen.max() >= 2


def test_a_face_is_told_once() -> None:
    boxes, scores = np.zeros((CELLS * CELLS, 16), np.float32), np.full(CELLS * CELLS, -9, np.float32)
    boxes[:, 2] = 40
    scores[[100, 101, 1500]] = 3, 2, 1
    assert [round(face.score, 2) for face in faces_of(boxes, scores, 2.0)] == [0.95, 0.73]


@fetched
def test_a_face_and_a_person_are_found_on_a_photograph() -> None:
    image = shrunk(read_image(Path(ROOT / "examples" / "photos" / "astronaut.jpg")).image)
    face, person = finder_of("faces")(image), finder_of("people")(image)
    assert face.shape == person.shape == image.shape[:2]
    assert 0.005 < (face > 0.5).mean() < 0.2
    assert 0.15 < (person > 0.5).mean() < 0.8
    assert person[face > 0.5].mean() > 0.8
