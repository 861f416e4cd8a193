"""Fits that are told where in the frame they are: what they see, and that nothing of it stays in what they paint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allaprima.engines import AdaINEngine, Look, Statistics, Style
from allaprima.engines.fitted import mixed_guides, mixture_digest
from allaprima.engines.style_files import StyleFile, parsed_style_bytes, style_bytes
from allaprima.errors import SourceError
from allaprima.functional.guides import AMPLITUDE, guided, usual_guides
from allaprima.runtimes.pytorch import TorchRuntime
from standin import chance_fit, chance_style, quick_engine

GUIDES = usual_guides()
PLAIN = chance_style("a", 1, chance_fit(1))
GUIDED = replace(PLAIN, fitted=(replace(PLAIN.fitted[0], guides=GUIDES),))


@pytest.fixture(scope="module")
def engine() -> AdaINEngine:
    return quick_engine(TorchRuntime())


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    return np.random.default_rng(5).integers(20, 236, (2, 24, 33, 3), np.uint8)


def looks(style: Style, strength: float = 1.0) -> list[Look]:
    return [Look(style, strength)] * 2


def test_the_network_sees_the_guides_in_the_picture(engine: AdaINEngine, photos: np.ndarray) -> None:
    found, used = engine.stylize(photos, looks(GUIDED))
    wanted, other = engine.stylize(guided(photos, GUIDES), looks(PLAIN))
    np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(used.moments.mean, other.moments.mean)
    assert (found != engine.stylize(photos, looks(PLAIN))[0]).any()


def test_held_statistics_are_of_guided_pictures_too(engine: AdaINEngine, photos: np.ndarray) -> None:
    found, used = engine.stylize(photos, looks(GUIDED))
    again = engine.stylize(photos, looks(GUIDED), Statistics(used.moments, 0.0))[0]
    assert np.abs(again.astype(int) - found).max() <= 1


def test_a_weak_style_lets_the_content_through_and_no_guides(engine: AdaINEngine) -> None:
    y, x = np.mgrid[0:32, 0:48]
    smooth = np.stack([60 + 2 * x, 80 + 3 * y, 90 + x + y], axis=-1).astype(np.uint8)[None]
    found = engine.stylize(smooth, [Look(GUIDED, 0.02)])[0].astype(float) / 255
    alternating = found[:, ::2, ::2] - found[:, ::2, 1::2] - found[:, 1::2, ::2] + found[:, 1::2, 1::2]
    assert np.abs(alternating / 4).mean() < 0.1 * AMPLITUDE
    np.testing.assert_array_equal(engine.stylize(smooth, [Look(GUIDED, 0.0)])[0], smooth)


def test_guides_are_kept_in_the_file_and_count_to_what_a_fit_is() -> None:
    after = parsed_style_bytes(style_bytes(StyleFile(GUIDED))).style.fitted[0]
    np.testing.assert_array_equal(after.guides, GUIDES)
    assert parsed_style_bytes(style_bytes(StyleFile(PLAIN))).style.fitted[0].guides is None
    assert mixture_digest(((after, 1.0),)) != mixture_digest(((PLAIN.fitted[0], 1.0),))


def test_guides_that_are_no_gaussians_are_refused(engine: AdaINEngine, photos: np.ndarray) -> None:
    broken = replace(PLAIN, fitted=(replace(PLAIN.fitted[0], guides=-GUIDES),))
    with pytest.raises(SourceError, match="guides are no Gaussians"):
        parsed_style_bytes(style_bytes(StyleFile(broken)))
    with pytest.raises(SourceError, match="its guides are no Gaussians"):
        engine.stylize(photos, looks(broken))


def test_a_blend_is_guided_as_much_as_it_is_of_what_knows_guides() -> None:
    one, other = GUIDED.fitted[0], chance_fit(2)
    half = mixed_guides(((one, 0.5), (other, 0.5)))
    assert half is not None
    np.testing.assert_allclose(half[:, :3], GUIDES[:, :3])
    np.testing.assert_allclose(half[:, 3:], GUIDES[:, 3:] / 2)
    assert mixed_guides(((other, 1.0),)) is None
