"""What takes long to make, kept block by block while it is made: an ended run goes on where it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Block = TypeVar("Block", bound=Sized)


@dataclass(frozen=True, slots=True)
class Keeping(Generic[Block]):
    """How blocks are written under a name, which appears when they are whole, read again, and put together."""

    write: Callable[[Path, Block], None]
    read: Callable[[Path], Block]
    joined: Callable[[Sequence[Block]], Block]


def kept_in_blocks(kept: Path, rest: Callable[[int], Iterable[Block]], keeping: Keeping[Block],
                   tell: Callable[[int], None]) -> Block:
    """All blocks together, read where they have been kept, else made and kept.

    rest: makes the blocks that come after so many things; each is kept beside ``kept`` as soon as it is made. tell: is
    told how many there are.
    """
    if not kept.exists():
        paths = sorted(path for path in kept.parent.glob(f"{kept.name}-*") if path.suffix != ".partial")
        done = sum(len(keeping.read(path)) for path in paths)
        for block in rest(done):
            paths.append(kept.with_name(f"{kept.name}-{done:06d}"))
            keeping.write(paths[-1], block)
            done += len(block)
            tell(done)
        keeping.write(kept, keeping.joined([keeping.read(path) for path in paths]))
        for path in paths:
            shutil.rmtree(path)
    return keeping.read(kept)
