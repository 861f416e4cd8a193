"""When a device's picture was taken, as far as its driver tells."""

from __future__ import annotations

import pytest

from allaprima.io.camera.device import captured_ns

NOW = 5_000 * 10**9


@pytest.mark.parametrize(("stamp_ms", "captured"), [
    (4_999_960.0, NOW - 40_000_000),
    (5_000_000.0, NOW),
    (0.0, None),                  # the driver tells nothing
    (1.7e12, None),               # the time of day
    (4_000_000.0, None),          # another clock, or a picture that stood in a buffer for ages
    (-1.0, None),
])
def test_a_drivers_stamp_counts_where_it_can_be_the_monotonic_clocks(stamp_ms: float, captured: int | None) -> None:
    assert captured_ns(stamp_ms, NOW) == captured
