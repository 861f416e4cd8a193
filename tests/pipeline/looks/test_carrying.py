"""What was found is carried along the motion: it goes where the picture goes, and only as far as is remembered."""

from __future__ import annotations

import numpy as np

from allaprima.pipeline.looks.carrying import carried
from allaprima.temporal.flow import single_threaded
from allaprima.temporal.proxies import proxy_of
from temporal_scenes import texture

MOVED = 6


def test_what_was_found_moves_with_the_picture_and_is_averaged_with_what_is_found() -> None:
    wide = texture(96, 160 + MOVED, 1)
    before, now = (proxy_of(np.ascontiguousarray(wide[:, left:left + 160])) for left in (MOVED, 0))
    old = np.zeros((1, 96, 160), np.float32)
    old[:, :, :80] = 1
    nothing = np.zeros_like(old)
    with single_threaded():
        kept, forgotten = (carried(before, old, now, nothing, memory)[0] for memory in (0.8, 0.0))
    assert not forgotten.any()
    inside = kept[20:-20, 20:80 + MOVED - 3]
    assert abs(inside.mean() - 0.8) < 0.1
    assert kept[20:-20, 80 + MOVED + 3:-20].max() < 0.2
