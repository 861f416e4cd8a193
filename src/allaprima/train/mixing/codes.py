"""What measures the codes by which styles mix kernels, in training as at work."""

from __future__ import annotations

from pathlib import Path

from allaprima import weights
from allaprima.nets.measured_codes import MeasuredCodes
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import STYLE_LAYERS, VGG19, ranks_of
from allaprima.train.trainee import load_into
from allaprima.weights import header_of

CODES = weights.SLIM_VGG
"""The weights that measure codes; a file of kernels names them, and engines measure styles by them."""


def measure_of(encoder: Path) -> MeasuredCodes:
    """VGG-19 in low rank as it comes along, in float32, with the whitening of the style encoder in that file."""
    path = weights.path_of(CODES)
    vgg = load_into(VGG19(last=STYLE_LAYERS[-1], ranks=ranks_of(header_of(path))), path)
    return MeasuredCodes(vgg, load_into(StyleEncoder(), encoder).whitening).requires_grad_(False)

