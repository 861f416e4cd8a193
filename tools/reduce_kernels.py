"""Fewer differences that mix nearly the same kernels: principal components, filter by filter.

`python tools/reduce_kernels.py balanced KERNELS.safetensors 3 -o REDUCED.safetensors`. Over styles drawn from the
distribution of paintings' codes a filter's kernels lie around a mean, which joins the common difference, and mostly
along a few directions, which become the differences; coefficients stay linear in what codes are mapped to.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors import safe_open

from allaprima import weights
from allaprima.train.mixing.files import SAID, count_in, write_kernels
from allaprima.train.mixing.gauge import reduce_into
from allaprima.train.mixing.run import started_mixing
from allaprima.transforms import drawn_codes, paintings_codes

DRAWN = 2000  # styles


def main() -> None:
    """Reduces a file of kernels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="whose kernels they are")
    parser.add_argument("kernels", type=Path)
    parser.add_argument("count", type=int, help="differences to be left")
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    base = weights.path_of(given.network)
    held = count_in(given.kernels)
    if held is None or not 0 < given.count < held:
        parser.error(f"{given.kernels} holds {held} differences; name fewer, and at least one")
    reduced = started_mixing(base, None, given.count)
    codes = drawn_codes(paintings_codes(), DRAWN, torch.Generator().manual_seed(1))
    kept = reduce_into(reduced, started_mixing(base, given.kernels, held), codes)
    with safe_open(given.kernels, "pt") as file:
        ranges = json.loads(file.metadata()[SAID])["ranges"]
    write_kernels(reduced, given.output, base, {name: (low, high) for name, (low, high) in ranges.items()})
    print(f"{given.output}: {given.output.stat().st_size / 1e6:.1f} MB, {kept:.3f} of the variance kept")


if __name__ == "__main__":
    main()
