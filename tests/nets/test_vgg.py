"""VGG-19 in low rank: what it is when its ranks are full, and how much work it saves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from allaprima import weights
from allaprima.functional.losses import statistics_row, style_loss
from allaprima.nets.vgg import LAYERS, LOW_RANKS, STYLE_LAYERS, VGG19, LowRank


def random_vgg() -> VGG19:
    torch.manual_seed(0)
    network = VGG19("zeros", "relu2_1")
    for convolution in network.convolutions.values():
        nn.init.kaiming_normal_(convolution.weight)
    return network.requires_grad_(False)


def products_of(network: VGG19, side: int = 32) -> float:
    """Thousands of products a pixel."""
    counted = 0

    def count(layer: nn.Conv2d, _: object, result: torch.Tensor) -> None:
        nonlocal counted
        counted += result.numel() * layer.weight[0].numel()

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    with torch.inference_mode():
        network(torch.rand(1, 3, side, side), STYLE_LAYERS)
    return counted / side ** 2 / 1e3


def test_with_full_ranks_it_is_vgg_itself() -> None:
    whole = random_vgg()
    ranks = {"relu1_2": (64, 64), "relu2_1": (64, 128)}
    slim = VGG19("zeros", "relu2_1", ranks).requires_grad_(False)
    slim.to_bgr.load_state_dict(whole.to_bgr.state_dict())
    slim.convolutions["relu1_1"].load_state_dict(whole.convolutions["relu1_1"].state_dict())
    for name in ranks:
        layer, own = slim.convolutions[name], whole.convolutions[name]
        assert isinstance(layer, LowRank)
        reduce, convolve, expand = layer
        reduce.weight.copy_(torch.eye(64)[:, :, None, None])
        convolve.weight.copy_(own.weight)
        expand.weight.copy_(torch.eye(len(own.weight))[:, :, None, None])
        expand.bias.copy_(own.bias)
    picture = torch.rand(1, 3, 20, 24)
    for layer_name, features in whole(picture, whole.names).items():
        torch.testing.assert_close(slim(picture, (layer_name,))[layer_name], features, rtol=1e-4, atol=1e-4)


def test_in_low_rank_all_channels_are_there_for_a_fifth_of_the_work() -> None:
    slim = VGG19("zeros", STYLE_LAYERS[-1], LOW_RANKS)
    assert set(LOW_RANKS) == set(LAYERS[1:LAYERS.index("relu4_1") + 1])
    widths = [features.shape[1] for features in slim(torch.rand(1, 3, 16, 16), STYLE_LAYERS).values()]
    assert widths == [64, 128, 256, 512]
    assert products_of(slim) < products_of(VGG19("zeros", STYLE_LAYERS[-1])) / 5


def style_gradient(network: VGG19, picture: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
    """The gradient of the style loss with respect to the picture."""
    with torch.no_grad():
        wanted = [statistics_row(features) for features in network(style, STYLE_LAYERS).values()]
    looked_at = picture.clone().requires_grad_(True)
    rows = [statistics_row(features) for features in network(looked_at, STYLE_LAYERS).values()]
    return torch.autograd.grad(style_loss(rows, wanted).sum(), looked_at)[0].flatten()


@pytest.mark.skipif(not weights.path_of("vgg19").is_file(), reason="VGG-19 has not been fetched")
def test_the_shipped_weights_give_the_gradients_of_vgg_itself(photo: np.ndarray) -> None:
    pictures = [torch.from_numpy(np.ascontiguousarray(part)).permute(2, 0, 1)[None].float() / 255
                for part in (photo[:96, :96], 255 - photo[:96, 100:196])]
    networks = []
    for network, name in ((VGG19("zeros", STYLE_LAYERS[-1]), "vgg19"),
                          (VGG19("zeros", STYLE_LAYERS[-1], LOW_RANKS), "slim-vgg19")):
        held = {key: torch.from_numpy(value) for key, value in weights.load(name).items()}
        network.load_state_dict({key: held[key] for key in network.state_dict()})
        networks.append(network.requires_grad_(False))
    own, slim = (style_gradient(network, *pictures) for network in networks)
    assert float(torch.cosine_similarity(own, slim, dim=0)) > 0.8
