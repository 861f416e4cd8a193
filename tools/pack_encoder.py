"""Brings the style encoder's large matrices to few bits, entropy-coded, and measures what codes lose.

    python tools/pack_encoder.py EXACT.safetensors weights/style-encoder.safetensors --seen PAINTINGS PHOTOS

EXACT is the encoder as `allaprima train style-encoder` wrote it, or one that was packed before. Rows of the three
matrices that read statistics go in steps of a FINENESS-th of their root mean square; what rounding does to their
products, over the statistics of pictures (``--seen``, spread evenly over each folder), is made up for by the numbers
after it.
Convolutions lie in 8 bits, each kernel in steps of its own. Figures are of the pictures of ``--styles``.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from allaprima.engines.encoding import style_of
from allaprima.evaluate.pictures import load_squares, pictures_in
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import PICTURE_SUFFIXES, read_image
from allaprima.kernel_coding import packed_tensors
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.train.mixing.gauge import correction_of, spread_of
from allaprima.train.mixing.steps import rounded_matrix
from allaprima.train.trainee import load_into
from allaprima.weights import SCALES, Tensors, stored_tensors, widened

SMALL = 20_000  # numbers: what is smaller stays in 16 bits
STEPS = 127
SIDE_PX = 256
READERS = ("head.0", "linear", "head.2")  # of the statistics, the last one through hidden units


def in_bytes(tensor: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A tensor in 8 bits, and the scales of its rows."""
    scales = np.maximum(np.abs(tensor).max(axis=tuple(range(1, tensor.ndim))) / STEPS, 1e-12).astype(np.float32)
    return np.rint(tensor / scales.reshape(-1, *[1] * (tensor.ndim - 1))).astype(np.int8), scales


@torch.no_grad()
def statistics_seen(encoder: StyleEncoder, folders: Sequence[Path], most: int) -> Tensor:
    """What the encoder's matrices read (N, 1670) of some pictures of each folder."""
    found: list[Tensor] = []
    handle = encoder.norm.register_forward_hook(lambda module, taken, given: found.append(given))
    for folder in folders:
        paths = pictures_in([folder])
        for sample in load_squares(paths[::max(1, len(paths) // most)][:most], SIDE_PX)[0]:
            encoder(torch.from_numpy(sample.image).permute(2, 0, 1)[None])
    handle.remove()
    return torch.cat(found)


@torch.no_grad()
def packed(encoder: StyleEncoder, exact: Tensors, seen: Tensor, fineness: float) -> dict[str, NDArray[np.generic]]:
    """The tensors as they are to lie in the file."""
    held: dict[str, NDArray[np.generic]] = {}
    for name, tensor in exact.items():
        if tensor.ndim < 2 or tensor.size < SMALL:
            held[name] = tensor.astype(np.float16)
        elif tensor.ndim > 2:
            held[name], held[name + SCALES] = in_bytes(tensor)
    of_seen = correction_of(spread_of(seen)[1])
    for name in READERS:
        layer = encoder.get_submodule(name)
        assert isinstance(layer, nn.Linear)
        inputs = encoder.head[:2](seen) if name == "head.2" else seen
        correction = correction_of(spread_of(inputs)[1]) if name == "head.2" else of_seen
        usual = correction.diagonal().square().reciprocal().mean().sqrt()
        step = usual * layer.weight.square().mean(dim=1).sqrt() / fineness
        steps, scales = rounded_matrix(layer, step, inputs.mean(dim=0), correction)
        held[f"{name}.weight"], held[f"{name}.weight{SCALES}"] = steps.numpy(), scales.numpy()
        held[f"{name}.bias"] = layer.bias.detach().numpy()
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exact", type=Path, help="the encoder as it was trained")
    parser.add_argument("output", type=Path)
    parser.add_argument("--seen", type=Path, nargs="+", required=True, help="folders of pictures")
    parser.add_argument("--most", type=int, default=160, help="pictures of each folder")
    parser.add_argument("--fineness", type=float, default=4)
    parser.add_argument("--styles", type=Path, nargs="+", default=[Path("examples/styles")])
    asked = parser.parse_args()
    exact, runtime = widened(stored_tensors(asked.exact)), OpenVINORuntime("cpu", "fp32")
    encoder = load_into(StyleEncoder(), asked.exact).requires_grad_(False)
    held = packed(encoder, exact, statistics_seen(encoder, asked.seen, asked.most), asked.fineness)
    fewer = widened(held)
    apart, size = [], []
    for path in sorted(path for folder in asked.styles for path in folder.iterdir() if path.suffix in PICTURE_SUFFIXES):
        picture = as_uint8(read_image(path).image)
        one, other = (style_of(picture, path.stem, runtime.style_encoder(tensors), "", SIDE_PX).code
                      for tensors in (exact, fewer))
        apart.append(np.abs((one - other) / exact["whitening.deviation"]))
        size.append(np.abs((one - exact["whitening.mean"]) / exact["whitening.deviation"]))
    tensors, words = packed_tensors({name: np.ascontiguousarray(tensor) for name, tensor in held.items()})
    save_file(tensors, asked.output, words)
    print(json.dumps({"bytes": asked.output.stat().st_size, "pictures": len(apart),
                      "mean of whitened codes": round(float(np.mean(size)), 3),
                      "mean error": round(float(np.mean(apart)), 4), "largest": round(float(np.max(apart)), 3)}))


if __name__ == "__main__":
    main()
