"""What a look asks of a compact network, and what finding it out costs."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from allaprima import weights
from allaprima.engines import Look, Style
from allaprima.engines.adain import compact_modulation, product

SPINNING = """
import time
import numpy as np
from allaprima import weights
from allaprima.engines import Look, Style
from allaprima.engines.adain import compact_modulation

entry, encoder = weights.named("balanced"), weights.load("style-encoder")
modulate = compact_modulation(weights.load("balanced"), encoder, entry.shape, entry.gate)
styles = [Style(str(n), np.full(1920, n, np.float32), (1, 1, 1, 1), "") for n in range(40)]
wall, own = time.perf_counter(), time.process_time()
for style in styles:
    modulate(Look(style))
    time.sleep(0.02)
print((time.process_time() - own) / (time.perf_counter() - wall))
"""


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core has no second thread to keep busy")
def test_a_moving_look_leaves_no_thread_spinning_between_frames() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    source = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run([sys.executable, "-c", SPINNING], check=True, capture_output=True, text=True,
                          env={**environment, "PYTHONPATH": source})
    assert float(done.stdout) < 0.3


def test_strength_moves_on_a_straight_line_from_the_null_style_to_the_style() -> None:
    entry, encoder = weights.named("balanced"), weights.load("style-encoder")
    assert entry.shape is not None
    modulate = compact_modulation(weights.load("balanced"), encoder, entry.shape, entry.gate)
    style = Style("art", np.random.default_rng(0).normal(size=1920).astype(np.float32), (1, 1, 1, 1), "")
    none, half, whole = (modulate(Look(style, strength)) for strength in (0.0, 0.5, 1.0))
    for part in ("scale", "bias"):
        np.testing.assert_allclose(getattr(half, part), (getattr(none, part) + getattr(whole, part)) / 2, atol=1e-5)
        assert np.abs(getattr(none, part) - getattr(whole, part)).max() > 0.1
    beyond = modulate(Look(style, 1.5))
    for part in ("scale", "bias"):
        straight = 1.5 * getattr(whole, part) - 0.5 * getattr(none, part)
        np.testing.assert_allclose(getattr(beyond, part), straight, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(beyond.mix, whole.mix)
    again = modulate(Look(style, 0.5))
    np.testing.assert_array_equal(again.scale, half.scale)


def test_a_product_is_numpys() -> None:
    random = np.random.default_rng(1)
    matrix, vector = random.normal(size=(30, 50)).astype(np.float32), random.normal(size=50).astype(np.float32)
    np.testing.assert_allclose(product(matrix, vector), matrix @ vector, rtol=1e-4, atol=1e-5)
    assert product(matrix, vector).dtype == np.float32
