"""Finds the kernels of VGG-19 in low rank: layer by layer, in closed form, on pictures.

    python tools/slim_vgg.py PICTURES... -o weights/slim-vgg.safetensors [--count 60]
    python tools/slim_vgg.py PICTURES... --check weights/slim-vgg.safetensors [--count 12]

PICTURES: folders of photographs, of paintings and of painted pictures, of which equal numbers are taken: networks that
are trained are looked at while they paint. For each convolution,

- of its input those directions are kept that matter most to it: the singular vectors of H^1/2 S^1/2, where S is the
  covariance of the input and H the sum over the kernel's nine places of W^T W;
- its output before the ReLU is regressed from what is kept, with VGG's own output as the aim, so that every layer makes
  up for what those before it have lost;
- of the regression's output the principal components are kept.

``--check`` prints how alike the gradients of the style loss are to VGG's own: the cosine, each picture against the next
one as its style, with respect to the picture.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from allaprima.cli.train import at_hand
from allaprima.nets.vgg import LOW_RANKS, STYLE_LAYERS, VGG19
from allaprima.train.crops import random_crops, uniform
from allaprima.train.moments import mean_and_deviation
from allaprima.train.objective import style_losses
from allaprima.train.pictures import encoded_pictures, gathered
from allaprima.train.trainee import load_into

SIDE_PX, SMALLEST_PX, LARGEST_PX = 192, 200, 500
SCALES = (0.8, 1.4)  # pixels of a picture to one of its crop
PLACES = 40_000     # at which a layer is looked at
RIDGE = 1e-4        # of the mean variance, added to each
BATCH = 4
FIRST = STYLE_LAYERS[0]


def slim_vgg() -> VGG19:
    """The network in low rank."""
    return VGG19("zeros", STYLE_LAYERS[-1], LOW_RANKS)


def crops_of(folders: Sequence[Path], count: int, seed: int) -> Tensor:
    """Crops (K, 3, S, S) in [0, 1], as many of each folder."""
    generator = torch.Generator().manual_seed(seed)
    found = []
    for folder in folders:
        encoded = list(encoded_pictures(folder))
        chosen = torch.randperm(len(encoded), generator=generator)[:count // len(folders)].tolist()
        images = gathered((encoded[index] for index in chosen), str(folder), SMALLEST_PX, LARGEST_PX, "cpu").images
        found += [random_crops([image], SIDE_PX, uniform(*SCALES, generator), generator) for image in images]
    return torch.cat(found)


def in_batches(network: nn.Module, maps: Tensor) -> Tensor:
    """What a network makes of maps (K, C, H, W)."""
    return torch.cat([network(part) for part in maps.split(BATCH)])


def roots(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """The root of a symmetric positive matrix, and its inverse."""
    values, vectors = torch.linalg.eigh(matrix.double())
    held = values.clamp(min=1e-6 * float(values[-1])).sqrt()
    return (vectors * held) @ vectors.T, (vectors / held) @ vectors.T


def kept_directions(inputs: Tensor, kernel: Tensor, count: int) -> Tensor:
    """Of inputs (K, C, H, W) the directions (count, C) that matter most to a kernel (O, C, 3, 3), at unit deviation."""
    rows = inputs.permute(1, 0, 2, 3).flatten(1)
    read, _ = roots(torch.einsum("oiyx,ojyx->ij", kernel, kernel))
    spread, _ = roots(torch.cov(rows))
    left, sizes, _ = torch.linalg.svd(read @ spread)
    return (left[:, :count].T @ read / sizes[:count, None]).float()


def regressed(seen: Tensor, aims: Tensor, generator: Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """How aims (K, O, H, W) follow from the patches of maps (K, R, H, W): kernels (9 R, O) between what differs from
    the means; the means, (9 R,) and (O,); and the covariance of the patches.
    """
    patches = F.unfold(seen, 3, padding=1).transpose(1, 2).flatten(0, 1)
    chosen = torch.randperm(len(patches), generator=generator)[:PLACES]
    inputs, outputs = patches[chosen].double(), aims.permute(0, 2, 3, 1).flatten(0, 2)[chosen].double()
    centre, aim = inputs.mean(dim=0), outputs.mean(dim=0)
    covariance = (inputs - centre).T @ (inputs - centre) / len(inputs)
    ridge = RIDGE * covariance.diagonal().mean() * torch.eye(len(centre), dtype=torch.float64)
    kernels = torch.linalg.solve(covariance + ridge, (inputs - centre).T @ (outputs - aim) / len(inputs))
    return kernels, centre, aim, covariance


@torch.no_grad()
def write_layer(layer: nn.Sequential, inputs: Tensor, aims: Tensor, kernel: Tensor, generator: Generator) -> None:
    """Finds a layer's three kernels: from its inputs (K, C, H, W), VGG's outputs before the ReLU, and VGG's kernel."""
    reduce, convolve, expand = (part for part in layer if isinstance(part, nn.Conv2d))
    reduce.weight.copy_(kept_directions(inputs, kernel, len(reduce.weight))[:, :, None, None])
    kernels, centre, aim, covariance = regressed(in_batches(reduce, inputs), aims, generator)
    values, vectors = torch.linalg.eigh(kernels.T @ covariance @ kernels)
    count = len(convolve.weight)
    directions, deviations = vectors[:, -count:], values[-count:].clamp(min=1e-12).sqrt()
    convolve.weight.copy_((kernels @ directions / deviations).T.reshape(convolve.weight.shape))
    expand.weight.copy_((directions * deviations)[:, :, None, None])
    assert expand.bias is not None
    expand.bias.copy_(aim - directions @ (directions.T @ (centre @ kernels)))


