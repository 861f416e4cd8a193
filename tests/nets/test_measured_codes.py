"""Codes as VGG-19 in low rank measures them: nearer to VGG's own than foretold ones, and never far off."""

import numpy as np
import pytest
import torch

from allaprima import weights
from allaprima.nets.measured_codes import FAR, drawn_in
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.train.mixing.codes import measure_of
from allaprima.train.trainee import load_into


def test_far_numbers_are_drawn_in_and_near_ones_stay() -> None:
    near, far = torch.linspace(-1, 1, 21), torch.tensor([-50.0, -10.0, 10.0, 50.0])
    assert (drawn_in(near) - near).abs().max() < 0.02
    assert drawn_in(far).diff().gt(0).all()
    assert drawn_in(far).abs().max() < 4 * FAR


@pytest.mark.skipif(not weights.path_of("vgg19").is_file(), reason="VGG-19 has not been fetched")
def test_measured_codes_are_nearer_to_vgg_s_own_than_foretold_ones(photo: np.ndarray) -> None:
    picture = np.ascontiguousarray(photo[:128, :160], np.float32) / 255
    exact = TorchRuntime().vgg_code(weights.load("vgg19"))(picture)
    whitening = load_into(StyleEncoder(), weights.path_of("style-encoder")).whitening
    wanted = drawn_in(whitening(torch.from_numpy(exact)[None]))
    seen = torch.from_numpy(picture).permute(2, 0, 1)[None]
    encoder = load_into(StyleEncoder(), weights.path_of("style-encoder")).requires_grad_(False)
    measured, foretold = measure_of(weights.path_of("style-encoder"))(seen), drawn_in(encoder(seen))
    errors = [float((code - wanted).square().mean()) for code in (measured, foretold)]
    assert errors[0] < errors[1] / 4


def test_in_low_rank_every_layer_of_a_code_is_there() -> None:
    assert VGG19(last=STYLE_LAYERS[-1]).names[-1] == "relu4_1"
    code = measure_of(weights.path_of("style-encoder"))(torch.rand(2, 3, 64, 48))
    assert code.shape == (2, 1920)
    assert torch.isfinite(code).all()
