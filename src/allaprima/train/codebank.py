"""The bank of codes in a run's folder: measured once, read again by every later leg."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from allaprima.nets.style_encoder import CODE_LENGTH, StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train.blocks import Keeping, kept_in_blocks
from allaprima.train.checkpoint import read_checkpoint, restored, write_tensors
from allaprima.train.codes import CodeBank, measured_codes
from allaprima.train.loop import Tell
from allaprima.train.pictures import Pictures
from allaprima.train.settings import Objective

FOLDER = "codes"
CODES_A_PICTURE = 8  # crops of one picture are of one style: more of them take the time of training
FEWEST = 64


def kept_bank(folder: Path, vgg: VGG19, encoder: StyleEncoder, styles: Pictures, objective: Objective, seed: int,
              tell: Tell) -> CodeBank:
    """The run's bank, on VGG's device: read where an earlier leg has measured it, measured and kept elsewhere.

    Codes are kept block by block as they are measured, so that an ended run goes on where it was.
    """
    count = codes_for(len(styles), objective)

    def rest(done: int) -> Iterator[CodeBank]:
        return measured_codes(vgg, encoder, styles, count, objective.bold_share, seed, done)

    bank = kept_in_blocks(folder / FOLDER, rest, Keeping(write, read, joined),
                          lambda done: tell(f"measuring codes of styles: {done} of {count}"))
    device = next(vgg.parameters()).device
    return CodeBank(bank.measured.to(device), bank.predicted.to(device))


def codes_for(pictures: int, objective: Objective) -> int:
    """How many codes are measured of so many pictures: what the objective allows, and not hundreds of each."""
    return min(objective.codes, max(FEWEST, CODES_A_PICTURE * pictures))


def joined(banks: Sequence[CodeBank]) -> CodeBank:
    """The codes of several banks, one behind the other."""
    return CodeBank(torch.cat([bank.measured for bank in banks]), torch.cat([bank.predicted for bank in banks]))


def write(path: Path, bank: CodeBank) -> None:
    """Keeps a bank under a name, which appears when it is whole."""
    write_tensors(path, {"measured": bank.measured, "predicted": bank.predicted}, {"codes": len(bank)})


def read(path: Path) -> CodeBank:
    """A bank that was kept."""
    held, state = read_checkpoint(path)
    like = torch.empty(int(state["codes"]), CODE_LENGTH, device="meta")
    return CodeBank(restored(held, "measured", like), restored(held, "predicted", like))