@torch.no_grad()
def slimmed(vgg: VGG19, crops: Tensor) -> VGG19:
    """The network in low rank, each layer told how much of VGG's it leaves unexplained."""
    slim, generator = slim_vgg(), torch.Generator().manual_seed(1)
    slim.to_bgr.load_state_dict(vgg.to_bgr.state_dict())
    slim.convolutions[FIRST].load_state_dict(vgg.convolutions[FIRST].state_dict())
    own = aims = F.relu(in_batches(vgg.convolutions[FIRST], vgg.to_bgr(crops)))
    for name in LOW_RANKS:
        if name.endswith("_1"):
            own, aims = (F.max_pool2d(maps, 2, 2, ceil_mode=True) for maps in (own, aims))
        convolution, layer = vgg.convolutions[name], slim.convolutions[name]
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(layer, nn.Sequential)
        aims = in_batches(convolution, aims)
        write_layer(layer, own, aims, convolution.weight, generator)
        own, aims = F.relu(in_batches(layer, own)), F.relu(aims)
        apart = (own - aims).square().mean() / aims.var(dim=(0, 2, 3)).mean()
        print(f"{name}: {apart:.3f} of its variance is not explained", flush=True)
    return slim


def style_gradient(network: nn.Module, picture: Tensor, style: Tensor) -> Tensor:
    """The gradient of the style loss with respect to a picture (1, 3, H, W)."""
    with torch.no_grad():
        moments = {layer: mean_and_deviation(features) for layer, features in network(style, STYLE_LAYERS).items()}
    looked_at = picture.clone().requires_grad_(True)
    loss = style_losses(network(looked_at, STYLE_LAYERS), moments).mean()
    return torch.autograd.grad(loss, looked_at)[0]


def main() -> None:
    """Writes the network, or checks one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--check", type=Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    vgg = load_into(VGG19("zeros", "relu4_1"), at_hand("vgg19")).requires_grad_(False)
    crops = crops_of(asked.pictures, asked.count, asked.seed)
    if asked.check is not None:
        slim = slim_vgg().requires_grad_(False)
        slim.load_state_dict({name: tensor.float() for name, tensor in load_file(asked.check).items()})
        alike = [F.cosine_similarity(*(style_gradient(network, crops[place][None], crops[place - 1][None]).flatten()
                                       for network in (vgg, slim)), dim=0) for place in range(len(crops))]
        print(f"cosine of gradients: mean {torch.stack(alike).mean():.3f}, least {min(alike):.3f}")
    if asked.output is not None:
        held = {name: tensor.half().contiguous() for name, tensor in slimmed(vgg, crops).state_dict().items()}
        save_file(held, asked.output)


if __name__ == "__main__":
    main()
