"""A GPU's memory and its settings, which all networks and threads of a process share."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import numpy as np
import pytest
import torch

from allaprima.errors import OutOfMemory
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.runtimes.calls import Batch, Modulation, folded
from allaprima.runtimes.convolutions import convolutions
from allaprima.runtimes.cuda import CudaRuntime
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.runtimes.torch_errors import memory_named
from gpus import DEVICE, REHEARSED, on_a_gpu

SMALL = Shape(16, 16, 32, 1, 1)


def tensors() -> dict[str, np.ndarray]:
    torch.manual_seed(1)
    return {name: tensor.numpy() for name, tensor in CompactNetwork(SMALL).state_dict().items()}


def pictures(count: int, height: int, width: int) -> Batch:
    noise = np.random.default_rng(height).random((count, height // 8, width // 8, 3))
    return (np.repeat(np.repeat(noise, 8, axis=1), 8, axis=2) * 255).astype(np.uint8)


def modulation() -> Modulation:
    rng = np.random.default_rng(5)
    ranges = ((0.5, 1.5, SMALL.channels()), (-0.5, 0.5, SMALL.channels()), (0, 0.2, 1), (0.8, 1, 1))
    return Modulation(*(rng.uniform(low, high, (1, width)).astype(np.float32) for low, high, width in ranges))


def levels(one: Batch, other: Batch) -> np.ndarray:
    return np.abs(one.astype(int) - other.astype(int))


@contextmanager
def memory_limited_to(more: int) -> Iterator[None]:
    """Lets this process take so many bytes of the GPU's memory more than it has."""
    gc.collect()
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + more) / total)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
        gc.collect()
        torch.cuda.empty_cache()


def all_that_is_left() -> list[torch.Tensor]:
    """Takes what of its memory a process that may take no more has lying about."""
    taken: list[torch.Tensor] = []
    for size in (1 << 24, 1 << 22, 1 << 20, 1 << 18):
        with suppress(torch.OutOfMemoryError):
            while True:
                taken.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
    return taken


@on_a_gpu
@pytest.mark.skipif(REHEARSED, reason="a processor's memory has no limit that could be set here")
@pytest.mark.parametrize("more", [640 << 20, 192 << 20], ids=["640 MiB", "192 MiB"])
def test_where_a_gpu_s_memory_does_not_suffice_it_paints_in_parts_and_tiles(more: int) -> None:
    images, asked = pictures(8, 1080, 1920), modulation()
    expected, moments = CudaRuntime("fp16").compact(tensors(), SMALL).measure(images, asked)
    tight = CudaRuntime("fp16").compact(tensors(), SMALL)
    with memory_limited_to(more):
        painted, found = tight.measure(images, asked)
        frozen = tight.frozen(images[:1], folded(asked, moments.of(0)))
    np.testing.assert_allclose(found.mean, moments.mean, atol=0.02)
    assert levels(painted, expected).mean() < 0.5
    assert levels(frozen, expected[:1]).mean() < 0.5


@on_a_gpu
@pytest.mark.skipif(REHEARSED, reason="a processor's memory has no limit that could be set here")
def test_where_a_gpu_s_memory_does_not_suffice_for_a_tile_one_sentence_says_so_and_later_it_paints() -> None:
    images, asked = pictures(2, 720, 1280), modulation()
    transfer = CudaRuntime("fp16").compact(tensors(), SMALL)
    with memory_limited_to(0):
        taken = all_that_is_left()
        with pytest.raises(OutOfMemory, match="1280x720") as failure:
            transfer.measure(images, asked)
        taken.clear()
    assert "--detail" in str(failure.value.hint)
    assert "\n" not in str(failure.value)
    assert levels(transfer.measure(images, asked)[0], TorchRuntime().compact(tensors(), SMALL).measure(
        images, asked)[0]).mean() < 0.5


@on_a_gpu
def test_networks_recorded_in_several_threads_do_not_disturb_each_other() -> None:
    sizes = [(64 + 16 * step, 96 + 16 * step) for step in range(4)]
    asked, exact = modulation(), TorchRuntime().compact(tensors(), SMALL)
    expected = [exact.measure(pictures(3, *size), asked)[0] for size in sizes]
    gaps: list[float] = []
    failures: list[BaseException] = []

    def painting(paint: Callable[[Batch], Batch]) -> Callable[[], None]:
        def work() -> None:
            try:
                for size, picture in zip(sizes, expected, strict=True):
                    gaps.append(float(levels(paint(pictures(3, *size)), picture).mean()))
            except BaseException as error:  # told below, in the thread of the test
                failures.append(error)

        return work

    recorded = [CudaRuntime("auto", DEVICE).compact(tensors(), SMALL) for _ in range(3)]
    plain = TorchRuntime(DEVICE).compact(tensors(), SMALL)
    threads = [threading.Thread(target=painting(lambda images, one=one: one.measure(images, asked)[0]))  # type: ignore[misc]
               for one in [*recorded, plain]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures
    assert len(gaps) == 16
    assert max(gaps) < 0.5


@on_a_gpu
def test_settings_of_convolutions_are_as_they_were_after_threads_have_changed_them() -> None:
    before = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark
    inside = threading.Barrier(4)

    def work() -> None:
        inside.wait()
        for _ in range(200):
            with convolutions(torch.device(DEVICE), searched=True):
                assert REHEARSED or not torch.backends.cudnn.allow_tf32

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark) == before


def test_memory_that_did_not_suffice_is_named_also_where_ending_a_recording_failed_after_it() -> None:
    def record() -> None:
        try:
            raise torch.OutOfMemoryError("CUDA out of memory")
        finally:
            raise RuntimeError("CUDA error: operation failed due to a previous error during capture")

    with pytest.raises(OutOfMemory, match="cannot record"), memory_named("record"):
        record()
    with pytest.raises(OutOfMemory), memory_named("convolve"):
        raise RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED")
    with pytest.raises(RuntimeError, match="shape"), memory_named("convolve"):
        raise RuntimeError("wrong shape")
