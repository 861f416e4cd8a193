"""Packed files: many encoded pictures in a few files, each small enough to be carried anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from allaprima.errors import SourceError

PACK_BYTES = 23 << 20  # of pictures in a file; with its header a file stays under 24 MiB


def pack_pictures(pictures: Iterable[tuple[str, bytes]], folder: Path, limit: int = PACK_BYTES) -> list[Path]:
    """The files ``000.pack.safetensors`` ... that hold encoded pictures, at most ``limit`` bytes of them in each.

    A picture larger than ``limit`` raises SourceError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    waiting: list[tuple[str, bytes]] = []

    def write() -> None:
        path = folder / f"{len(written):03d}.pack.safetensors"
        joined = bytearray(b"".join(data for _, data in waiting))
        ends = torch.tensor([len(data) for _, data in waiting]).cumsum(0)
        save_file({"bytes": torch.frombuffer(joined, dtype=torch.uint8), "ends": ends}, path,
                  {"names": json.dumps([name for name, _ in waiting])})
        written.append(path)
        waiting.clear()

    held = 0
    for name, data in pictures:
        if len(data) > limit:
            raise SourceError(f"cannot pack {name}: its {len(data)} bytes are more than the {limit} of a packed file",
                              "save it smaller: training reduces large pictures anyway")
        if held + len(data) > limit:
            write()
            held = 0
        waiting.append((name, data))
        held += len(data)
    if waiting:
        write()
    return written


def packed_pictures(pack: Path) -> Iterator[tuple[str, bytes]]:
    """Name and encoded bytes of every picture in a packed file."""
    try:
        with safe_open(str(pack), "pt") as file:
            names = json.loads((file.metadata() or {})["names"])
            data, ends = file.get_tensor("bytes").numpy(), file.get_tensor("ends").tolist()
    except (SafetensorError, KeyError, OSError) as problem:
        raise SourceError(f"cannot read packed pictures from {pack}: {problem}", "pack the pictures again") from problem
    for name, start, end in zip(names, [0, *ends], ends, strict=False):
        yield name, data[start:end].tobytes()
