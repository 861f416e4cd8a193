"""Small TIFFs of every layout for the tests, put together byte by byte: the code under test does not judge itself."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Tiff:
    """What a made TIFF is to be: ``samples`` (H, W, C), of which ``bits`` are stored; ``bytes`` makes it.

    rows: of a strip. tile: side of square tiles, none where 0. tags: more entries of one number each, or other values.
    """

    samples: np.ndarray
    photometric: int = 2
    separate: bool = False
    bits: int | None = None
    order: str = "<"
    compression: int = 1
    predictor: int = 1
    rows: int = 3
    tile: int = 0
    big: bool = False
    extra: Sequence[int] = ()
    tags: Mapping[int, int] = field(default_factory=dict)

    def bytes(self) -> bytes:
        height, width, channels = self.samples.shape
        depth = self.bits or self.samples.dtype.itemsize * 8
        planes = [self.samples[..., number:number + 1] for number in range(channels)] if self.separate \
            else [self.samples]
        blocks = [self._packed(block) for plane in planes for block in self._blocks(plane)]
        at = 16 if self.big else 8
        starts = [at + sum(map(len, blocks[:number])) for number in range(len(blocks))]
        kind = 3 if self.samples.dtype.kind == "f" else 2 if self.samples.dtype.kind == "i" else 1
        entries: dict[int, list[int]] = {
            256: [width], 257: [height], 258: [depth] * channels, 259: [self.compression], 262: [self.photometric],
            277: [channels], 284: [2 if self.separate else 1], 317: [self.predictor], 339: [kind] * channels}
        lengths = [len(block) for block in blocks]
        if self.tile:
            entries |= {322: [self.tile], 323: [self.tile], 324: starts, 325: lengths}
        else:
            entries |= {273: starts, 278: [self.rows], 279: lengths}
        if self.extra:
            entries[338] = list(self.extra)
        entries |= {tag: [value] for tag, value in self.tags.items()}
        return self._file(b"".join(blocks), entries)

    def _blocks(self, plane: np.ndarray) -> list[np.ndarray]:
        if not self.tile:
            return [plane[top:top + self.rows] for top in range(0, len(plane), self.rows)]
        below, right = -plane.shape[0] % self.tile, -plane.shape[1] % self.tile
        padded = np.pad(plane, ((0, below), (0, right), (0, 0)))
        return [padded[top:top + self.tile, left:left + self.tile] for top in range(0, len(padded), self.tile)
                for left in range(0, padded.shape[1], self.tile)]

    def _packed(self, block: np.ndarray) -> bytes:
        if self.bits is not None:
            shifts = np.arange(self.bits - 1, -1, -1)
            rows = (block.reshape(len(block), -1, 1) >> shifts & 1).astype(np.uint8)
            data = np.packbits(rows.reshape(len(block), -1), axis=1).tobytes()
        elif self.predictor == 3:
            big = np.ascontiguousarray(block.astype(">f4")).reshape(len(block), -1)
            grouped = big.view(np.uint8).reshape(len(block), -1, 4).transpose(0, 2, 1).reshape(
                len(block), -1, block.shape[2])
            data = np.diff(grouped, axis=1, prepend=np.uint8(0)).tobytes()
        else:
            if self.predictor == 2:
                block = np.diff(block, axis=1, prepend=block.dtype.type(0))
            data = block.astype(block.dtype.newbyteorder(self.order)).tobytes()
        return zlib.compress(data) if self.compression == 8 else data

    def _file(self, blocks: bytes, entries: Mapping[int, list[int]]) -> bytes:
        mark, magic = self.order, {"<": b"II", ">": b"MM"}[self.order]
        kind, letter, inline = (16, "Q", 8) if self.big else (4, "I", 4)
        head_bytes = 16 if self.big else 8
        at = head_bytes + len(blocks)
        body, tail = b"", b""
        size = (8 + 20 * len(entries) + 8) if self.big else (2 + 12 * len(entries) + 4)
        for tag in sorted(entries):
            values = struct.pack(f"{mark}{len(entries[tag])}{letter}", *entries[tag])
            if len(values) > inline:
                values, tail = struct.pack(mark + letter, at + size + len(tail)), tail + values
            body += struct.pack(mark + "HH" + letter, tag, kind, len(entries[tag])) + values
        head = magic + (struct.pack(mark + "HHHQ", 43, 8, 0, at) if self.big else struct.pack(mark + "HI", 42, at))
        count = struct.pack(mark + ("Q" if self.big else "H"), len(entries))
        return head + blocks + count + body + bytes(8 if self.big else 4) + tail
