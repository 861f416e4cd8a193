"""Light is compared where two pictures show the same; what has come in since says nothing of it."""

from __future__ import annotations

import numpy as np

from allaprima.temporal.fields import sampling_grid
from allaprima.temporal.proxies import difference, exposure_matched, proxy_of
from temporal_scenes import texture


def test_what_comes_into_a_pan_does_not_change_the_light_of_what_was_there() -> None:
    wide = texture(90, 240, 1)
    wide[:, 160:] = 245  # a white wall comes in
    first, second = (proxy_of(np.ascontiguousarray(wide[:, left:left + 160])) for left in (0, 60))
    where = sampling_grid(90, 160) + np.float32([60, 0])
    matched = exposure_matched(first, second, where)
    assert difference(matched, first).max() <= 1


def test_a_change_of_light_is_matched_where_the_pictures_are_the_same() -> None:
    wide = texture(90, 240, 1)
    first = proxy_of(np.ascontiguousarray(wide[:, :160]))
    second = proxy_of(np.clip(wide[:, 60:220] * 0.8 + 10, 0, 255).astype(np.uint8))
    matched = exposure_matched(first, second, sampling_grid(90, 160) + np.float32([60, 0]))
    assert difference(np.ascontiguousarray(matched[:, 60:]), np.ascontiguousarray(second[:, :100])).mean() < 2
