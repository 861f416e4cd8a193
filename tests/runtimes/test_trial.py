"""Whether a GPU is taken: decided by a trial, with devices of the tests' own in its place."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest

import allaprima.runtimes
from allaprima.errors import DeviceError
from allaprima.nets.shape import Shape
from allaprima.runtimes import RUNTIMES, on_openvino, runtime_for, trial
from allaprima.runtimes.calls import Batch, Modulation, Moments, Tensors
from allaprima.runtimes.nvidia import Card, card, release_in
from allaprima.runtimes.trial import SHAPE, Trial, chance_network, objection, pictures, tried

CARD = Card("Stand-in 5000", "CUDA 12080 570.86")


class Network:
    """Lightens every picture by so many levels, in so many seconds a picture."""

    channels = SHAPE.channels()

    def __init__(self, levels: int, seconds: float) -> None:
        self.levels, self.seconds = levels, seconds

    def measure(self, images: Batch, modulation: Modulation) -> tuple[Batch, Moments]:
        time.sleep(self.seconds * len(images))
        images = images.copy()
        images[0, 0, 0, 0] += self.levels  # one value of one pixel is enough
        return images, Moments(modulation.scale, modulation.scale)


class Device:
    """A device of that speed that errs by so many levels."""

    name = device = "stand-in"
    precision = floats = "fp16"

    def __init__(self, levels: int, seconds: float, batch_size: int = 1) -> None:
        self.batch_size, self.levels, self.seconds = batch_size, levels, seconds
        self.compiled = 0

    def compact(self, tensors: Tensors, shape: Shape) -> Network:
        self.compiled += 1
        return Network(self.levels, self.seconds)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def with_card(monkeypatch: pytest.MonkeyPatch, gpu: Device, processor: Device) -> None:
    monkeypatch.setattr(allaprima.runtimes, "card", lambda: CARD)
    monkeypatch.setitem(RUNTIMES, "cuda", lambda precision: gpu)
    monkeypatch.setitem(RUNTIMES, "cpu", lambda precision: processor)
    monkeypatch.setitem(RUNTIMES, "torch", lambda precision: Device(0, 0.0))


@pytest.mark.parametrize(("found", "words"), [
    (Trial(0, 0.001, 0.01), None),
    (Trial(2, 0.001, 0.01), None),
    (Trial(3, 0.001, 0.01), "differs by 3 of 255 levels"),
    (Trial(float("nan"), 0.001, 0.01), "differs"),
    (Trial(0, 0.01, 0.01), "10.0 ms there, 10.0 ms on the processor"),
    (Trial(0, float("nan"), 0.01), "ms there"),
])
def test_a_gpu_is_taken_where_it_paints_the_same_in_less_time(found: Trial, words: str | None) -> None:
    said = objection(found)
    assert said is None if words is None else words in str(said)


def test_time_is_counted_a_picture_and_not_a_batch() -> None:
    found = tried(Device(1, 0.001, batch_size=4), Device(0, 0.004), Device(0, 0.0))
    assert found.levels == 1
    assert found.seconds < found.processor_seconds


@pytest.mark.parametrize(("levels", "seconds", "words"), [
    (0, 0.0, None), (9, 0.0, "differs by 9"), (0, 0.02, "ms there")])
def test_auto_takes_the_gpu_or_the_processor_with_a_note_and_tries_once(
        monkeypatch: pytest.MonkeyPatch, own_cache: Path, levels: int, seconds: float, words: str | None) -> None:
    gpu, processor = Device(levels, seconds), Device(0, 0.005)
    with_card(monkeypatch, gpu, processor)
    notes: list[str] = []
    for _ in range(2):
        taken = runtime_for("auto", on_note=notes.append)
        assert taken is (gpu if words is None else processor)  # type: ignore[comparison-overlap]
    assert gpu.compiled == 2  # once for the picture, once for the time: the second run knew
    assert len(list((own_cache / "devices").iterdir())) == 1
    if words is None:
        assert not notes
    else:
        assert words in notes[0]
        assert "Stand-in 5000" in notes[0]
        assert "--device cuda" in notes[0]


def test_another_driver_is_tried_again_and_a_damaged_file_too(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    gpu = Device(0, 0.0)
    with_card(monkeypatch, gpu, Device(0, 0.005))
    runtime_for("auto")
    monkeypatch.setattr(allaprima.runtimes, "card", lambda: Card(CARD.name, "CUDA 13000 580.1"))
    runtime_for("auto")
    assert gpu.compiled == 4
    for path in (own_cache / "devices").iterdir():
        path.write_text('{"levels": [], "spoilt": 1}')
    runtime_for("auto")
    assert gpu.compiled == 6


def test_a_gpu_that_fails_is_told_and_tried_again_next_time(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    def failing(precision: str) -> Device:
        raise DeviceError("cannot use the device 'cuda': another program has taken all of its memory")

    processor = Device(0, 0.0)
    with_card(monkeypatch, Device(0, 0.0), processor)
    monkeypatch.setitem(RUNTIMES, "cuda", failing)
    notes: list[str] = []
    assert runtime_for("auto", on_note=notes.append) is processor  # type: ignore[comparison-overlap]
    assert "another program" in notes[0]
    assert not (own_cache / "devices").exists()


def test_without_openvino_the_gpu_is_compared_with_torch_and_torch_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu, torch_device = Device(0, 0.0), Device(0, 0.005)
    with_card(monkeypatch, gpu, Device(0, 0.0))
    monkeypatch.setitem(RUNTIMES, "cpu", lambda precision: on_openvino("cpu", precision))
    monkeypatch.setitem(RUNTIMES, "torch", lambda precision: torch_device)
    for name in ("openvino", "openvino_package"):  # as they are before anything was loaded
        monkeypatch.delitem(sys.modules, f"allaprima.runtimes.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "openvino", None)  # type: ignore[arg-type]  # what importing then finds
    assert runtime_for("auto") is gpu  # type: ignore[comparison-overlap]
    monkeypatch.setattr(allaprima.runtimes, "card", lambda: None)
    assert runtime_for("auto") is torch_device  # type: ignore[comparison-overlap]
    with pytest.raises(DeviceError, match="openvino") as failure:
        runtime_for("cpu")
    assert "--device torch" in str(failure.value.hint)


def test_half_precision_passes_and_broken_arithmetic_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "HEIGHT", 48)
    monkeypatch.setattr(trial, "WIDTH", 80)
    from allaprima.runtimes.cuda import CudaRuntime
    from allaprima.runtimes.pytorch import TorchRuntime

    tensors = chance_network()
    expected = TorchRuntime().compact(tensors, SHAPE).measure(pictures(1), trial.plain_modulation())[0]
    spoilt = {name: np.roll(value, 1) for name, value in tensors.items()}

    def levels(runtime: CudaRuntime, weights: Tensors) -> float:
        painted = runtime.compact(weights, SHAPE).measure(pictures(1), trial.plain_modulation())[0]
        return float(np.abs(painted.astype(int) - expected).max())

    half = CudaRuntime("fp16", "cpu")
    assert levels(half, tensors) <= trial.MOST_LEVELS
    assert levels(half, spoilt) > trial.MOST_LEVELS


def test_a_trial_leaves_the_random_numbers_of_others_alone() -> None:
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    chance_network()
    assert torch.rand(1) == expected


def test_without_a_driver_there_is_no_card_and_its_release_is_read_where_it_is_told(tmp_path: Path) -> None:
    import torch

    assert (card() is not None) == torch.cuda.is_available()
    told = tmp_path / "version"
    told.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n")
    assert release_in(told) == ["550.54.15"]
    assert release_in(tmp_path / "nowhere") == []
