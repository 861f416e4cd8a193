"""Brings the style encoder's large matrices to 8 bits, each row in steps of its own, and measures what codes lose.

    python tools/pack_encoder.py EXACT.safetensors weights/style-encoder.safetensors --styles examples/styles

EXACT is the encoder as `allaprima train style-encoder` wrote it.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from allaprima.engines.encoding import style_of
from allaprima.io.still.picture import as_uint8
from allaprima.io.still.reading import PICTURE_SUFFIXES, read_image
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.weights import SCALES, Tensors, widened

SMALL = 20_000  # numbers: what is smaller stays in 16 bits
STEPS = 127


def packed(tensors: Tensors) -> dict[str, NDArray[np.generic]]:
    """The tensors as they are to lie in the file."""
    held: dict[str, NDArray[np.generic]] = {}
    for name, tensor in tensors.items():
        if tensor.ndim < 2 or tensor.size < SMALL:
            held[name] = tensor.astype(np.float16)
            continue
        scales = np.maximum(np.abs(tensor).max(axis=tuple(range(1, tensor.ndim))) / STEPS, 1e-12).astype(np.float32)
        held[name] = np.rint(tensor / scales.reshape(-1, *[1] * (tensor.ndim - 1))).astype(np.int8)
        held[name + SCALES] = scales
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exact", type=Path, help="the encoder as it was trained")
    parser.add_argument("output", type=Path)
    parser.add_argument("--styles", type=Path, nargs="+", default=[Path("examples/styles")])
    asked = parser.parse_args()
    exact = widened(load_file(asked.exact))
    held = packed(exact)
    fewer, runtime = widened(held), OpenVINORuntime("cpu", "fp32")
    apart, size = [], []
    for path in sorted(path for folder in asked.styles for path in folder.iterdir() if path.suffix in PICTURE_SUFFIXES):
        picture = as_uint8(read_image(path).image)
        one, other = (style_of(picture, path.stem, runtime.style_encoder(tensors), "", 256).code
                      for tensors in (exact, fewer))
        apart.append(np.abs((one - other) / exact["whitening.deviation"]))
        size.append(np.abs((one - exact["whitening.mean"]) / exact["whitening.deviation"]))
    save_file(held, asked.output)
    print(f"{asked.output}: {asked.output.stat().st_size} bytes; codes of {len(apart)} pictures, whitened: "
          f"mean size {np.mean(size):.3f}, mean error {np.mean(apart):.4f}, largest {np.max(apart):.3f}")


if __name__ == "__main__":
    main()
