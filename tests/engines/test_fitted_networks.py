"""Pictures painted by networks that were fitted: one network for one style, pictures mixed where several paint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allaprima.engines import AdaINEngine, Look, Region, Statistics, Style, blended, settled
from allaprima.engines.adain import compact_modulation
from allaprima.engines.fitted import mixed_tensors
from allaprima.errors import SourceError
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.runtimes.pytorch import TorchRuntime
from standin import GATE, SHA256, SHAPE, chance_fit, chance_style, chance_tensors, quick_engine

FIRST, SECOND = chance_style("a", 1, chance_fit(1)), chance_style("b", 2, chance_fit(2))
PLAIN = chance_style("c", 3)


@pytest.fixture(scope="module")
def engine() -> AdaINEngine:
    return quick_engine(TorchRuntime())


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (1, 24, 32, 3), np.uint8)


def painted(engine: AdaINEngine, photos: np.ndarray, style: Style, **asked: object) -> np.ndarray:
    return engine.stylize(photos, [Look(style, **asked)] * len(photos))[0]  # type: ignore[arg-type]


def test_a_fitted_style_is_painted_by_the_network_with_its_kernels_and_its_row(engine: AdaINEngine,
                                                                               photos: np.ndarray) -> None:
    fitted = FIRST.fitted[0]
    transfer = TorchRuntime().compact(mixed_tensors(chance_tensors(), ((fitted, 1.0),)), SHAPE)
    modulation = compact_modulation(chance_tensors(), {}, SHAPE, GATE, SHA256)(Look(FIRST))
    wanted, _ = transfer.measure(photos, modulation)
    np.testing.assert_array_equal(painted(engine, photos, FIRST), wanted)
    assert (painted(engine, photos, FIRST) != painted(engine, photos, replace(FIRST, fitted=()))).any()


def test_a_fit_of_another_base_leaves_the_codes(engine: AdaINEngine, photos: np.ndarray) -> None:
    elsewhere = replace(FIRST, fitted=(chance_fit(1, "f" * 64),))
    unfitted = painted(engine, photos, replace(FIRST, fitted=()))
    np.testing.assert_array_equal(painted(engine, photos, elsewhere), unfitted)


def test_a_fit_whose_kernels_have_another_shape_is_refused(engine: AdaINEngine, photos: np.ndarray) -> None:
    broken = replace(FIRST.fitted[0], row=FIRST.fitted[0].row[:-2])
    with pytest.raises(SourceError, match="cannot paint with a fitted style"):
        painted(engine, photos, replace(FIRST, fitted=(broken,)))


def test_strength_zero_is_the_content(engine: AdaINEngine, photos: np.ndarray) -> None:
    np.testing.assert_array_equal(painted(engine, photos, FIRST, strength=0.0), photos)
    assert (painted(engine, photos, FIRST, strength=0.5) != photos).any()


def test_a_moving_blend_mixes_pictures_and_ends_in_each_style_to_the_bit(engine: AdaINEngine,
                                                                         photos: np.ndarray) -> None:
    one, other = painted(engine, photos, FIRST), painted(engine, photos, SECOND)
    between = painted(engine, photos, blended([(FIRST, 0.25), (SECOND, 0.75)]))
    np.testing.assert_allclose(between, 0.25 * one + 0.75 * other, atol=0.51)
    np.testing.assert_array_equal(painted(engine, photos, blended([(FIRST, 1), (SECOND, 0)])), one)


def test_a_moving_blend_with_an_unfitted_style_has_the_base_paint_that(engine: AdaINEngine, photos: np.ndarray) -> None:
    between = painted(engine, photos, blended([(FIRST, 0.5), (PLAIN, 0.5)]))
    wanted = 0.5 * painted(engine, photos, FIRST) + 0.5 * painted(engine, photos, PLAIN)
    np.testing.assert_allclose(between, wanted, atol=0.51)


def test_a_settled_blend_is_one_network_of_added_kernels_and_rows(engine: AdaINEngine, photos: np.ndarray) -> None:
    blend = settled([(FIRST, 0.5), (PLAIN, 0.5)])
    _, used = engine.stylize(photos, [Look(blend)])
    assert len(used.moments.networks) == 1
    modulate = compact_modulation(chance_tensors(), shipped_encoder(), SHAPE, GATE, SHA256)
    for part in ("scale", "bias"):
        both = [getattr(modulate(Look(style)), part) for style in (FIRST, PLAIN)]
        np.testing.assert_allclose(getattr(modulate(Look(blend)), part), (both[0] + both[1]) / 2, atol=1e-5)


def shipped_encoder() -> dict[str, np.ndarray]:
    from allaprima import weights

    return weights.load("style-encoder")


def test_moments_belong_to_their_network(engine: AdaINEngine, photos: np.ndarray) -> None:
    wanted, of_first = engine.stylize(photos, [Look(FIRST)])
    again, _ = engine.stylize(photos, [Look(FIRST)], of_first)
    np.testing.assert_allclose(again.astype(int), wanted, atol=1)
    for style in (SECOND, PLAIN):  # another network's moments are left out of account
        own, _ = engine.stylize(photos, [Look(style)])
        np.testing.assert_array_equal(engine.stylize(photos, [Look(style)], of_first)[0], own)
    _, of_both = engine.stylize(photos, [Look(blended([(FIRST, 0.5), (SECOND, 0.5)]))], of_first)
    assert len(of_both.moments.networks) == 2
    assert engine.stylize(photos, [Look(FIRST)], of_both)[1].moments.networks == of_first.moments.networks


def test_moments_of_the_base_serve_it_within_a_blend(engine: AdaINEngine, photos: np.ndarray) -> None:
    _, own = engine.stylize(photos, [Look(PLAIN)])
    shifted = Statistics(replace(own.moments, mean=own.moments.mean + 1))
    blend = Look(blended([(FIRST, 0.5), (PLAIN, 0.5)]))
    assert (engine.stylize(photos, [blend], shifted)[0] != engine.stylize(photos, [blend])[0]).any()


def test_a_batch_may_hold_pictures_of_several_networks(engine: AdaINEngine, photos: np.ndarray) -> None:
    together, used = engine.stylize(np.concatenate([photos, photos]), [Look(FIRST), Look(PLAIN)])
    for index, style in enumerate((FIRST, PLAIN)):
        np.testing.assert_allclose(together[index].astype(int), painted(engine, photos, style)[0], atol=1)
    assert len(used.moments.networks) == 2


def test_every_region_is_painted_by_its_own_network(engine: AdaINEngine, photos: np.ndarray) -> None:
    left = np.zeros(photos.shape[1:3], np.float32)
    left[:, :16] = 1
    for rest in (SECOND, PLAIN):
        both, _ = engine.stylize(photos, [Look(rest, regions=(Region(Look(FIRST), left),))])
        np.testing.assert_array_equal(both[:, :, :16], painted(engine, photos, FIRST)[:, :, :16])
        np.testing.assert_array_equal(both[:, :, 16:], painted(engine, photos, rest)[:, :, 16:])
    kept, _ = engine.stylize(photos, [Look(FIRST, regions=(Region(Look(FIRST), left),), keeps_rest=True)])
    np.testing.assert_array_equal(kept[:, :, 16:], photos[:, :, 16:])
    mixed, _ = engine.stylize(photos, [Look(PLAIN, regions=(Region(Look(FIRST), left),), keeps_rest=True)])
    np.testing.assert_array_equal(mixed[:, :, 16:], photos[:, :, 16:])


def test_regions_of_one_network_have_moments_each_and_are_painted_by_them(engine: AdaINEngine,
                                                                          photos: np.ndarray) -> None:
    left = np.zeros(photos.shape[1:3], np.float32)
    left[:, :16] = 1
    look = Look(FIRST, regions=(Region(Look(FIRST, 0.5), left),))
    both, used = engine.stylize(photos, [look])
    assert len(used.moments.networks) == 2
    again, _ = engine.stylize(photos, [look], used)
    np.testing.assert_allclose(again.astype(int), both, atol=1)


def test_openvino_equals_torch(photos: np.ndarray, engine: AdaINEngine, tmp_path: object,
                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path))
    quick = quick_engine(OpenVINORuntime("cpu", "fp32"))
    np.testing.assert_allclose(painted(quick, photos, FIRST).astype(int), painted(engine, photos, FIRST), atol=1)


@pytest.mark.parametrize("style", [FIRST, settled([(FIRST, 0.5), (SECOND, 0.5)])], ids=["a fit", "a settled blend"])
def test_strength_mixes_a_fitted_style_s_picture_with_the_content(engine: AdaINEngine, photos: np.ndarray,
                                                                  style: Style) -> None:
    whole = painted(engine, photos, style)
    within = (whole > 0) & (whole < 255)  # what was cut off is mixed as it was before
    assert (within & (whole != photos)).mean() > 0.1
    for strength in (0.25, 0.5, 0.75):
        mixed = (1 - strength) * photos + strength * whole.astype(np.float32)
        found = painted(engine, photos, style, strength=strength)
        np.testing.assert_allclose(found[within], mixed[within], atol=1.01)
    assert (painted(engine, photos, style, strength=1.3) != whole).any()
