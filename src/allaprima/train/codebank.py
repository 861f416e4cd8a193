"""The bank of codes in a run's folder: measured once, read again by every later leg."""

from __future__ import annotations

from pathlib import Path

import torch

from allaprima.nets.style_encoder import CODE_LENGTH, StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train.checkpoint import read_checkpoint, restored, write_tensors
from allaprima.train.codes import CodeBank, measured_codes
from allaprima.train.loop import Tell
from allaprima.train.pictures import Pictures
from allaprima.train.settings import Objective

FOLDER = "codes"
TOLD_EVERY = 200


def kept_bank(folder: Path, vgg: VGG19, encoder: StyleEncoder, styles: Pictures, objective: Objective, seed: int,
              tell: Tell) -> CodeBank:
    """The run's bank, on VGG's device: read where an earlier leg has measured it, measured and kept elsewhere."""
    device = next(vgg.parameters()).device
    kept = folder / FOLDER
    if not kept.exists():
        def watch(done: int, count: int) -> None:
            if done % TOLD_EVERY == 0:
                tell(f"measuring codes of styles: {done} of {count}")

        bank = measured_codes(vgg, encoder, styles, objective.codes, objective.bold_share, seed, watch)
        write_tensors(kept, {"measured": bank.measured, "predicted": bank.predicted}, {"codes": len(bank)})
    held, state = read_checkpoint(kept)
    like = torch.empty(int(state["codes"]), CODE_LENGTH, device="meta")
    return CodeBank(restored(held, "measured", like).to(device), restored(held, "predicted", like).to(device))
