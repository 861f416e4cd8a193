"""Fit the distribution of style codes that random styles are drawn from: a mean and a low-rank factor of a covariance.

python tools/fit_style_codes.py FOLDER_OF_PAINTINGS style-codes.safetensors --rank 32

Codes are the style encoder's, whitened. Prints how much of their variance the factor holds, and the file's sha256.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import torch
from safetensors.numpy import save_file

from allaprima import weights
from allaprima.io.still.reading import find_images
from allaprima.transforms import codes_of


def fitted(codes: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor, float]:
    """The mean of codes (K, 1920), a factor (rank, 1920) of their covariance, and the share of it that that holds.

    Of all factors of that rank the one whose square is nearest to the covariance.
    """
    mean = codes.mean(dim=0)
    _, values, directions = torch.linalg.svd(codes - mean, full_matrices=False)
    factor = directions[:rank] * values[:rank, None] / len(codes) ** 0.5
    return mean, factor, float(values[:rank].square().sum() / values.square().sum())


def main() -> None:
    """Encodes every n-th picture of the folder and writes the fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture")
    parser.add_argument("--model", default="balanced", help="whose style size the pictures are seen at")
    asked = parser.parse_args()
    pictures = find_images(asked.folder)[::asked.every]
    size = weights.named(asked.model).style_size
    assert size is not None
    mean, factor, held = fitted(codes_of(pictures, size), asked.rank)
    save_file({"mean": mean.numpy(), "factor": factor.contiguous().numpy()}, asked.output)
    digest = hashlib.sha256(asked.output.read_bytes()).hexdigest()
    print(f"{len(pictures)} pictures, rank {asked.rank}: {100 * held:.1f} % of the variance; sha256 {digest}")


if __name__ == "__main__":
    main()
