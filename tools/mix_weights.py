"""Weights between two networks of one shape, of which one was trained from the other: what both know, at less cost.

    python tools/mix_weights.py weights/balanced.safetensors runs/first/balanced.safetensors 0.35 mixed.safetensors

After Wortsman et al. 2022 (arXiv:2203.05482): along the straight line between such weights networks work as well.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
import typer
from safetensors.torch import save_file

from allaprima.errors import OptionError
from allaprima.train.trainee import read_network


def main(first: Path, second: Path, share: float, output: Path) -> None:
    """Writes FIRST with SHARE of SECOND in it, in fp16."""
    (ours, shape), (theirs, other) = read_network(first), read_network(second)
    if shape != other or ours.keys() != theirs.keys():
        raise OptionError(f"cannot mix {first} and {second}: they are of other shapes",
                          "name weights of which one was trained from the other")
    mixed = {name: torch.lerp(ours[name], theirs[name], share).half() for name in ours}
    save_file(mixed, output, {"shape": json.dumps(shape._asdict())})


if __name__ == "__main__":
    typer.run(main)
