"""Results that repeat without a seam: the picture is painted with its own far sides laid around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np

from allaprima.engines import Engine, Look
from allaprima.engines.regions import mask_at_size
from allaprima.errors import OptionError
from allaprima.functional.padding import MULTIPLE
from allaprima.runtimes.calls import Batch

REACH = 128  # pixels; no network here sees farther: published AdaIN 67, the compact ones some 100
WHOLE_BELOW = 4 * REACH


def stylized_seamless(engine: Engine, images: Batch, looks: Sequence[Look]) -> Batch:
    """The images (N, H, W, 3), each painted as one tile of an endless repetition.

    Convolutions see what repetition would show them, so that no seam is painted in; one that is in the content stays.
    Raises OptionError where a side is no multiple of eight: the networks' coarse grid would not repeat with the tile.
    """
    height, width = images.shape[1:3]
    if height % MULTIPLE or width % MULTIPLE:
        fits = [max(MULTIPLE, MULTIPLE * round(side / MULTIPLE)) for side in (width, height)]
        raise OptionError(f"a seamless result needs sides that are multiples of {MULTIPLE}, not {width}x{height}",
                          f"--size {fits[0]}x{fits[1]}")
    top, bottom = surrounding(height)
    left, right = surrounding(width)
    sides = (top, bottom), (left, right)
    surrounded = np.pad(images, ((0, 0), *sides, (0, 0)), mode="wrap")

    def laid_out(look: Look) -> Look:
        return replace(look, regions=tuple(
            replace(region, mask=np.pad(mask_at_size(region.mask, height, width), sides, mode="wrap"))
            for region in look.regions))

    painted, _ = engine.stylize(cast(Batch, surrounded), [laid_out(look) for look in looks])
    return painted[:, top:top + height, left:left + width]


def surrounding(side: int) -> tuple[int, int]:
    """Pixels laid before and behind a side: as far as networks see; for small tiles rounded up to whole tiles.

    Whole tiles weigh every part of the tile alike in the statistics; with large tiles the surrounding weighs little.
    """
    both = 2 * REACH if side >= WHOLE_BELOW else -(-2 * REACH // side) * side
    before = both // 2 // MULTIPLE * MULTIPLE
    return before, both - before
