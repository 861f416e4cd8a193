"""What comes back of a leg of training on a borrowed GPU: few files, none over 16 MiB; and what becomes of them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from allaprima.train.checkpoint import (
    SHARD_BYTES,
    STATE,
    checkpoints_in,
    read_checkpoint,
    shards_of,
    write_checkpoint,
)
from allaprima.train.loop import LOG
from allaprima.train.recipe import FILE as RECIPE
from allaprima.train.trainee import MOMENTS

CARRIED, SMALL = "carried", "small.zip"
UNFINISHED = Path("unfinished", "left", "there")  # three folders down: files there do not come back
NETWORK, AVERAGE = "network", "average"  # what a checkpoint calls them
MEANS, SQUARES = MOMENTS


def save(run: Path, out: Path, network: str) -> None:
    """Lays the kernels of the newest checkpoint into ``out``, whole or not at all, where they do not lie yet.

    A call that is cut brings back what lies there, and nothing else. Half a file lies too deep to be brought back.
    """
    kernels, kept = run / f"{network}.safetensors", out / f"{network}.safetensors"
    if not kernels.is_file() or (kept.is_file() and kept.stat().st_mtime_ns == kernels.stat().st_mtime_ns):
        return
    partial = out / UNFINISHED / kept.name
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(kernels, partial)
    partial.replace(kept)


def gather(run: Path, out: Path, network: str, done: bool) -> None:
    """What must come back of a leg, files under 16 MiB and 60 MiB together: the kernels so far, the last sheet and,
    while the run is not done, the newest checkpoint with one archive of all that is small.

    Of the checkpoint the network and its gradients' squares are carried, in half precision: enough to go on from,
    though not to the bit. The average begins anew at the network.
    """
    if not done:
        with ZipFile(out / f"{network}-{SMALL}", "w", ZIP_DEFLATED) as archive:
            for name in (LOG, RECIPE):
                archive.write(run / name, name)
            tensors, state = read_checkpoint(checkpoints_in(run)[-1])
            archive.writestr(STATE, json.dumps(state))
        carried = {name: tensor.to(torch.bfloat16 if f"/{SQUARES}." in name else torch.float16)
                   for name, tensor in tensors.items() if f"/{NETWORK}." in name or f"/{SQUARES}." in name}
        for index, shard in enumerate(shards_of(carried, SHARD_BYTES)):
            save_file(shard, out / f"{network}-{CARRIED}-{index}.safetensors")
    save(run, out, network)
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
