"""Packed files: many encoded pictures in a few files, each small enough to be carried anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

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
        joined = np.frombuffer(b"".join(data for _, data in waiting), np.uint8)
        ends = np.cumsum([len(data) for _, data in waiting], dtype=np.int64)
        save_file({"bytes": joined, "ends": ends}, path,
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
        with safe_open(str(pack), "np") as file:
            names = json.loads((file.metadata() or {})["names"])
            data, ends = file.get_tensor("bytes"), file.get_tensor("ends").tolist()
    except (SafetensorError, KeyError, OSError) as problem:
        raise SourceError(f"cannot read packed pictures from {pack}: {problem}", "pack the pictures again") from problem
    for name, start, end in zip(names, [0, *ends], ends, strict=False):
        yield name, data[start:end].tobytes()
