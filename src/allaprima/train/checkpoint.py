"""Checkpoints: a folder of shards, none over 16 MiB, that appears under its name only when it is whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from allaprima.errors import TrainingError

SHARD_BYTES = 15 << 20  # of tensors; with its header a shard stays under 16 MiB
STATE = "state.json"
KEPT = 2                # the newest ones; the one before the last is there for a machine that dies while writing

State = dict[str, int | float]


def shards_of(tensors: Mapping[str, Tensor], limit: int) -> list[dict[str, Tensor]]:
    """The same tensors in groups of at most ``limit`` bytes; longer ones are cut into ``name#0``, ``name#1`` ..."""
    groups: list[dict[str, Tensor]] = [{}]
    held = 0
    for name, tensor in tensors.items():
        flat = tensor.detach().cpu().contiguous()
        pieces = [(name, flat)]
        if flat.nbytes > limit:
            rows = torch.split(flat.flatten(), limit // flat.element_size())
            pieces = [(f"{name}#{index}", piece) for index, piece in enumerate(rows)]
        for piece_name, piece in pieces:
            if held + piece.nbytes > limit and groups[-1]:
                groups.append({})
                held = 0
            groups[-1][piece_name] = piece.clone()
            held += piece.nbytes
    return groups


def write_checkpoint(folder: Path, tensors: Mapping[str, Tensor], state: State, limit: int = SHARD_BYTES) -> Path:
    """The checkpoint's folder, named by ``state['step']``; older ones but the last are removed."""
    final = write_tensors(folder / f"checkpoint-{int(state['step']):08d}", tensors, state, limit)
    for old in checkpoints_in(folder)[:-KEPT]:
        shutil.rmtree(old)
    return final


def write_tensors(final: Path, tensors: Mapping[str, Tensor], state: State, limit: int = SHARD_BYTES) -> Path:
    """A folder of shards of tensors, with a state beside them; it appears under its name when it is whole."""
    partial = final.with_name(f"{final.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for index, shard in enumerate(shards_of(tensors, limit)):
        save_file(shard, partial / f"{index:03d}.safetensors")
    (partial / STATE).write_text(json.dumps(state), encoding="utf-8")
    for path in partial.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)
    return final


def checkpoints_in(folder: Path) -> list[Path]:
    """Whole checkpoints, oldest first."""
    return sorted(path for path in folder.glob("checkpoint-*") if path.suffix != ".partial" and path.is_dir())


def read_checkpoint(checkpoint: Path) -> tuple[dict[str, Tensor], State]:
    """Tensors by name, and the state. Raises TrainingError where a file is damaged."""
    try:
        state: State = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
        held: dict[str, Tensor] = {}
        for shard in sorted(checkpoint.glob("*.safetensors")):
            held.update(load_file(shard))
    except (OSError, ValueError, SafetensorError) as problem:
        raise TrainingError(f"cannot take up the run from {checkpoint}: {problem}",
                            "remove that folder; the run goes on from the checkpoint before it") from problem
    return held, state


def restored(held: Mapping[str, Tensor], name: str, like: Tensor) -> Tensor:
    """The tensor of that name in the shape of another one, put together again where it was cut."""
    if name in held:
        return held[name].reshape(like.shape)
    pieces: list[Tensor] = []
    while f"{name}#{len(pieces)}" in held:
        pieces.append(held[f"{name}#{len(pieces)}"])
    if not pieces:
        raise TrainingError(f"cannot take up the run: its checkpoint holds no {name}",
                            "take it up with the networks and the preset it was started with")
    return torch.cat(pieces).reshape(like.shape)
