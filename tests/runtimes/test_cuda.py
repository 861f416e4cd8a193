"""The CUDA runtime against PyTorch call by call: on the processor all but the graphs; on a GPU, where there is one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch

from allaprima.errors import DeviceError, OptionError, OutOfMemory
from allaprima.functional.losses import ssim
from allaprima.nets.adain import AdaINNetwork
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.nets.style_encoder import StyleEncoder
from allaprima.runtimes import runtime_for
from allaprima.runtimes.any_size import AnySize
from allaprima.runtimes.calls import Batch, Modulation, Precision, Transfer, folded
from allaprima.runtimes.cuda import CudaRuntime, CudaTransfer
from allaprima.runtimes.nvidia import card
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.runtimes.torch_painting import Mode, Painting
from places import ROOT

SMALL = Shape(16, 16, 32, 1, 1)
ROUNDING = 1.01 / 255  # a level: sums in another order may fall on the other side of a half
TOLERANCE = {"cpu": 1e-5, "cuda": 1e-3}
FULL = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request: pytest.FixtureRequest) -> str:
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return str(request.param)


def tensors() -> dict[str, np.ndarray]:
    torch.manual_seed(1)
    return {name: tensor.numpy() for name, tensor in CompactNetwork(SMALL).state_dict().items()}


def transfers(device: str, precision: Precision = "fp32") -> tuple[Transfer, Transfer]:
    """The recorded network, and the same one call by call on the processor."""
    return CudaRuntime(precision, device).compact(tensors(), SMALL), TorchRuntime().compact(tensors(), SMALL)


def pictures(count: int, height: int, width: int, pixels: str = "uint8") -> Batch:
    noise = np.random.default_rng(0).random((count, height // 4, width // 4, 3))
    smooth = np.repeat(np.repeat(noise, 4, axis=1), 4, axis=2)[:, :height, :width]
    return (smooth * FULL[pixels]).astype(pixels)


def modulation(rows: int, channels: int = SMALL.channels()) -> Modulation:
    rng = np.random.default_rng(rows)
    ranges = ((0.5, 1.5, channels), (-0.5, 0.5, channels), (0, 0.2, 1), (0.8, 1, 1))
    return Modulation(*(rng.uniform(low, high, (rows, width)).astype(np.float32) for low, high, width in ranges))


def apart(first: Batch, second: Batch) -> float:
    """The largest difference of two batches, full scale 1."""
    assert first.dtype == second.dtype
    assert first.shape == second.shape
    return float(np.abs(first.astype(np.float64) - second).max() / FULL[str(first.dtype)])


@pytest.mark.parametrize("pixels", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 3), (5, 1), (8, 8)])
def test_a_recorded_call_equals_a_plain_one(device: str, pixels: str, count: int, rows: int) -> None:
    recorded, plain = transfers(device)
    images, asked = pictures(count, 40, 56, pixels), modulation(rows)
    rounding = ROUNDING if pixels == "uint8" else 0
    for _ in range(2):  # recorded, then replayed
        painted, moments = recorded.measure(images, asked)
        expected, true_moments = plain.measure(images, asked)
        assert apart(painted, expected) <= TOLERANCE[device] + rounding
        np.testing.assert_allclose(moments.mean, true_moments.mean, atol=10 * TOLERANCE[device])
        np.testing.assert_allclose(moments.variance, true_moments.variance, rtol=10 * TOLERANCE[device],
                                   atol=10 * TOLERANCE[device])


def test_given_moments_are_mixed_in_and_frozen_ones_are_used_alone(device: str) -> None:
    recorded, plain = transfers(device)
    images, asked = pictures(3, 40, 56, "float32"), modulation(1)
    _, other = plain.measure(pictures(1, 40, 56, "float32")[:, ::-1] ** 2, asked)
    for momentum in (0.3, 0.7):
        painted, moments = recorded.measure(images, asked, other, momentum)
        expected, mixture = plain.measure(images, asked, other, momentum)
        assert apart(painted, expected) <= TOLERANCE[device]
        np.testing.assert_allclose(moments.mean, mixture.mean, atol=10 * TOLERANCE[device])
    _, own = plain.measure(images, asked)
    assert apart(recorded.frozen(images, folded(asked, own)), plain.measure(images, asked)[0]) <= 10 * TOLERANCE[device]


def test_a_later_call_is_not_given_an_earlier_ones_pictures_or_rows(device: str) -> None:
    recorded, plain = transfers(device)
    first, second = pictures(4, 40, 56), pictures(4, 40, 56)[:, ::-1]
    kept, _ = recorded.measure(first, modulation(1))
    copy = kept.copy()
    again, _ = recorded.measure(second, modulation(4))
    np.testing.assert_array_equal(kept, copy)
    assert apart(again, plain.measure(second, modulation(4))[0]) <= TOLERANCE[device] + ROUNDING


def test_the_published_network_is_painted_too(device: str) -> None:
    images = pictures(1, 40, 56, "float32")
    torch.manual_seed(2)
    network = AdaINNetwork()
    parts = [{name: value.numpy() for name, value in part.state_dict().items()}
             for part in (network.encoder, network.decoder)]
    asked = modulation(1, network.channels)
    assert apart(CudaRuntime("fp32", device).reference(*parts).measure(images, asked)[0],
                 TorchRuntime().reference(*parts).measure(images, asked)[0]) <= 10 * TOLERANCE[device]


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_is_near_and_leaves_wide_pictures_alone(device: str, precision: Precision) -> None:
    recorded, plain = transfers(device, precision)
    images, asked = pictures(2, 64, 96), modulation(1)
    painted, expected = (torch.from_numpy(transfer.measure(images, asked)[0]).permute(0, 3, 1, 2) / 255
                         for transfer in (recorded, plain))
    assert ssim(painted, expected).min() > 0.98
    assert (painted != expected).any()
    wide = pictures(1, 40, 56, "float32")
    assert apart(recorded.measure(wide, asked)[0], plain.measure(wide, asked)[0]) <= TOLERANCE[device]


class Tight:
    """A painting for whose parts memory suffices up to so many pictures, of so many pixels."""

    def __init__(self, painting: Painting, most: int, pixels: int) -> None:
        self.painting, self.most, self.pixels = painting, most, pixels
        self.device, self.layout = painting.device, painting.layout

    def __call__(self, mode: Mode, inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, ...]:
        count, height, width = inputs["images"].shape[:3]
        if count > self.most or height * width > self.pixels:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return self.painting(mode, inputs)


def test_where_memory_does_not_suffice_batches_are_halved_then_tiled_then_one_sentence_says_so() -> None:
    recorded, plain = transfers("cpu")
    assert isinstance(recorded, AnySize)
    assert isinstance(recorded.whole, CudaTransfer)
    painting = recorded.whole.painting
    images, asked = pictures(8, 40, 56), modulation(8)
    recorded.whole.painting = Tight(painting, 1, 1 << 20)  # type: ignore[assignment]
    assert apart(recorded.measure(images, asked)[0], plain.measure(images, asked)[0]) <= ROUNDING
    large = pictures(1, 600, 800)
    expected, moments = plain.measure(large, modulation(1))
    recorded.whole.painting = Tight(painting, 1, 500 * 500)  # type: ignore[assignment]
    assert apart(recorded.frozen(large, folded(modulation(1), moments)), expected) <= 2 * ROUNDING
    recorded.whole.painting = Tight(painting, 0, 0)  # type: ignore[assignment]
    with pytest.raises(OutOfMemory, match="56x40") as failure:
        recorded.measure(images, asked)
    assert "--detail" in str(failure.value.hint)


def test_calls_from_several_threads_take_turns(device: str) -> None:
    recorded, plain = transfers(device)
    images, asked = pictures(2, 40, 56), modulation(1)
    expected, _ = plain.measure(images, asked)
    gaps: list[float] = []
    threads = [threading.Thread(target=lambda: gaps.append(apart(recorded.measure(images, asked)[0], expected)))
               for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gaps) == 4
    assert max(gaps) <= TOLERANCE[device] + ROUNDING


def test_styles_are_encoded_as_by_torch(device: str) -> None:
    torch.manual_seed(3)
    weights = {name: value.numpy() for name, value in StyleEncoder().state_dict().items()}
    picture = pictures(1, 64, 64, "float32")[0]
    np.testing.assert_allclose(CudaRuntime("auto", device).style_encoder(weights)(picture),
                               TorchRuntime().style_encoder(weights)(picture), atol=1e-3)


WITHOUT_OPENVINO = """
import sys
sys.modules["openvino"] = None
import numpy as np
import allaprima
import allaprima.cli.bench, allaprima.cli.image, allaprima.cli.video, allaprima.evaluate.speed
model = allaprima.open_model("fast", allaprima.ModelOptions(device="torch"))
style = allaprima.load_style(np.full((64, 64, 3), 90, np.uint8), model)
assert model.paint(np.zeros((1, 32, 32, 3), np.uint8), style).shape == (1, 32, 32, 3)
print("painted")
"""


def test_painting_by_torch_needs_no_openvino() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_OPENVINO], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    assert done.stdout.strip() == "painted", done.stderr


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_the_device_is_refused_and_auto_takes_the_processor() -> None:
    with pytest.raises(DeviceError, match="cuda") as failure:
        runtime_for("cuda")
    assert failure.value.hint
    assert runtime_for("auto").device == "cpu"
    with pytest.raises(OptionError, match="unknown device"):
        runtime_for("tpu")


def test_the_driver_is_asked_without_torch() -> None:
    assert (card() is not None) == torch.cuda.is_available()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_auto_takes_the_gpu_in_half_precision() -> None:
    runtime = runtime_for("auto")
    assert (runtime.device, runtime.precision) == ("cuda", "fp16")
