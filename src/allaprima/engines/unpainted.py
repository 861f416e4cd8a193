"""Strength 0 is the content, to the last bit."""

from __future__ import annotations

from collections.abc import Sequence

from allaprima.engines.looks import Look
from allaprima.runtimes.calls import Batch


def unpainted(images: Batch, painted: Batch, looks: Sequence[Look]) -> Batch:
    """What was painted, and at strength 0 the pictures themselves: a network's own arithmetic ends at some 8 bits."""
    for index, look in enumerate(looks):
        if look.strength == 0:
            painted[index] = images[index]
    return painted
