"""Kernels that styles mix, coded: a file of them written anew in a third of its bytes, and what that changes.

    python tools/pack_kernels.py balanced KERNELS.safetensors PAINTINGS -o weights/balanced-kernels.safetensors
    python tools/pack_kernels.py balanced KERNELS.safetensors PAINTINGS -o CODED --contents PHOTOS --styles OTHERS

PAINTINGS are those that the kernels have learnt from: by codes as a run sees them, bold colours and prints among them,
the file is written for such styles. Steps are as coarse as the picture allows (``allaprima.train.mixing.steps``);
``--levels`` says what root mean square all of them together are meant to change it by. With pictures it paints the
first of them by both files and tells the mean difference in levels of 255 and the SSIM. Kernels of a run that has not
ended have no ranges for 8 bits yet: they are measured on CONTENTS in some of PAINTINGS.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

from allaprima import weights
from allaprima.evaluate.pictures import load_squares, pictures_in
from allaprima.functional.losses import ssim
from allaprima.nets.mixed import MixedNetwork
from allaprima.train import exhibits
from allaprima.train.mixing.codes import measure_of
from allaprima.train.mixing.files import count_in, ranges_in, write_kernels
from allaprima.train.mixing.run import ranges_mixed, started_mixing
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.steps import ERROR
from allaprima.train.mixing.styles import Looks
from allaprima.train.pictures import load_pictures
from allaprima.train.run import SMALLEST_STYLE_PX, STYLE_LARGEST_PX

LEVELS = 255


@torch.no_grad()
def apart(ours: MixedNetwork, theirs: MixedNetwork, contents: list[Tensor], codes: list[Tensor]) -> Tensor:
    """Of every content in every style: the mean difference in levels between two networks' pictures, and their SSIM."""
    found = []
    for code in codes:
        styles = ours.mixture(code), theirs.mixture(code)
        for content in contents:
            one, other = (network.paint(content, style).clamp(0, 1)
                          for network, style in zip((ours, theirs), styles, strict=True))
            found.append(torch.stack([LEVELS * (one - other).abs().mean(), ssim(one, other).mean()]))
    return torch.stack(found)


def main() -> None:
    """Codes a file of kernels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="whose kernels they are")
    parser.add_argument("kernels", type=Path)
    parser.add_argument("learnt_from", type=Path, metavar="PAINTINGS")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--levels", type=float, default=LEVELS * ERROR, help="root mean square of the picture's error")
    parser.add_argument("--contents", type=Path)
    parser.add_argument("--styles", type=Path)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--photographs", type=int, default=6, help="how many of the contents")
    parser.add_argument("--paintings", type=int, default=8, help="how many of the styles")
    given = parser.parse_args()
    base, count = weights.path_of(given.network), count_in(given.kernels)
    if count is None:
        parser.error(f"{given.kernels} holds no kernels that styles mix")
    network = started_mixing(base, given.kernels, count)
    measure = measure_of(weights.path_of(weights.STYLE_ENCODER))
    learnt = load_pictures(given.learnt_from, SMALLEST_STYLE_PX, STYLE_LARGEST_PX)
    looks = Looks(learnt, MixingObjective(), 1)
    ranges = ranges_in(given.kernels)
    if not ranges:
        if given.contents is None:
            parser.error(f"{given.kernels} tells no ranges: give --contents to measure them on")
        contents = load_pictures(given.contents, exhibits.SIDE_PX, STYLE_LARGEST_PX)
        ranges = ranges_mixed(network, measure, exhibits.spread(contents, exhibits.CONTENTS),
                              exhibits.spread(learnt, exhibits.STYLES))
    write_kernels(network, given.output, base, ranges, looks.codes(measure), given.levels / LEVELS)
    print(f"{given.output}: {given.output.stat().st_size / 1e6:.2f} MB of {given.kernels.stat().st_size / 1e6:.2f}")
    if given.contents is not None and given.styles is not None:
        squares = [[torch.from_numpy(sample.image).permute(2, 0, 1)[None] for sample in
                    load_squares(pictures_in([folder], most), given.size)[0]]
                   for folder, most in ((given.contents, given.photographs), (given.styles, given.paintings))]
        with torch.no_grad():
            codes = [measure(style)[0] for style in squares[1]]
        found = apart(network, started_mixing(base, given.output, count), squares[0], codes)
        print(f"{len(found)} pictures: apart by {found[:, 0].mean():.3f} levels, the farthest by "
              f"{found[:, 0].max():.3f}; SSIM {found[:, 1].mean():.5f}, the lowest {found[:, 1].min():.5f}")


if __name__ == "__main__":
    main()
