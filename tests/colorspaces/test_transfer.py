"""From light to a picture and back: what a network paints changes exposure, and nothing else is touched."""

from __future__ import annotations

import numpy as np
import PyOpenColorIO
import pytest
from numpy.typing import NDArray

from allaprima.colorspaces.configs import CINEON
from allaprima.colorspaces.transfer import Transferred
from allaprima.colorspaces.views import opened_config, views_of
from allaprima.config import Transfer

RAMP = np.repeat((2.0 ** np.linspace(-6, 4, 801))[None, :, None], 3, axis=2).astype(np.float32)


def transferred(space: str = "lin_rec709", transfer: Transfer = "exposure", output: str | None = None) -> Transferred:
    config = opened_config(None)
    return Transferred(config, config.asked(space), config.asked(output or space), transfer)


def painted(shown: NDArray[np.uint16], factor: float = 1.0, offset: float = 0.0) -> NDArray[np.uint16]:
    return np.rint(np.clip(shown * factor + offset * 65535, 0, 65535)).astype(np.uint16)


@pytest.mark.parametrize("transfer", ["exposure", "invert", "log"])
@pytest.mark.parametrize("space", ["lin_rec709", "ACEScg", "ARRI LogC4", CINEON])
def test_an_untouched_picture_gives_the_same_bits(space: str, transfer: Transfer) -> None:
    way = transferred(space, transfer)
    pixels = np.random.default_rng(0).normal(0.4, 2, (8, 9, 3)).astype(np.float32)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = np.nan, np.inf, -np.inf
    shown = way.shown(pixels, None)
    assert way.back(pixels, None, shown, shown).tobytes() == pixels.tobytes()


def test_what_is_no_number_stays_where_it_is_and_nothing_becomes_such() -> None:
    way = transferred()
    pixels = np.random.default_rng(0).normal(0.4, 3, (8, 9, 3)).astype(np.float32)
    pixels[2, 3, 1], pixels[4, 4], pixels[5, 5] = np.nan, np.inf, -0.25
    shown = way.shown(pixels, None)
    back = way.back(pixels, None, shown, painted(shown, 0.8, 0.05))
    assert np.array_equal(np.isnan(back), np.isnan(pixels))
    assert np.array_equal(np.isinf(back), np.isinf(pixels))
    assert (back[5, 5] < 0).all()


@pytest.mark.parametrize(("factor", "offset"), [(0.7, 0.0), (1.0, -0.05), (0.5, 0.25), (0.0, 0.5)])
def test_a_ramp_of_greys_to_sixteen_stays_in_order(factor: float, offset: float) -> None:
    way = transferred()
    shown = way.shown(RAMP, None)
    back = way.back(RAMP, None, shown, painted(shown, factor, offset))[0]
    assert (np.diff(back, axis=0) > -0.02 * back[1:] - 1e-4).all()


def test_an_error_of_a_network_in_a_sun_stays_small() -> None:
    sun = np.full((1, 1, 3), 16, np.float32)
    by = {transfer: transferred(transfer=transfer) for transfer in ("exposure", "invert")}  # type: ignore[arg-type]
    wrong = {transfer: way.back(sun, None, shown := way.shown(sun, None), painted(shown, offset=0.01))[0, 0, 0]
             for transfer, way in by.items()}
    assert abs(wrong["exposure"] - 16) < 2.5
    assert abs(wrong["invert"] - 16) > 5


def test_the_result_looks_as_it_was_painted() -> None:
    way = transferred()
    pixels = np.random.default_rng(0).uniform(0.02, 0.8, (40, 50, 3)).astype(np.float32)
    shown = way.shown(pixels, None)
    wanted = painted(shown, 0.8, 0.06)
    seen = way.shown(way.back(pixels, None, shown, wanted), None)
    assert np.abs(seen.astype(int) - wanted).mean() / 65535 < 0.01


def test_premultiplied_pixels_change_with_what_they_cover() -> None:
    way = transferred()
    straight = np.full((2, 2, 3), 0.3, np.float32)
    alpha = np.array([[1, 0.5], [0.25, 0]], np.float32)
    pixels = straight * alpha[..., None]
    shown = way.shown(pixels, alpha)
    assert np.abs(shown[0, 0].astype(int) - shown[1, 0]).max() < 60
    back = way.back(pixels, alpha, shown, painted(shown, 0.8))
    assert back[1, 0] == pytest.approx(back[0, 0] / 4, rel=0.02)
    assert np.abs(back[1, 1]).max() < 1e-3


def test_the_baked_view_is_the_configs_own() -> None:
    config = opened_config(None)
    space = config.asked("ACEScg")
    exact = RAMP.copy()
    display, view = config.view
    config.config.getProcessor(PyOpenColorIO.DisplayViewTransform(src="ACEScg", display=display, view=view)
                               ).getDefaultCPUProcessor().applyRGB(exact)
    assert np.abs(views_of(config, space).shown(RAMP) - np.clip(exact, 0, 1)).max() < 0.002


def test_another_output_space_holds_the_same_light() -> None:
    to_cg = transferred(output="ACEScg")
    shown = to_cg.shown(RAMP, None)
    back = to_cg.back(RAMP, None, shown, shown)
    assert back[0] == pytest.approx(RAMP[0], rel=1e-3)  # greys are greys in both
    red = np.array([[[1, 0, 0]]], np.float32)
    shown = to_cg.shown(red, None)
    assert to_cg.back(red, None, shown, shown)[0, 0, 1] > 0.05


def test_display_bakes_the_picture() -> None:
    way = transferred(transfer="display")
    shown = way.shown(RAMP, None)
    assert way.back(RAMP, None, shown, painted(shown, 0.5)).max() <= 0.5
