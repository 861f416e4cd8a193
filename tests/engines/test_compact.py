"""The shipped compact networks as their runtimes compute them, in styles like those that they were trained for."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from allaprima import weights
from allaprima.engines import Statistics
from allaprima.engines.adain import compact, which_are_gains
from allaprima.engines.encoding import scaled
from allaprima.engines.fitted import Fitted, in_bytes
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


def photograph(side: int) -> np.ndarray:
    """A square of a photograph whose shorter side is 192 pixels, as a batch of one."""
    picture = read_image(EXAMPLES / "photos" / "astronaut.jpg").image
    small = scaled(picture, 192 / min(picture.shape[:2]))
    return (small[None, :side, :side] * 255).round().astype(np.uint8)


@pytest.mark.parametrize("name", COMPACT)
def test_eight_bits_keep_the_picture(name: str) -> None:
    exact, fewer = (compact(name, OpenVINORuntime("cpu", precision)) for precision in ("fp32", "int8"))
    photo = photograph(192)
    differ = False
    for style in ("woodcut", "starry", "marbled"):
        look = Look(exact.encode(read_image(EXAMPLES / "styles" / f"{style}.jpg").image, style))
        wanted, own = exact.stylize(photo, [look])
        for statistics in (None, Statistics(own.moments, momentum=0.0)):
            painted, _ = fewer.stylize(photo, [look], statistics)
            assert likeness(painted, wanted) >= 0.99
            differ |= not np.array_equal(painted, wanted)
    assert differ


@pytest.mark.parametrize("name", COMPACT)
def test_eight_bits_keep_the_picture_of_a_fitted_style_by_ranges_of_its_own(name: str) -> None:
    entry, tensors = weights.named(name), weights.load(name)
    assert entry.ranges is not None
    photo = photograph(160)
    exact, fewer = (compact(name, OpenVINORuntime("cpu", precision)) for precision in ("fp32", "int8"))
    style = exact.encode(read_image(EXAMPLES / "styles" / "starry.jpg").image, "starry")
    louder = {key: in_bytes(0.5 * tensors[key]) for key in tensors if key.endswith("first.convolution.weight")}
    modulation = exact.modulation([Look(style)])
    gains = which_are_gains(entry.shape)
    row = np.zeros(len(gains), np.float32)
    row[gains], row[~gains] = modulation.scale[0] - 1, modulation.bias[0]
    fitted = Fitted(name, entry.sha256, louder, row, None, entry.ranges)
    look = Look(replace(style, fitted=(fitted,)))
    wanted, painted = (engine.stylize(photo, [look])[0] for engine in (exact, fewer))
    assert likeness(painted, wanted) >= 0.99
    assert not np.array_equal(painted, wanted)
    assert not np.array_equal(wanted, exact.stylize(photo, [Look(style)])[0])
