"""What comes back of a leg of training on a borrowed GPU: few files, none over 16 MiB; and what becomes of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from allaprima import weights
from allaprima.train.checkpoint import (
    SHARD_BYTES,
    STATE,
    checkpoints_in,
    read_checkpoint,
    restored,
    shards_of,
    write_checkpoint,
)
from allaprima.train.loop import LOG
from allaprima.train.mixing.files import write_kernels
from allaprima.train.mixing.run import started_mixing
from allaprima.train.mixing.settings import MixingObjective, base_of
from allaprima.train.recipe import FILE as RECIPE
from allaprima.train.trainee import MOMENTS

CARRIED, SAVED, SMALL = "carried", "saved", "small.zip"
NETWORK, AVERAGE = "network", "average"  # what a checkpoint calls them
MEANS, SQUARES = MOMENTS


def save(run: Path, out: Path, network: str) -> None:
    """Lays the averaged weights of the newest checkpoint into ``out``, whole or not at all, where they do not lie yet.

    A call that is cut brings back what lies there, and nothing else.
    """
    found = checkpoints_in(run)
    if not found or ((out / f"{network}-{SAVED}.txt").is_file() and (
            (out / f"{network}-{SAVED}.txt").read_text(encoding="utf-8") == found[-1].name)):
        return
    tensors, _ = read_checkpoint(found[-1])
    averages = {name: tensor.half() for name, tensor in tensors.items() if f"/{AVERAGE}." in name}
    for index, shard in enumerate(shards_of(averages, SHARD_BYTES)):
        partial = out / f"{network}-{SAVED}.partial"
        save_file(shard, partial)
        partial.replace(out / f"{network}-{SAVED}-{index}.safetensors")
    (out / f"{network}-{SAVED}.txt").write_text(found[-1].name, encoding="utf-8")


def write_saved(out: Path, network: str) -> Path:
    """The file of kernels of the weights that a cut call left in ``out``."""
    held = {name: tensor for path in sorted(out.glob(f"{network}-{SAVED}-*.safetensors"))
            for name, tensor in load_file(path).items()}
    base = weights.path_of(base_of(network))
    mixed = started_mixing(base, None, MixingObjective().differences)
    begin = f"{network}/{AVERAGE}."
    learnt = {name for name, parameter in mixed.named_parameters() if parameter.requires_grad}
    mixed.load_state_dict({name: restored(held, begin + name, value).float() if name in learnt else value
                           for name, value in mixed.state_dict().items()})
    return write_kernels(mixed, out / f"{network}.safetensors", base, {})


def gather(run: Path, out: Path, network: str, done: bool) -> None:
    """What must come back of a leg, eight files under 16 MiB and 60 MiB together: the kernels so far, the last sheet,
    one archive of all that is small and, while the run is not done, the newest checkpoint.

    Of the checkpoint the network and its gradients' squares are carried, in half precision: enough to go on from,
    though not to the bit. The average begins anew at the network.
    """
    with ZipFile(out / f"{network}-{SMALL}", "w", ZIP_DEFLATED) as archive:
        for name in (LOG, RECIPE):
            archive.write(run / name, name)
        if not done:
            tensors, state = read_checkpoint(checkpoints_in(run)[-1])
            archive.writestr(STATE, json.dumps(state))
            carried = {name: tensor.to(torch.bfloat16 if f"/{SQUARES}." in name else torch.float16)
                       for name, tensor in tensors.items() if f"/{NETWORK}." in name or f"/{SQUARES}." in name}
            for index, shard in enumerate(shards_of(carried, SHARD_BYTES)):
                save_file(shard, out / f"{network}-{CARRIED}-{index}.safetensors")
    shutil.copy(run / f"{network}.safetensors", out)
    for path in out.glob(f"{network}-{SAVED}*"):
        path.unlink()
    if sheets := sorted(run.glob(f"sheet-{network}-*.png")):
        with Image.open(sheets[-1]) as sheet:
            sheet.convert("RGB").save(out / f"sheet-{network}.jpg", quality=85)


def unpack(gathered: Path, run: Path, network: str) -> None:
    """Puts back what ``gather`` took out of a run."""
    run.mkdir(parents=True, exist_ok=True)
    held: dict[str, torch.Tensor] = {}
    for path in sorted(gathered.glob(f"{network}-{CARRIED}-*.safetensors")):
        held |= {name: tensor.float() for name, tensor in load_file(path).items()}
    for name in [name for name in held if f"/{NETWORK}." in name]:
        held[name.replace(f"/{NETWORK}.", f"/{AVERAGE}.")] = held[name].clone()
    for name in [name for name in held if f"/{SQUARES}." in name]:
        held[name.replace(f"/{SQUARES}.", f"/{MEANS}.")] = torch.zeros_like(held[name])
    with ZipFile(gathered / f"{network}-{SMALL}") as archive:
        for name in (LOG, RECIPE):
            (run / name).write_bytes(archive.read(name))
        write_checkpoint(run, held, json.loads(archive.read(STATE)))
