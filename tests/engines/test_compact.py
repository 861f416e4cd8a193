"""The shipped compact networks as their runtimes compute them, in styles like those that they were trained for."""

from pathlib import Path

import numpy as np
import pytest
import torch

from allaprima.engines import Statistics
from allaprima.engines.adain import compact
from allaprima.engines.encoding import at_size
from allaprima.engines.looks import Look
from allaprima.functional.losses import ssim
from allaprima.io.still.reading import read_image
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.weights import shipped
from places import ROOT

EXAMPLES = ROOT / "examples"
COMPACT = [name for name, entry in shipped().items() if entry.kind == "compact"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    first, second = (torch.from_numpy(pixels).permute(0, 3, 1, 2).double() / 255 for pixels in (one, other))
    return float(ssim(first, second).min())


@pytest.mark.parametrize("name", COMPACT)
def test_eight_bits_keep_the_picture(name: str) -> None:
    exact, fewer = (compact(name, OpenVINORuntime("cpu", precision)) for precision in ("fp32", "int8"))
    photo = at_size(read_image(EXAMPLES / "photos" / "astronaut.jpg").image, 192)
    photo = (photo[None, :192, :192] * 255).round().astype(np.uint8)
    differ = False
    for style in ("woodcut", "starry", "marbled"):
        look = Look(exact.encode(read_image(EXAMPLES / "styles" / f"{style}.jpg").image, style))
        wanted, own = exact.stylize(photo, [look])
        for statistics in (None, Statistics(own.moments, momentum=0.0)):
            painted, _ = fewer.stylize(photo, [look], statistics)
            assert likeness(painted, wanted) >= 0.99
            differ |= not np.array_equal(painted, wanted)
    assert differ
