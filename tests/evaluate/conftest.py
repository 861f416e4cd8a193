"""What the evaluation's tests share: pictures, and a judge."""

import numpy as np
import pytest
import torch

from allaprima.evaluate.judge import LAYERS, Judge
from allaprima.evaluate.pictures import Sample, rounded
from allaprima.nets.vgg import VGG19


@pytest.fixture(scope="session")
def judge() -> Judge:
    """A judge whose VGG-19 has random weights: enough for what measures are, and quick to have."""
    torch.manual_seed(0)
    network = VGG19(last=LAYERS[-1])
    for convolution in network.convolutions.values():
        torch.nn.init.kaiming_normal_(convolution.weight)
    return Judge(network)


@pytest.fixture(scope="session")
def squares() -> list[Sample]:
    """Three pictures of noise, smooth and of different colours."""
    generator = np.random.default_rng(2)
    small = generator.uniform(size=(3, 6, 6, 3))
    return [Sample(name, rounded(np.kron(picture, np.ones((8, 8, 1))).astype(np.float32)))
            for name, picture in zip(("one", "two", "three"), small, strict=True)]
