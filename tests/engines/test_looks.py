"""Styles as values: blending, strengths, what is refused."""

import numpy as np
import pytest

from allaprima.engines import Look, Style, blended
from allaprima.engines.adain import gate, which_are_gains
from allaprima.engines.looks import CODE_LENGTH
from allaprima.errors import OptionError
from allaprima.nets.shape import Shape


def style(value: float, name: str = "s") -> Style:
    return Style(name, np.full(CODE_LENGTH, value, np.float32), (400, 100, 25, 9), "encoder")


def test_a_blend_is_the_weighted_mean_of_codes() -> None:
    np.testing.assert_allclose(blended([(style(1.0), 3.0), (style(5.0), 1.0)]).code, 2.0)


def test_blending_one_style_gives_it_back() -> None:
    only = style(1.0)
    assert blended([(only, 0.2)]) is only


def test_the_order_of_a_blend_does_not_matter() -> None:
    np.testing.assert_allclose(blended([(style(1.0), 0.3), (style(5.0), 0.7)]).code,
                               blended([(style(5.0), 0.7), (style(1.0), 0.3)]).code)


@pytest.mark.parametrize("weights", [(0.0, 0.0), (-1.0, 2.0), (float("nan"), 1.0), (float("inf"), 1.0)])
def test_impossible_weights_are_refused(weights: tuple[float, float]) -> None:
    with pytest.raises(OptionError, match="blended"):
        blended([(style(1.0), weights[0]), (style(2.0), weights[1])])


@pytest.mark.parametrize("strength", [-0.1, 1.6, float("nan")])
def test_a_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(OptionError, match="strength"):
        Look(style(1.0), strength)


def test_layers_are_means_then_deviations_in_vggs_order() -> None:
    numbered = Style("n", np.arange(CODE_LENGTH, dtype=np.float32), (1, 1, 1, 1), "e")
    assert numbered.layer(0)[0][0] == 0
    assert numbered.layer(0)[1][0] == 64
    assert numbered.layer(1)[0][0] == 128
    assert numbered.layer(3)[0].shape == (512,)
    assert numbered.layer(3)[1][-1] == CODE_LENGTH - 1


def test_the_gate_opens_smoothly_and_fully() -> None:
    values = [gate(strength / 20, 0.5) for strength in range(21)]
    assert values[0] == 0
    assert values[10] == 1
    assert values == sorted(values)
    assert values[5] == pytest.approx(0.5)


def test_half_of_the_modulations_are_gains() -> None:
    gains = which_are_gains(Shape())
    assert gains.sum() * 2 == gains.size == 2 * Shape().channels()
    assert gains[:96].all()
    assert not gains[96:192].any()
