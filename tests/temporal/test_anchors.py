"""What an anchor is trusted by: its content, place by place and on the whole."""

from __future__ import annotations

import numpy as np

from allaprima.temporal.anchors import alike


def test_a_place_beside_what_passes_is_trusted_and_a_dissolve_is_not() -> None:
    changed = np.zeros((60, 60), np.uint8)
    changed[:, 24:36] = 90  # twelve pixels wide
    trust = alike(changed)
    assert (trust[:, 24:36] == 0).all()
    assert trust[:, 40:].min() == 1
    assert trust[:, :20].min() == 1
    assert alike(np.full((60, 60), 17, np.uint8)).max() == 0
