"""Colours that follow the new frame, and not those of what passes beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allaprima.temporal.anchors import captured
from allaprima.temporal.recoloring import recolored

HEIGHT, WIDTH = 64, 128
GROUND, THING = 0.4, 0.9


def test_what_passes_beside_a_place_adds_none_of_its_colours_there_and_a_new_light_does() -> None:
    picture = np.full((HEIGHT, WIDTH, 4), GROUND, np.float32)
    anchor = captured(picture, np.zeros((HEIGHT // 2, WIDTH // 2, 4), np.uint8))
    trust = anchor.trust.copy()
    trust[:, 34:] = 0  # a thing covers all from the middle of the ninth colour on
    anchor = replace(anchor, trust=trust)
    own = np.full(anchor.offset.shape, GROUND, np.float32)
    own[:, 9:], own[:, 8] = THING, (GROUND + THING) / 2
    followed = anchor
    for _ in range(8):
        followed, alike = recolored(followed, own, 1.0)
    assert np.abs(followed.offset[:, :8]).max() < 0.01
    assert alike[:, 12:].max() < 0.01  # and what has other colours is still not taken for the anchor's
    for _ in range(30):
        anchor, _ = recolored(anchor, own + np.float32(0.05), 1.0)
    assert np.abs(anchor.offset[:, :8] - 0.05).max() < 0.02
