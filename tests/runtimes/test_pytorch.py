"""The torch runtime: the published network's golden file, padding, depths, frozen and measured statistics."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from allaprima import weights
from allaprima.engines import AdaINEngine, Look, Statistics, engine_for
from allaprima.engines.looks import Style
from allaprima.errors import WeightsError
from allaprima.runtimes.calls import Moments, folded
from allaprima.runtimes.pytorch import TorchRuntime


def content_of(golden: dict[str, np.ndarray], name: str) -> np.ndarray:
    return np.ascontiguousarray(golden[f"{name}.content"].transpose(0, 2, 3, 1))


@pytest.fixture(scope="module")
def reference() -> AdaINEngine:
    try:
        engine = engine_for("reference", TorchRuntime())
    except WeightsError as error:
        pytest.skip(f"the published weights cannot be had: {error}")
    assert isinstance(engine, AdaINEngine)
    return engine


@pytest.fixture(scope="module")
def balanced() -> AdaINEngine:
    engine = engine_for("balanced", TorchRuntime())
    assert isinstance(engine, AdaINEngine)
    return engine


@pytest.fixture(scope="module")
def art(balanced: AdaINEngine, photo: np.ndarray) -> Style:
    return replace(balanced.encode(photo[::-1, :, ::-1], "art"), fitted=())  # the network itself is tested


@pytest.mark.network
@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_reference_equals_the_published_network(reference: AdaINEngine, shared: Path, name: str,
                                                strength: float) -> None:
    golden = load_file(shared / "golden" / "adain.safetensors")
    picture = np.ascontiguousarray(golden[f"{name}.style"][0].transpose(1, 2, 0))
    # The golden styles are taken at their own size, which the engine would make even and 512 px.
    code = TorchRuntime().vgg_code(weights.load("vgg19"))(picture)
    rows, columns = picture.shape[:2]
    for _ in range(3):
        rows, columns = -(-rows // 2), -(-columns // 2)
    style = Style("golden", code, (0, 0, 0, rows * columns), "vgg19")
    np.testing.assert_allclose(style.layer(3)[0], golden[f"{name}.style_mean"].ravel(), atol=1e-4)
    painted, _ = reference.stylize(content_of(golden, name), [Look(style, strength)])
    expected = golden[f"{name}.output_strength_{strength}"].transpose(0, 2, 3, 1).clip(0, 1)
    height, width = painted.shape[1:3]
    np.testing.assert_allclose(painted, expected[:, :height, :width], atol=1e-4)


@pytest.mark.parametrize(("height", "width"), [(120, 200), (97, 131), (33, 16), (5, 40), (1, 1), (2, 2)])
def test_the_result_has_exactly_the_size_of_the_input(balanced: AdaINEngine, art: Style, height: int,
                                                      width: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
    painted, _ = balanced.stylize(images, [Look(art)])
    assert painted.shape == images.shape
    assert painted.dtype == np.uint8


def test_strength_zero_is_the_content(balanced: AdaINEngine, art: Style, photo: np.ndarray) -> None:
    painted, _ = balanced.stylize(photo[None], [Look(art, 0.0)])
    np.testing.assert_array_equal(painted[0], photo)


def test_strength_moves_steadily_away_from_the_content(balanced: AdaINEngine, art: Style, photo: np.ndarray) -> None:
    distances = [np.abs(balanced.stylize(photo[None], [Look(art, strength)])[0][0].astype(int) - photo).mean()
                 for strength in (0, 0.25, 0.5, 0.75, 1)]
    assert distances == sorted(distances)
    assert distances[-1] > 10


def test_frozen_with_own_moments_equals_measure(balanced: AdaINEngine, art: Style, photo: np.ndarray) -> None:
    measured, statistics = balanced.stylize(photo[None], [Look(art)])
    frozen, again = balanced.stylize(photo[None], [Look(art)], statistics)
    assert again is statistics
    assert np.abs(measured.astype(int) - frozen).max() <= 1


def test_momentum_mixes_own_and_given_moments(balanced: AdaINEngine, art: Style, photo: np.ndarray) -> None:
    _, own = balanced.stylize(photo[None], [Look(art)])
    _, other = balanced.stylize(photo[None, ::-1] // 2, [Look(art)])
    _, mixed = balanced.stylize(photo[None], [Look(art)], Statistics(other.moments, 0.25))
    first = slice(0, 96)  # the first normalisation sees features that no other one has changed
    expected = 0.25 * own.moments.mean[:, first] + 0.75 * other.moments.mean[:, first]
    np.testing.assert_allclose(mixed.moments.mean[:, first], expected, atol=1e-4)


def test_eight_sixteen_and_float_pictures_agree(balanced: AdaINEngine, art: Style, photo: np.ndarray) -> None:
    eight, _ = balanced.stylize(photo[None], [Look(art)])
    sixteen, _ = balanced.stylize((photo.astype(np.uint16) * 257)[None], [Look(art)])
    wide, _ = balanced.stylize((photo / np.float32(255))[None], [Look(art)])
    assert sixteen.dtype == np.uint16
    assert wide.dtype == np.float32
    np.testing.assert_allclose(sixteen / 65535, wide, atol=1e-4)
    np.testing.assert_allclose(eight / 255, wide, atol=0.5 / 255 + 1e-4)


def test_a_stylised_ramp_of_sixteen_bits_keeps_over_a_thousand_levels(balanced: AdaINEngine, art: Style) -> None:
    ramp = np.linspace(0, 65535, 2048).astype(np.uint16)
    picture = np.repeat(np.repeat(ramp[None, :, None], 3, axis=2), 32, axis=0)
    painted, _ = balanced.stylize(picture[None], [Look(art)])
    assert len(np.unique(painted[0, 16, :, 0])) > 1000


def test_every_picture_of_a_batch_has_its_own_look(balanced: AdaINEngine, art: Style, photo: np.ndarray) -> None:
    together, _ = balanced.stylize(np.stack([photo, photo]), [Look(art, 0.0), Look(art, 1.0)])
    alone, _ = balanced.stylize(photo[None], [Look(art, 1.0)])
    np.testing.assert_array_equal(together[0], photo)
    assert np.abs(together[1].astype(int) - alone[0]).max() <= 1


def test_folding_works_the_moments_into_scale_and_bias(balanced: AdaINEngine, art: Style) -> None:
    modulation = balanced.modulation([Look(art)])
    moments = Moments(np.full_like(modulation.scale, 2.0), np.full_like(modulation.scale, 4.0))
    x = 3.0
    expected = (x - 2.0) / np.sqrt(4.0 + 1e-5) * modulation.scale + modulation.bias
    once = folded(modulation, moments)
    np.testing.assert_allclose(once.scale * x + once.bias, expected, rtol=1e-5, atol=1e-5)
