"""What an AVIF's boxes say of its picture: depth, colours, and the part that is shown.

Source: ISO/IEC 23008-12, 6.5 and 9.3; ISO/IEC 23091-2 for the numbers of primaries and transfer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from allaprima.io.boxes import Box, Crop, boxes, clean_aperture, content, found


@dataclass(frozen=True, slots=True)
class AvifItem:
    """bits a channel, numbers of primaries and transfer (2 where nothing is said), and the clean aperture's box."""

    bits: int = 8
    primaries: int = 2
    transfer: int = 2
    clap: bytes | None = None

    def crop(self, width: int, height: int) -> Crop | None:
        """The part of a picture of that size that is shown, None for all of it."""
        return None if self.clap is None else clean_aperture(self.clap, width, height)


def avif_item(file: BinaryIO) -> AvifItem:
    """Return what the boxes say of the primary picture; whatever is missing or damaged counts as not said."""
    place = file.tell()
    meta = content(file, b"meta") or b""
    file.seek(place)
    bits, primaries, transfer, clap = 8, 2, 2, None
    for box in _properties(meta):
        held = meta[box.start:box.end]
        if box.kind == b"pixi" and len(held) > 5:
            bits = held[5]
        elif box.kind == b"colr" and held.startswith(b"nclx") and len(held) >= 8:
            primaries, transfer = int.from_bytes(held[4:6], "big"), int.from_bytes(held[6:8], "big")
        elif box.kind == b"clap":
            clap = held
    return AvifItem(bits, primaries, transfer, clap)


def _properties(meta: bytes) -> Iterator[Box]:
    """The properties of the primary item; of all items where none is said to be the primary one."""
    inside = found(meta, "iprp", 4)
    shared = None if inside is None else found(meta, "ipco", inside.start, inside.end)
    if inside is None or shared is None:
        return
    properties = list(boxes(meta, shared.start, shared.end))
    primary = found(meta, "pitm", 4)
    wanted = set(range(1, len(properties) + 1))
    if primary is not None:
        size = 2 if meta[primary.start] == 0 else 4
        item = int.from_bytes(meta[primary.start + 4:primary.start + 4 + size], "big")
        wanted = {number for box in boxes(meta, inside.start, inside.end) if box.kind == b"ipma"
                  for number in _associated(meta[box.start:box.end], item)}
    yield from (box for number, box in enumerate(properties, 1) if number in wanted)


def _associated(ipma: bytes, item: int) -> Iterator[int]:
    """The numbers, from 1, of the properties that a box of associations gives an item."""
    id_size = 2 if ipma[:1] == b"\0" else 4
    size = 2 if ipma[3:4] and ipma[3] & 1 else 1
    count, at = int.from_bytes(ipma[4:8], "big"), 8
    while count > 0 and at + id_size < len(ipma):
        found_item = int.from_bytes(ipma[at:at + id_size], "big")
        numbers = ipma[at + id_size]
        at += id_size + 1
        if found_item == item:
            mask = (1 << (8 * size - 1)) - 1
            yield from (int.from_bytes(ipma[place:place + size], "big") & mask
                        for place in range(at, at + numbers * size, size))
        at += numbers * size
        count -= 1
