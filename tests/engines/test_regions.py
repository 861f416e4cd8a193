"""Several looks in one picture: as single looks away from the seam, and both runtimes alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allaprima.engines import AdaINEngine, Look, Region, Statistics, Style, at_detail, engine_for
from allaprima.engines.regions import shares_of, statistics_at
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.runtimes.pytorch import TorchRuntime

SEAM = 128


@pytest.fixture(scope="module")
def engine() -> AdaINEngine:
    found = engine_for("balanced", TorchRuntime())
    assert isinstance(found, AdaINEngine)
    return found


@pytest.fixture(scope="module")
def wide(photo: np.ndarray) -> np.ndarray:
    """A picture (64, 256, 3), broad enough to look away from a seam."""
    return np.concatenate([photo[:64, :128], photo[40:104, 60:188]], axis=1)


@pytest.fixture(scope="module")
def styles(engine: AdaINEngine, photo: np.ndarray) -> tuple[Style, Style]:
    return engine.encode(photo[::-1, :, ::-1], "a"), engine.encode(255 - photo[:100, :100], "b")


def halves(width: int = 256, soft: int = 0) -> tuple[np.ndarray, np.ndarray]:
    ramp = np.clip((SEAM + soft / 2 - np.arange(width)) / max(soft, 1e-6), 0, 1)
    left = np.broadcast_to(ramp.astype(np.float32), (64, width))
    return left, 1 - left


def both(styles: tuple[Style, Style], soft: int = 0) -> Look:
    left, right = halves(soft=soft)
    return Look(styles[0], regions=(Region(Look(styles[0]), left), Region(Look(styles[1], 0.8), right)))


def test_each_side_is_its_single_style_up_to_the_seam(engine: AdaINEngine, styles: tuple[Style, Style],
                                                          wide: np.ndarray) -> None:
    painted, _ = engine.stylize(wide[None], [both(styles)])
    left, _ = engine.stylize(wide[None], [Look(styles[0])])
    right, _ = engine.stylize(wide[None], [Look(styles[1], 0.8)])
    np.testing.assert_array_equal(painted[0, :, :SEAM], left[0, :, :SEAM])
    np.testing.assert_array_equal(painted[0, :, SEAM:], right[0, :, SEAM:])
    assert np.abs(left[0, :, SEAM:].astype(int) - right[0, :, SEAM:]).mean() > 5


def test_a_mask_of_ones_is_the_single_style_with_its_own_statistics(engine: AdaINEngine, styles: tuple[Style, Style],
                                                                   wide: np.ndarray) -> None:
    whole = Look(styles[1], regions=(Region(Look(styles[0]), np.ones((64, 256), np.float32)),))
    painted, used = engine.stylize(wide[None], [whole])
    alone, own = engine.stylize(wide[None], [Look(styles[0])])
    assert np.abs(painted.astype(int) - alone).max() <= 1
    at_region = statistics_at(used, 0)
    assert at_region is not None
    np.testing.assert_array_equal(at_region.moments.mean, own.moments.mean)


def test_one_style_behind_every_mask_is_that_style(engine: AdaINEngine, styles: tuple[Style, Style],
                                                  wide: np.ndarray) -> None:
    left, right = halves(soft=40)
    look = Look(styles[0], regions=(Region(Look(styles[0]), left), Region(Look(styles[0]), right)))
    painted, _ = engine.stylize(wide[None], [look])
    alone, _ = engine.stylize(wide[None], [Look(styles[0])])
    assert np.abs(painted.astype(int) - alone).max() <= 1


def test_what_no_mask_covers_is_kept_or_painted(engine: AdaINEngine, styles: tuple[Style, Style],
                                                wide: np.ndarray) -> None:
    left, _ = halves()
    regions = (Region(Look(styles[0]), left),)
    kept, _ = engine.stylize(wide[None], [Look(styles[1], regions=regions, keeps_rest=True)])
    np.testing.assert_array_equal(kept[0, :, SEAM:], wide[:, SEAM:])
    assert np.abs(kept[0, :, :SEAM].astype(int) - wide[:, :SEAM]).mean() > 10
    painted, _ = engine.stylize(wide[None], [Look(styles[1], regions=regions)])
    assert np.abs(painted[0, :, SEAM:].astype(int) - wide[:, SEAM:]).mean() > 10


def test_along_a_hard_edge_in_a_smooth_place_there_is_no_line_and_no_halo(engine: AdaINEngine,
                                                                          styles: tuple[Style, Style]) -> None:
    rows, columns = np.mgrid[0:64, 0:256].astype(np.float32)
    sky = np.stack([90 + 0.2 * columns, 130 + 0.3 * rows, 180 + 0 * rows], axis=-1)
    sky[40:] = np.random.default_rng(3).integers(0, 256, (24, 256, 3))  # so that it is a picture
    content = np.rint(sky).astype(np.uint8)[None]
    painted, _ = engine.stylize(content, [both(styles)])
    alone = [engine.stylize(content, [Look(style, strength)])[0][0].astype(float)
             for style, strength in zip(styles, (1.0, 0.8), strict=True)]
    shown = painted[0, :32].astype(float)
    lowest, highest = (limit(np.stack(alone), axis=0)[:32] for limit in (np.min, np.max))
    assert (shown >= lowest - 1).all()
    assert (shown <= highest + 1).all()


@pytest.mark.parametrize("detail", [48, None])
def test_edges_are_as_sharp_as_their_masks_at_any_working_height(engine: AdaINEngine, styles: tuple[Style, Style],
                                                                 wide: np.ndarray, detail: int | None) -> None:
    large = np.ascontiguousarray(np.kron(wide, np.ones((2, 2, 1), np.uint8)))
    mask = np.zeros(large.shape[:2], np.float32)
    mask[30:90, 101:301] = 1
    look = Look(styles[0], regions=(Region(Look(styles[0]), mask),), keeps_rest=True)
    painter = at_detail(engine, detail)
    painted, used = painter.stylize(large[None], [look])
    alone, _ = painter.stylize(large[None], [Look(styles[0])])
    np.testing.assert_array_equal(painted[0][mask == 0], large[mask == 0])
    np.testing.assert_array_equal(painted[0][mask == 1], alone[0][mask == 1])
    again, _ = painter.stylize(large[None], [look], Statistics(used.moments))
    assert np.abs(again.astype(int) - painted).max() <= 1


def test_a_soft_seam_has_no_step(engine: AdaINEngine, styles: tuple[Style, Style], wide: np.ndarray) -> None:
    left, right = (engine.stylize(wide[None], [look])[0][0].astype(float)
                   for look in (Look(styles[0]), Look(styles[1], 0.8)))

    painted, _ = engine.stylize(wide[None], [both(styles, 128)])
    share = halves(soft=128)[0][..., None]
    assert np.abs(painted[0] - (share * left + (1 - share) * right)).max() <= 0.51


def test_each_picture_of_a_batch_has_its_own_regions(engine: AdaINEngine, styles: tuple[Style, Style],
                                                     wide: np.ndarray) -> None:
    looks = [both(styles), both(styles[::-1])]
    together, _ = engine.stylize(np.stack([wide, wide]), looks)
    for painted, look in zip(together, looks, strict=True):
        assert np.abs(painted.astype(int) - engine.stylize(wide[None], [look])[0][0]).max() <= 1


def test_pictures_of_a_batch_may_have_more_regions_than_others(engine: AdaINEngine, styles: tuple[Style, Style],
                                                               wide: np.ndarray) -> None:
    one = Look(styles[1], regions=(Region(Look(styles[1]), np.ones((64, 256), np.float32)),), keeps_rest=True)
    looks = [one, both(styles)]
    together, used = engine.stylize(np.stack([wide, wide]), looks)
    for painted, look in zip(together, looks, strict=True):
        assert np.abs(painted.astype(int) - engine.stylize(wide[None], [look])[0][0]).max() <= 1
    again, _ = engine.stylize(np.stack([wide, wide]), looks, used)
    assert np.abs(again.astype(int) - together).max() <= 1


def own_halves(styles: tuple[Style, Style]) -> Look:
    look = both(styles)
    return replace(look, regions=tuple(replace(region, own=True) for region in look.regions))


def test_what_has_statistics_of_its_own_is_normalised_as_if_it_were_alone(engine: AdaINEngine,
                                                                         styles: tuple[Style, Style]) -> None:
    blotches = np.random.default_rng(0).integers(0, 256, (1, 4, 16, 3)).astype(np.uint8)
    content = blotches.repeat(16, axis=1).repeat(16, axis=2)  # mere noise would count as nothing to be seen
    content[:, :, :SEAM] //= 2
    _, used = engine.stylize(content, [own_halves(styles)])
    _, whole = engine.stylize(content, [both(styles)])
    for index, side in enumerate((slice(None, SEAM), slice(SEAM, None))):
        _, alone = engine.stylize(np.ascontiguousarray(content[:, :, side]), [both(styles).regions[index].look])
        own, shared = (statistics_at(one, index) for one in (used, whole))
        assert own is not None
        assert shared is not None
        apart = np.abs(own.moments.mean - alone.moments.mean).mean()
        assert apart < 0.6 * np.abs(shared.moments.mean - alone.moments.mean).mean()  # borders differ


def test_nothing_comes_from_beyond_the_border_of_a_region_that_is_painted_alone(engine: AdaINEngine,
                                                                                styles: tuple[Style, Style]) -> None:
    blotches = np.random.default_rng(0).integers(0, 256, (1, 8, 32, 3)).astype(np.uint8)
    content = blotches.repeat(8, axis=1).repeat(8, axis=2)
    other = content.copy()
    other[:, :, SEAM:] = 255 - other[:, :, SEAM:]
    painted, changed = (engine.stylize(picture, [own_halves(styles)])[0].astype(int) for picture in (content, other))
    np.testing.assert_array_equal(painted[:, :, :SEAM], changed[:, :, :SEAM])
    assert np.abs(painted[:, :, SEAM:] - changed[:, :, SEAM:]).mean() > 10
    together, mixed = (engine.stylize(picture, [both(styles)])[0].astype(int) for picture in (content, other))
    assert np.abs(together[:, :, :SEAM] - mixed[:, :, :SEAM]).max() > 10, "as a part of the whole it sees the rest"


def test_a_region_of_one_colour_is_painted_as_a_part_of_the_whole(engine: AdaINEngine,
                                                                  styles: tuple[Style, Style]) -> None:
    content = np.random.default_rng(0).integers(0, 256, (1, 8, 32, 3)).astype(np.uint8).repeat(8, 1).repeat(8, 2)
    content[:, :, :SEAM] = (120, 160, 220)
    alone, together = (engine.stylize(content, [look(styles)])[0].astype(int) for look in (own_halves, both))
    assert np.abs(alone - content)[:, :, :SEAM].mean() > 10, "the sky is left unpainted"
    assert np.abs(alone - together)[:, :, :SEAM].max() <= 1


def unmixed(style: Style) -> Style:
    """The style as the network paints it by itself, whatever kernels are mixed for it."""
    return replace(style, fitted=())


def test_regions_come_nearer_to_their_parts_of_a_style_than_in_the_whole_of_it(engine: AdaINEngine,
                                                                               photo: np.ndarray) -> None:
    blotches = np.random.default_rng(0).integers(0, 256, (8, 16, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)
    parts = [photo[:64, 60:188] // 2, 255 - blotches // 2]
    codes = [unmixed(engine.encode(part, "part")) for part in parts]
    content = np.concatenate([photo[40:104, :128], np.roll(blotches, 24, axis=1) // 2], axis=1)
    whole = Look(unmixed(engine.encode(np.concatenate(parts, axis=1), "whole")))
    inside = (slice(None, SEAM), slice(SEAM, None))

    def apart(look: Look) -> list[float]:
        painted = engine.stylize(content[None], [look])[0][0]
        found = [engine.encode(np.ascontiguousarray(painted[:, side]), "found").code for side in inside]
        return [float(np.linalg.norm(code - own.code)) for code, own in zip(found, codes, strict=True)]

    assert all(own < 0.9 * single for own, single in zip(
        apart(own_halves((codes[0], codes[1]))), apart(whole), strict=True))


def test_what_is_small_is_normalised_with_the_whole_picture(engine: AdaINEngine, styles: tuple[Style, Style],
                                                            wide: np.ndarray) -> None:
    speck = np.zeros((64, 256), np.float32)
    speck[30:34, 30:36] = 1
    look = Look(styles[0], regions=(Region(Look(styles[0]), speck, own=True),), keeps_rest=True)
    used = statistics_at(engine.stylize(wide[None], [look])[1], 0)
    _, whole = engine.stylize(wide[None], [Look(styles[0])])
    assert used is not None
    assert np.abs(used.moments.mean - whole.moments.mean).max() < 0.2 * np.abs(whole.moments.mean).max()


def test_statistics_of_its_own_do_not_depend_on_the_batch_and_are_painted_by_again(
        engine: AdaINEngine, styles: tuple[Style, Style], wide: np.ndarray) -> None:
    looks, pictures = [own_halves(styles), own_halves(styles[::-1])], np.stack([wide, wide[:, ::-1]])
    together, used = engine.stylize(pictures, looks)
    for painted, picture, look in zip(together, pictures, looks, strict=True):
        assert np.abs(painted.astype(int) - engine.stylize(picture[None], [look])[0][0]).max() <= 1
    again, _ = engine.stylize(pictures, looks, Statistics(used.moments))
    assert np.abs(again.astype(int) - together).max() <= 1


def test_shares_sum_to_one_whatever_the_masks(styles: tuple[Style, Style]) -> None:
    masks = np.random.default_rng(1).random((3, 20, 30), np.float32)
    look = Look(styles[0], regions=tuple(Region(Look(styles[0]), mask) for mask in masks))
    for size in ((20, 30), (10, 15), (40, 60)):
        shares = shares_of(look, *size)
        assert shares.shape == (4, *size)
        assert shares.min() >= 0
        np.testing.assert_allclose(shares.sum(axis=0), 1, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_openvino_equals_torch(engine: AdaINEngine, styles: tuple[Style, Style], wide: np.ndarray,
                               dtype: type) -> None:
    other = engine_for("balanced", OpenVINORuntime("cpu", "fp32"))
    picture = wide if dtype == np.uint8 else wide.astype(np.float32) / 255
    look = Look(styles[0], keeps_rest=True, regions=(
        Region(Look(styles[0]), halves(soft=60)[0] * 0.7), Region(Look(styles[1], 0.6), halves(soft=20)[1])))
    exact, moments = engine.stylize(picture[None, :61, :250], [look])
    painted, measured = other.stylize(picture[None, :61, :250], [look])
    tolerance = 1 if dtype == np.uint8 else 1e-3
    assert np.abs(painted.astype(np.float64) - exact).max() <= tolerance
    np.testing.assert_allclose(measured.moments.mean, moments.moments.mean, atol=1e-3)
    mixed = [one.stylize(picture[None, 3:, 6:], [look],
                         Statistics(moments.moments, 0.3))[0].astype(np.float64) for one in (engine, other)]
    assert np.abs(mixed[0] - mixed[1]).max() <= tolerance
    again, _ = other.stylize(picture[None, :61, :250], [look], Statistics(measured.moments, 0.0))
    assert np.abs(again.astype(np.float64) - painted).max() <= tolerance
