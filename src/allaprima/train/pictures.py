"""Pictures for training: found in a folder or in packed files, decoded once, held as 8-bit tensors on the device.

Pillow decodes them: torchvision's own decoders are deprecated from 0.29 on, and torchvision brings Pillow with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from allaprima.errors import SourceError
from allaprima.packs import packed_pictures

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
DECODERS = 8  # threads; decoding leaves the interpreter free
DAMAGED = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)  # what Pillow raises for bad pictures


@dataclass(frozen=True, slots=True)
class Pictures:
    """Decoded pictures, (3, H, W) uint8 RGB each, and the names and reasons of those left out."""

    images: tuple[Tensor, ...]
    skipped: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.images)


def encoded_pictures(source: Path) -> Iterator[tuple[str, bytes]]:
    """Name and encoded bytes of every picture under a folder, or in its packed files, in the order of their names."""
    if not source.exists():
        raise SourceError(f"cannot read pictures from {source}: no such folder or file",
                          "name a folder of JPEG, PNG or WebP pictures, or a packed file")
    packs = [source] if source.is_file() else sorted(source.glob("*.pack.safetensors"))
    for pack in packs:
        yield from packed_pictures(pack)
    if not packs:
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path.relative_to(source).as_posix(), path.read_bytes()


def decoded(encoded: bytes, largest: int) -> Tensor:
    """A picture (3, H, W), uint8 RGB, upright, its shorter side reduced to ``largest`` where it is longer.

    Colours are taken for sRGB and transparency is dropped. Raises one of DAMAGED where the bytes are no picture.
    """
    with Image.open(BytesIO(encoded)) as file:
        file.draft("RGB", (2 * largest, 2 * largest))
        upright = ImageOps.exif_transpose(file)
        if upright.mode.startswith("I"):
            upright = Image.fromarray((np.asarray(upright).astype(np.int32) // 257).clip(0, 255).astype(np.uint8))
        image = upright.convert("RGB")
    shorter = min(image.size)
    if shorter > largest:
        width, height = (round(side * largest / shorter) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def load_pictures(source: Path, smallest: int, largest: int, device: torch.device | str = "cpu") -> Pictures:
    """All usable pictures of a folder or packed files, on ``device``.

    smallest: pictures with a shorter side below it are left out. largest: longer shorter sides are reduced to it.
    Damaged pictures are left out too, and named. Raises SourceError where nothing remains.
    """
    return gathered(encoded_pictures(source), str(source), smallest, largest, device)


def gathered(encoded: Iterable[tuple[str, bytes]], origin: str, smallest: int, largest: int,
             device: torch.device | str) -> Pictures:
    """The usable ones among encoded pictures; ``origin`` is what a failure names."""
    def one(item: tuple[str, bytes]) -> tuple[str, Tensor | str]:
        name, data = item
        try:
            image = decoded(data, largest)
        except DAMAGED as problem:
            return name, (str(problem).splitlines() or ["cannot be decoded"])[0]
        height, width = image.shape[1:]
        if min(height, width) < smallest:
            return name, f"{width}x{height} is smaller than the {smallest} pixels that a crop needs"
        return name, image

    images: list[Tensor] = []
    skipped: list[tuple[str, str]] = []
    with ThreadPoolExecutor(DECODERS) as decoders:
        for name, result in decoders.map(one, encoded):
            if isinstance(result, str):
                skipped.append((name, result))
            else:
                images.append(result.to(device))
    if not images:
        reason = f"; the first of {len(skipped)} left out is {skipped[0][0]}: {skipped[0][1]}" if skipped else ""
        raise SourceError(f"cannot train from {origin}: no usable picture in it{reason}",
                          f"give JPEG, PNG or WebP pictures of at least {smallest} pixels on the shorter side")
    return Pictures(tuple(images), tuple(skipped))
