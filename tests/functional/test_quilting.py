"""Quilting: what repeats goes on repeating, statistics stay, neighbours differ, seams follow the least difference."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.functional import quilting
from allaprima.functional.quilting import grid_for, joined, least_path, matched, quilted, shrunk, smoothed, transferred


def tile(side: int = 12) -> np.ndarray:
    return np.random.default_rng(3).uniform(0, 1, (side, side, 3)).astype(np.float32)


def texture(side: int = 160, smoothness: float = 1.5) -> np.ndarray:
    """Noise of a known grain, one channel coarser than the next."""
    import cv2

    noise = np.random.default_rng(5).normal(size=(side, side, 3)).astype(np.float32)
    channels = [cv2.GaussianBlur(noise[..., index], (0, 0), smoothness + index) for index in range(3)]
    return np.stack([0.5 + 0.15 * channel / channel.std() for channel in channels], axis=-1).clip(0, 1)


def autocorrelation(picture: np.ndarray, lag: int, axis: int) -> np.ndarray:
    centred = picture - picture.mean(axis=(0, 1))
    one, other = np.roll(centred, lag, axis), centred
    inside = (slice(lag, None), slice(None)) if axis == 0 else (slice(None), slice(lag, None))
    return (one * other)[inside].mean(axis=(0, 1)) / (centred ** 2).mean(axis=(0, 1))


def test_a_known_tile_repeated_is_repeated() -> None:
    result = quilted(np.tile(tile(), (6, 6, 1)), 96, 120, 18, 6, seed=4)
    np.testing.assert_array_equal(result[12:], result[:-12])
    np.testing.assert_array_equal(result[:, 12:], result[:, :-12])


def test_moments_and_autocorrelation_are_the_textures_own() -> None:
    source = texture()
    result = quilted(source, 256, 256, 24, 6)
    assert np.abs(result.mean(axis=(0, 1)) - source.mean(axis=(0, 1))).max() < 0.02
    assert np.abs(result.std(axis=(0, 1)) / source.std(axis=(0, 1)) - 1).max() < 0.1
    for lag in (1, 3, 6):
        for axis in (0, 1):
            apart = np.abs(autocorrelation(result, lag, axis) - autocorrelation(source, lag, axis))
            assert apart.max() < 0.1, (lag, axis)


@pytest.mark.parametrize("wraps", [False, True])
def test_no_block_is_seen_twice_side_by_side(monkeypatch: pytest.MonkeyPatch, wraps: bool) -> None:
    found: list[tuple[tuple[int, int], list[tuple[int, int]]]] = []
    own = quilting.chosen_place

    def watched(source: quilting.Source, asked: quilting.Asked, beside: list[tuple[int, int]],
                random: np.random.Generator) -> tuple[int, int]:
        place = own(source, asked, beside, random)
        found.append((place, beside))
        return place

    monkeypatch.setattr(quilting, "chosen_place", watched)
    quilted(texture(64), 128, 128, 16, 4, wraps=wraps)
    assert len(found) > 80
    assert all(max(abs(place[0] - top), abs(place[1] - left)) >= 16 // 3
               for place, beside in found for top, left in beside)


def test_a_seed_gives_one_texture_and_another_seed_another() -> None:
    one, same, other = (quilted(texture(64), 80, 80, 16, 4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).mean() > 0.01


def test_a_seamless_texture_has_no_seam_at_its_border() -> None:
    source = texture(128, 3.0)
    result = quilted(source, 120, 120, 24, 8, wraps=True)
    open_ended = quilted(source, 120, 120, 24, 8, wraps=False)

    def step(picture: np.ndarray) -> float:
        across = np.abs(picture[:, 0] - picture[:, -1]).mean() + np.abs(picture[0] - picture[-1]).mean()
        usual = np.abs(np.diff(picture, axis=1)).mean() + np.abs(np.diff(picture, axis=0)).mean()
        return float(across / usual)

    assert step(result) < 2
    assert step(open_ended) > 3


def test_a_path_of_least_cost_is_found_and_a_block_is_cut_along_it() -> None:
    costs = np.ones((6, 5), np.float32)
    for row, column in enumerate((2, 3, 3, 4, 3, 2)):
        costs[row, column] = 0
    assert least_path(costs).tolist() == [2, 3, 3, 4, 3, 2]
    there, new = np.zeros((8, 8, 1), np.float32), np.ones((8, 8, 1), np.float32)
    there[:, 2] = 1  # the two agree there
    known = np.zeros((8, 8), np.bool_)
    known[:, :4] = True
    result = joined(there, new, known)
    assert (result[:, :2] == 0).all()
    assert (result[:, 2:] == 1).all()


def test_a_photograph_is_drawn_by_its_luminance() -> None:
    source = texture(96)
    source *= np.linspace(0.2, 1, 96, dtype=np.float32)[:, None, None]
    rows, columns = np.mgrid[0:72, 0:96].astype(np.float32)
    photo = (0.5 + 0.4 * np.sin(columns / 15) * np.cos(rows / 12)).astype(np.float32)
    light = smoothed(source)
    result = smoothed(transferred(source, light, matched(photo, light), 16, 0.25))
    assert np.corrcoef(result.ravel(), photo.ravel())[0, 1] > 0.8


def test_values_take_anothers_distribution_in_their_own_order() -> None:
    values, like = np.float32([[3, 1], [2, 9]]), np.linspace(0, 1, 50, dtype=np.float32)
    found = matched(values, like)
    assert found.ravel().argsort().tolist() == values.ravel().argsort().tolist()
    assert (found.min(), found.max()) == (0, 1)


@pytest.mark.parametrize("wraps", [False, True])
def test_a_grid_covers_all_with_as_much_overlap_as_asked(wraps: bool) -> None:
    grid = grid_for(100, 77, 20, 5, wraps=wraps)
    for places, length in ((grid.tops, 100), (grid.lefts, 77)):
        ends = [*places[1:], length if wraps else places[-1]]
        assert all(end - place <= 15 for place, end in zip(places, ends, strict=True))
        assert wraps or places[-1] + 20 == length


def test_errors_around_what_was_found_coarsely_are_exact() -> None:
    source = quilting.Source(texture(96), 24, searched=32)
    assert source.factor == 3
    there, weight = source.at((31, 40)) + 0.01, np.random.default_rng(0).random((24, 24), np.float32)
    places = source.around(np.array([[10, 13], [10, 13], [0, 0], [24, 24]]))
    assert len(places) == len(set(map(tuple, places.tolist()))) == 9 + 4 + 4
    found = quilting.Asked(((source, there, weight, 0.5),)).exact(places)
    for place, error in zip(places.tolist(), found, strict=True):
        wanted = 0.5 * (np.square(source.at(tuple(place)) - there) * weight[..., None]).sum()
        assert error == pytest.approx(wanted, rel=1e-4)
    assert places[found.argmin()].tolist() == [31, 40]


def test_a_small_copy_is_area_means() -> None:
    picture = np.arange(5 * 4, dtype=np.float32).reshape(5, 4, 1)
    np.testing.assert_allclose(shrunk(picture, 2)[..., 0], [[2.5, 4.5], [10.5, 12.5]])
