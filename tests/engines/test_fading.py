"""Flat pictures, fades and cards, in every precision: a painting comes and goes with its content."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from allaprima.bundled import bundled_styles
from allaprima.engines import AdaINEngine, Look, Region, Statistics, at_detail, engine_for
from allaprima.functional.visibility import small_planes
from allaprima.io.still.reading import read_image
from allaprima.runtimes.calls import Precision
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.runtimes.pytorch import TorchRuntime

CARDS = (0, 16, 128, 235, 255)
PRECISIONS: tuple[Precision, ...] = ("fp32", "int8")


@cache
def engine(model: str, precision: Precision) -> AdaINEngine:
    found = engine_for(model, OpenVINORuntime("cpu", precision))
    assert isinstance(found, AdaINEngine)
    return found


@pytest.fixture(scope="module")
def content(photo: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(photo[:96, :128])


@cache
def look_of(painter: AdaINEngine) -> Look:
    return Look(painter.encode(read_image(bundled_styles()["starry"]).image, "starry"))


def faded(content: np.ndarray, share: float, towards: float) -> np.ndarray:
    return np.rint(share * content + (1 - share) * towards).astype(np.uint8)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("model", ["balanced", "fast"])
def test_a_flat_card_comes_out_as_it_is_and_noise_is_not_blown_up(model: str, precision: Precision,
                                                                  content: np.ndarray) -> None:
    painter = engine(model, precision)
    look = look_of(painter)
    random = np.random.default_rng(1)
    for level in CARDS:
        card = np.full((1, *content.shape), level, np.uint8)
        painted, used = painter.stylize(card, [look])
        np.testing.assert_array_equal(painted, card)
        by_those, _ = painter.stylize(card, [look], Statistics(used.moments, 0.3))
        np.testing.assert_array_equal(by_those, card)
        noisy = np.clip(card + random.normal(0, 1.5, card.shape), 0, 255).astype(np.uint8)
        assert np.abs(painter.stylize(noisy, [look])[0].astype(int) - noisy).max() <= 3


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("towards", [0, 128, 255])
def test_a_fade_ends_where_the_content_does_and_jumps_nowhere(precision: Precision, towards: int,
                                                              content: np.ndarray) -> None:
    painter = engine("balanced", precision)
    look = look_of(painter)
    frames = [faded(content, 1 - step / 25, towards) for step in range(26)]
    painted = np.concatenate([painter.stylize(frame[None], [look])[0] for frame in frames]).astype(float)
    np.testing.assert_array_equal(painted[-1], frames[-1])
    near = np.abs(painted[-2] - frames[-2])
    assert near.mean() < 4
    means = painted.mean(axis=(1, 2))
    whole = np.abs(means[0] - means[-1]).max()
    assert np.abs(np.diff(means, axis=0)).max() < 0.2 * whole + 6
    blocks = painted.reshape(26, 12, 8, 16, 8, 3).mean(axis=(2, 4))
    assert np.percentile(np.abs(np.diff(blocks, axis=0)), 99) < 40  # unfaded, half of a picture changes by 100


def test_what_is_no_fade_is_painted_as_ever_to_the_bit(content: np.ndarray) -> None:
    painter = engine("balanced", "fp32")
    look = Look(replace(look_of(painter).style, fitted=()))  # by the network itself, whatever a style mixes for it
    raw, _ = painter._painted(content[None], [look], None, [small_planes(content)])
    assert np.array_equal(painter.stylize(content[None], [look])[0], raw)
    assert np.abs(raw.astype(int) - content).mean() > 15


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_wider_pictures_fade_alike(dtype: type, content: np.ndarray) -> None:
    painter = engine("balanced", "fp32")
    look = look_of(painter)
    scale = 257 if dtype is np.uint16 else 1 / 255
    dark = faded(content, 0.25, 0)
    wide, _ = painter.stylize((dark * np.float64(scale)).astype(dtype)[None], [look])
    assert wide.dtype == dtype
    narrow, _ = painter.stylize(dark[None], [look])
    assert np.abs(wide / np.float64(scale) - narrow).max() <= 1.01
    flat = np.full((1, *content.shape), 3 * scale, dtype)
    np.testing.assert_array_equal(painter.stylize(flat, [look])[0], flat)


def test_regions_small_details_and_tiny_pictures_fade_too(content: np.ndarray) -> None:
    painter = engine("balanced", "fp32")
    look = look_of(painter)
    mask = np.zeros(content.shape[:2], np.float32)
    mask[:, :60] = 1
    regions = Look(look.style, 0.4, regions=(Region(look, mask),))
    card = np.full((1, *content.shape), 128, np.uint8)
    np.testing.assert_array_equal(painter.stylize(card, [regions])[0], card)
    np.testing.assert_array_equal(at_detail(painter, 48).stylize(card, [look])[0], card)
    np.testing.assert_array_equal(painter.stylize(card[:, :3, :5], [look])[0], card[:, :3, :5])


def test_torch_fades_as_openvino_does(content: np.ndarray) -> None:
    painter = engine_for("balanced", TorchRuntime())
    assert isinstance(painter, AdaINEngine)
    card = np.full((2, *content.shape), 90, np.uint8)
    look = look_of(painter)
    np.testing.assert_array_equal(painter.stylize(card, [look, look])[0], card)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("model", ["balanced", "fast"])
def test_a_title_is_painted_alike_whether_it_is_measured_or_not(model: str, precision: Precision,
                                                                content: np.ndarray) -> None:
    painter = engine(model, precision)
    look = look_of(painter)
    title = np.zeros((1, 96, 128, 3), np.uint8)
    title[:, 40:52, 30:98:5] = title[:, 40:52, 31:98:5] = 255
    own, used = painter.stylize(title, [look])
    mixed, _ = painter.stylize(title, [look], Statistics(used.moments, 0.3))
    given, _ = painter.stylize(title, [look], Statistics(used.moments))
    for other in (mixed, given):
        assert np.abs(other.astype(int) - own).max() <= 2
    both = np.concatenate([title, content[None]])
    together, moments = painter.stylize(both, [look, look])
    np.testing.assert_array_equal(together[0], own[0])
    np.testing.assert_array_equal(together[1], painter.stylize(content[None], [look])[0][0])
    assert len(moments.moments.mean) == 2
