"""What a fit learns from, read from disk: pictures, or a film's own frames with the motion between them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.errors import SourceError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from allaprima.train.fit.moving import Moving

PACK = "contents.pack.safetensors"
FILM_PLACES = 40       # of a film, at which frames are looked at
LARGEST_CONTENT = 1.6  # times the working height: larger pictures are reduced when they are read
SMALLEST_CONTENT_PX = 64


def contents_of(on: Path | None, lines: int) -> list[Tensor]:
    """The pictures (3, H, W), uint8, that a fit learns from: of a film, a folder, a packed file, or the shipped."""
    from allaprima import weights
    from allaprima.train.pictures import load_pictures

    source = weights.shipped_folder() / PACK if on is None else on
    if is_film(source):
        return film_contents(source)
    return list(load_pictures(source, SMALLEST_CONTENT_PX, round(LARGEST_CONTENT * lines)).images)


def is_film(source: Path) -> bool:
    """Whether a file of contents is a film, and no folder nor packed pictures."""
    return source.is_file() and source.suffix != ".safetensors"


def film_contents(path: Path) -> list[Tensor]:
    """Frames (3, H, W), uint8, from all over a film, as they are shown."""
    import torch

    return [torch.from_numpy(places[-1].copy()).permute(2, 0, 1) for places in film_places(path, 1)]


def film_moving(path: Path, lines: int) -> tuple[Moving, ...]:
    """Frames from all over a film with the ones before them and the motion between, no larger than is learnt from.

    The motion is that along which films are held steady. Empty for a film of one frame.
    """
    import numpy as np
    import torch

    from allaprima.temporal.flow import motion_between, single_threaded
    from allaprima.temporal.proxies import proxy_of
    from allaprima.train.fit.job import at_lines
    from allaprima.train.fit.moving import Moving

    found = []
    for pair in film_places(path, 2):
        before, now = (at_lines(torch.from_numpy(frame.copy()).permute(2, 0, 1), round(LARGEST_CONTENT * lines))
                       for frame in pair)
        proxies = [proxy_of(frame) for frame in pair]
        scale = now.shape[2] / proxies[1].shape[1]
        with single_threaded():
            motion = motion_between(proxies[0], proxies[1], pair[1].shape[1] / proxies[1].shape[1])
        fields = torch.from_numpy(np.dstack([motion.backward, motion.trust])).permute(2, 0, 1)[None]
        fields = torch.nn.functional.interpolate(fields, now.shape[1:], mode="bilinear", align_corners=False)[0]
        found.append(Moving(now, before, fields[:2] * scale, fields[2:]))
    return tuple(found)


def film_places(path: Path, count: int) -> Iterator[list[NDArray[np.uint8]]]:
    """So many frames (H, W, 3) in a row from each of some places all over a film."""
    from allaprima.io.film.source import VideoSource
    from allaprima.io.still.picture import as_uint8

    def row(source: VideoSource, length: int) -> list[NDArray[np.uint8]]:
        return [as_uint8(frame.image) for frame, _ in zip(source, range(length), strict=False)]

    with VideoSource(path) as source:
        info = source.info
        total = info.frame_count or 0
        rate = info.frame_rate if total > FILM_PLACES else None
        frames = [] if rate else row(source, 4 * FILM_PLACES)
    if not rate:
        if not frames:
            raise SourceError(f"cannot fit on {path}: it holds no frame", "name a film, or a folder of pictures")
        for end in range(count, len(frames) + 1, -(-len(frames) // FILM_PLACES)):
            yield frames[end - count:end]
        return
    for place in range(FILM_PLACES):
        first = min(total * (2 * place + 1) // (2 * FILM_PLACES), total - count)
        start = max(first - Fraction(1, 2), Fraction(0)) / rate  # half a frame early: times are rounded
        with VideoSource(path, start=start) as source:
            found = row(source, count)
        if len(found) == count:
            yield found
