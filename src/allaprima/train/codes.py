"""The bank of style codes: statistics of many crops of the styles, computed once with VGG and kept.

A code is AdaIN's own statistics at four layers (Huang & Belongie 2017): means, then deviations (biased), of relu1_1,
relu2_1, relu3_1 and relu4_1, one after the other: 1920 numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.train.crops import bold_colours, random_crops, uniform
from allaprima.train.moments import Moments, mean_and_deviation
from allaprima.train.pictures import Pictures

Watch = Callable[[int, int], None]

WIDTHS = (64, 128, 256, 512)             # channels of the four layers
CROP_PX = (176, 288)                     # sizes at which VGG sees crops: strokes of many widths
COVERED = (0.6, 1.0)                     # of the smallest picture's shorter side
BATCH = 8                                # crops that VGG sees at once
BLOCK = 200                              # codes that are handed over together: a multiple of the batch
SMALLEST_DEVIATION = 1e-3                # a channel that never changes is not blown up by whitening


@dataclass(frozen=True, slots=True)
class CodeBank:
    """Codes as VGG measured them and as the style encoder predicted them, both whitened, (K, 1920) each."""

    measured: Tensor
    predicted: Tensor

    def __len__(self) -> int:
        return self.measured.shape[0]


def seen_by(vgg: VGG19, pictures: Tensor) -> Tensor:
    """Pictures in VGG's own precision and layout."""
    precision = next(vgg.parameters()).dtype
    return pictures.to(precision).contiguous(memory_format=torch.channels_last)


def code_of(features: dict[str, Tensor]) -> Tensor:
    """Raw codes (N, 1920) of VGG's features at the style layers."""
    parts = [part for layer in STYLE_LAYERS for part in mean_and_deviation(features[layer])]
    return torch.cat(parts, dim=1).flatten(1)


def moments_of(code: Tensor) -> dict[str, Moments]:
    """Means and deviations a layer, of raw codes (N, 1920)."""
    parts = torch.split(code[:, :, None, None], [width for width in WIDTHS for _ in range(2)], dim=1)
    return {layer: (parts[2 * index], parts[2 * index + 1]) for index, layer in enumerate(STYLE_LAYERS)}


def style_crops(styles: Pictures, chosen: list[int], bold_share: float, generator: torch.Generator) -> Tensor:
    """Crops of the chosen styles at a size drawn for all of them, (N, 3, S, S), sides a multiple of 16."""
    images = [styles.images[index] for index in chosen]
    size_px = round(uniform(*CROP_PX, generator) / 16) * 16
    room = min(min(image.shape[1:]) for image in images)
    crops = random_crops(images, size_px, uniform(*COVERED, generator) * room / size_px, generator)
    return bold_colours(crops, bold_share, generator)


@torch.inference_mode()
def crops_and_codes(vgg: VGG19, styles: Pictures, count: int, bold_share: float, seed: int,
                    done: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
    """Crops (n, 3, S, S) and their raw codes (n, 1920), ``count`` in all: every style in turn, each time elsewhere.

    The first ``done``, a multiple of ``BATCH``, are left out; the others are what they would have been.
    """
    generator = torch.Generator().manual_seed(seed)
    passes = -(-count // len(styles))
    order = torch.cat([torch.randperm(len(styles), generator=generator) for _ in range(passes)]).tolist()[:count]
    for start in range(0, count, BATCH):
        crops = style_crops(styles, order[start:start + BATCH], bold_share, generator)
        if start >= done:
            yield crops, code_of(vgg(seen_by(vgg, crops), STYLE_LAYERS))


@torch.inference_mode()
def measured_codes(vgg: VGG19, encoder: StyleEncoder, styles: Pictures, count: int, bold_share: float, seed: int,
                   done: int = 0) -> Iterator[CodeBank]:
    """Banks of up to ``BLOCK`` codes, in float16, that make one of ``count``; the first ``done`` codes are left out."""
    measured, predicted = list[Tensor](), list[Tensor]()
    for crops, code in crops_and_codes(vgg, styles, count, bold_share, seed, done):
        measured.append(encoder.whitening(code).half())
        predicted.append(encoder(crops).half())
        done += len(code)
        if done % BLOCK == 0 or done == count:
            yield CodeBank(torch.cat(measured), torch.cat(predicted))
            measured.clear()
            predicted.clear()


def whitening_of(vgg: VGG19, styles: Pictures, count: int, bold_share: float, seed: int,
                 watch: Watch | None = None) -> tuple[Tensor, Tensor]:
    """Mean and deviation (1920,) of ``count`` raw codes: by them codes are whitened."""
    codes = []
    done = 0
    for _, code in crops_and_codes(vgg, styles, count, bold_share, seed):
        codes.append(code)
        done += len(code)
        if watch is not None:
            watch(done, count)
    deviation, mean = torch.std_mean(torch.cat(codes), dim=0, correction=0)
    return mean, deviation.clamp(min=SMALLEST_DEVIATION)
