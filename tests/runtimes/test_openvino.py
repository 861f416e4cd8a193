"""OpenVINO's graphs against PyTorch's networks, and what they must not need."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from allaprima import weights
from allaprima.errors import DeviceError, OptionError, OutOfMemory
from allaprima.functional.losses import ssim
from allaprima.nets.adain import AdaINNetwork
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.runtimes import compiled, openvino
from allaprima.runtimes.calls import Modulation, Moments, folded
from allaprima.runtimes.compiled import core
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.runtimes.processor import sparing
from allaprima.runtimes.pytorch import TorchRuntime

SOURCE = Path(__file__).resolve().parents[2] / "src"
FULL = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}
SMALL = Shape(16, 16, 32, 1, 1)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))


def arrays_of(network):
    return {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}


def compact_tensors(shape):
    torch.manual_seed(1)
    return arrays_of(CompactNetwork(shape))


def reference_tensors():
    torch.manual_seed(2)
    network = AdaINNetwork()
    return arrays_of(network.encoder), arrays_of(network.decoder)


def pictures(batch, height, width, dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width] / max(height, width)
    smooth = 0.5 + 0.4 * np.sin(9 * rows + 5 * columns)[None, ..., None] * np.array([1, 0.5, -1])
    noisy = np.clip(smooth + rng.normal(0, 0.05, (batch, height, width, 3)), 0, 1)
    return (noisy * FULL[dtype]).astype(dtype)


def modulation(rows, channels, keep=0.0, mix=1.0, seed=3):
    rng = np.random.default_rng(seed)
    return Modulation(rng.normal(1, 0.3, (rows, channels)).astype(np.float32),
                      rng.normal(0, 0.3, (rows, channels)).astype(np.float32),
                      np.full((rows, 1), keep, np.float32), np.full((rows, 1), mix, np.float32))


def given_moments(rows, channels):
    rng = np.random.default_rng(4)
    return Moments(rng.normal(0, 0.1, (rows, channels)).astype(np.float32),
                   rng.uniform(0.01, 0.1, (rows, channels)).astype(np.float32))


def apart(one, other):
    return np.abs(one.astype(np.float64) - other.astype(np.float64)).max() / FULL[str(one.dtype)]


@pytest.mark.parametrize("shape", [Shape(), Shape(16, 32, 64, 3, 2, skip_half=True)])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_compact_network_equals_torch_in_fp32(shape, dtype):
    tensors = compact_tensors(shape)
    images, asked = pictures(2, 45, 70, dtype), modulation(2, shape.channels(), mix=0.7)
    exact, moments = TorchRuntime().compact(tensors, shape).measure(images, asked)
    painted, measured = OpenVINORuntime("cpu", "fp32").compact(tensors, shape).measure(images, asked)
    assert painted.dtype == images.dtype
    assert apart(painted, exact) <= (1.01 / 255 if dtype == "uint8" else 1e-3)
    assert dtype != "uint8" or np.mean(painted != exact) < 0.01
    np.testing.assert_allclose(measured.mean, moments.mean, atol=1e-4)
    np.testing.assert_allclose(measured.variance, moments.variance, rtol=1e-3, atol=1e-6)


def test_reference_network_equals_torch_in_fp32_at_an_odd_size():
    encoder, decoder = reference_tensors()
    images, asked = pictures(1, 37, 51), modulation(1, 512, keep=0.4)
    exact, moments = TorchRuntime().reference(encoder, decoder).measure(images, asked)
    painted, measured = OpenVINORuntime("cpu", "fp32").reference(encoder, decoder).measure(images, asked)
    assert painted.shape == images.shape
    assert apart(painted, exact) <= 1e-3
    np.testing.assert_allclose(measured.variance, moments.variance, rtol=1e-3, atol=1e-9)


def test_given_moments_are_mixed_in_as_torch_mixes_them():
    tensors, images = compact_tensors(SMALL), pictures(2, 40, 48)
    asked, given = modulation(2, SMALL.channels()), given_moments(2, SMALL.channels())
    exact, moments = TorchRuntime().compact(tensors, SMALL).measure(images, asked, given, 0.3)
    painted, measured = OpenVINORuntime("cpu", "fp32").compact(tensors, SMALL).measure(images, asked, given, 0.3)
    assert apart(painted, exact) <= 1e-3
    np.testing.assert_allclose(measured.variance, moments.variance, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("network", "keep"), [("compact", 0.0), ("reference", 0.4)])
def test_frozen_with_a_frames_own_moments_equals_measure(network, keep):
    runtime, images = OpenVINORuntime("cpu", "fp32"), pictures(2, 40, 56)
    transfer = (runtime.compact(compact_tensors(Shape()), Shape()) if network == "compact"
                else runtime.reference(*reference_tensors()))
    asked = modulation(2, transfer.channels, keep=keep)
    painted, moments = transfer.measure(images, asked)
    assert apart(transfer.frozen(images, folded(asked, moments)), painted) <= 1e-4


def test_one_row_stands_for_a_whole_batch():
    runtime, images = OpenVINORuntime("cpu", "fp32"), pictures(2, 32, 32)
    transfer = runtime.compact(compact_tensors(SMALL), SMALL)
    one = modulation(1, transfer.channels)
    painted, moments = transfer.measure(images, one)
    alone, own = transfer.measure(images[1:], one)
    assert moments.mean.shape == (2, transfer.channels)
    assert apart(painted[1:], alone) <= 1e-5
    np.testing.assert_allclose(moments.mean[1:], own.mean, atol=1e-5)


def test_a_batch_larger_than_the_threads_comes_back_whole_and_in_order():
    runtime, images = OpenVINORuntime("cpu", "fp32", threads=2), pictures(5, 32, 40)
    transfer = runtime.compact(compact_tensors(SMALL), SMALL)
    asked = modulation(5, transfer.channels)
    painted, moments = transfer.measure(images, asked)
    exact, own = TorchRuntime().compact(compact_tensors(SMALL), SMALL).measure(images, asked)
    assert apart(painted, exact) <= 1e-3
    np.testing.assert_allclose(moments.mean, own.mean, atol=1e-4)


def test_bf16_keeps_the_picture():
    if "BF16" not in core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this processor does not compute in bf16")
    tensors, entry = weights.load("balanced"), weights.named("balanced")
    images = pictures(1, 128, 160, "uint8")
    asked = modulation(1, entry.shape.channels())
    exact, moments = TorchRuntime().compact(tensors, entry.shape).measure(images, asked)
    transfer = OpenVINORuntime("cpu", "bf16").compact(tensors, entry.shape)
    for painted in (transfer.measure(images, asked)[0], transfer.frozen(images, folded(asked, moments))):
        assert float(ssim(features_of(painted), features_of(exact)).min()) >= 0.99


@pytest.mark.parametrize("precision", ["fp32", "auto"])
def test_variances_of_nearly_flat_pictures_are_not_lost_in_cancellation(precision):
    tensors, shape = weights.load("balanced"), weights.named("balanced").shape
    images = np.full((1, 96, 96, 3), 200, np.uint8)
    images[0, 40:44, 40:60] = 20
    asked = modulation(1, shape.channels())
    exact, _ = TorchRuntime().compact(tensors, shape).measure(images, asked)
    painted, measured = OpenVINORuntime("cpu", precision).compact(tensors, shape).measure(images, asked)
    assert np.isfinite(measured.variance).all()
    assert (measured.variance >= 0).all()
    assert float(ssim(features_of(painted), features_of(exact)).min()) >= 0.99


def features_of(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255


def test_wide_pictures_keep_their_levels_whatever_the_precision():
    tensors, shape = weights.load("balanced"), weights.named("balanced").shape
    levels = np.linspace(0, 65535, 2048).astype(np.uint16)
    ramp = np.ascontiguousarray(np.broadcast_to(levels[None, None, :, None], (1, 16, 2048, 3)))
    painted, _ = OpenVINORuntime("cpu", "auto").compact(tensors, shape).measure(ramp, modulation(1, shape.channels()))
    assert len(np.unique(painted)) > 1000


def test_style_encoder_and_vgg_codes_equal_torch():
    picture = pictures(1, 66, 90)[0]
    tensors, vgg = weights.load("style-encoder"), reference_tensors()[0]
    ours, exact = OpenVINORuntime("cpu", "auto"), TorchRuntime()
    np.testing.assert_allclose(ours.style_encoder(tensors)(picture), exact.style_encoder(tensors)(picture), atol=1e-4)
    for network in (vgg, weights.load("slim-vgg19")):
        np.testing.assert_allclose(ours.vgg_code(network)(picture), exact.vgg_code(network)(picture), atol=1e-4)


def painted_by_a_new_runtime(tensors):
    asked = modulation(1, SMALL.channels())
    return OpenVINORuntime("cpu", "fp32").compact(tensors, SMALL).measure(pictures(1, 32, 32), asked)[0]


def test_compiled_graphs_are_kept_and_taken_in_again(monkeypatch):
    first = painted_by_a_new_runtime(compact_tensors(SMALL))
    monkeypatch.setattr(compiled.Graphs, "_compiled", lambda *_: pytest.fail("compiled again"))
    np.testing.assert_array_equal(first, painted_by_a_new_runtime(compact_tensors(SMALL)))


def test_other_weights_are_not_taken_for_the_kept_ones():
    tensors = compact_tensors(SMALL)
    first = painted_by_a_new_runtime(tensors)
    other = painted_by_a_new_runtime({**tensors, "to_rgb.bias": tensors["to_rgb.bias"] + 0.1})
    assert apart(first, other) > 0.05


def test_a_damaged_kept_graph_is_compiled_anew(tmp_path):
    first = painted_by_a_new_runtime(compact_tensors(SMALL))
    [blob] = (tmp_path / "cache" / "compiled").glob("*.blob")
    blob.write_bytes(blob.read_bytes()[:100])
    np.testing.assert_array_equal(first, painted_by_a_new_runtime(compact_tensors(SMALL)))


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / "cache").write_text("a file in the folder's place")
    assert painted_by_a_new_runtime(compact_tensors(SMALL)).shape == (1, 32, 32, 3)


def test_the_oldest_kept_graphs_leave_when_there_are_too_many(tmp_path, monkeypatch):
    monkeypatch.setattr(compiled, "KEPT_BYTES", 1000)
    tensors = compact_tensors(SMALL)
    painted_by_a_new_runtime(tensors)
    painted_by_a_new_runtime({**tensors, "to_rgb.bias": tensors["to_rgb.bias"] + 0.1})
    assert len(list((tmp_path / "cache" / "compiled").iterdir())) == 1


def test_calls_from_several_threads_do_not_mix_up():
    transfer = OpenVINORuntime("cpu", "fp32").compact(compact_tensors(SMALL), SMALL)
    asked = modulation(1, SMALL.channels())
    batches = [pictures(1, 32, 40, seed=seed) for seed in range(4)]
    alone = [transfer.measure(batch, asked)[0] for batch in batches]
    together = [[] for _ in batches]

    def paint(index):
        together[index] += [transfer.measure(batches[index], asked)[0] for _ in range(5)]

    threads = [threading.Thread(target=paint, args=(index,)) for index in range(len(batches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for expected, results in zip(alone, together, strict=True):
        assert len(results) == 5
        assert all(np.array_equal(result, expected) for result in results)


def test_arithmetic_that_the_processor_lacks_is_refused():
    lacking = [name for name, capability in (("fp16", "FP16"), ("bf16", "BF16"))
               if capability not in compiled.core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")]
    if not lacking:
        pytest.skip("this processor has them all")
    with pytest.raises(OptionError, match=lacking[0]):
        OpenVINORuntime("cpu", lacking[0])


def test_an_absent_gpu_is_named():
    if "GPU" in compiled.core().available_devices:
        pytest.skip("there is one")
    with pytest.raises(DeviceError, match="intel-gpu"):
        OpenVINORuntime("intel-gpu")


def test_a_picture_too_large_for_the_free_memory_is_refused_before_any_work(monkeypatch):
    monkeypatch.setattr(openvino, "free_bytes", lambda: 100_000)
    transfer = OpenVINORuntime("cpu", "fp32").compact(compact_tensors(SMALL), SMALL)
    with pytest.raises(OutOfMemory, match="64x48") as caught:
        transfer.measure(pictures(1, 48, 64), modulation(1, SMALL.channels()))
    assert "--detail" in str(caught.value.hint)


def test_a_batch_too_large_for_the_free_memory_is_painted_in_parts(monkeypatch):
    images, asked = pictures(2, 48, 64), modulation(1, SMALL.channels())
    transfer = OpenVINORuntime("cpu", "fp32", threads=2).compact(compact_tensors(SMALL), SMALL)
    at_once, _ = transfer.measure(images, asked)
    monkeypatch.setattr(openvino, "free_bytes", lambda: 48 * 64 * 130 + 1000)
    tight = OpenVINORuntime("cpu", "fp32", threads=2).compact(compact_tensors(SMALL), SMALL)
    in_parts, _ = tight.measure(images, asked)
    assert list(tight.whole.fitting.values()) == [1]
    assert apart(at_once, in_parts) < 1e-4


def test_importing_openvino_reports_to_nobody():
    script = ("import sys, threading\nimport allaprima.runtimes.openvino\n"
              "assert 'openvino_telemetry' not in sys.modules\n"
              "assert threading.active_count() == 1, threading.enumerate()\nprint('silent')")
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(SOURCE)})
    assert done.stdout == "silent\n"


@pytest.mark.parametrize("said", ["std::bad_alloc", "[GPU] Exceeded max size of memory object allocation: 9 bytes",
                                  "[GPU] CL_OUT_OF_RESOURCES exception"])
def test_every_way_of_saying_that_memory_does_not_suffice_is_understood(said):
    with pytest.raises(OutOfMemory), compiled.translated("run a network"):
        raise RuntimeError(said)
    with pytest.raises(DeviceError) as caught, compiled.translated("run a network"):
        raise RuntimeError("shape mismatch")
    assert not isinstance(caught.value, OutOfMemory)


WITHOUT_TORCH = """
import socket, sys
sys.modules["torch"] = None
def refuse(*arguments, **named):
    raise AssertionError("a socket was opened")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = socket.getaddrinfo = refuse
import numpy as np
from allaprima import weights
from allaprima.runtimes import runtime_for
from allaprima.runtimes.calls import Modulation
runtime = runtime_for("cpu")
assert runtime.style_encoder(weights.load("style-encoder"))(np.full((64, 64, 3), 0.5, np.float32)).shape == (1920,)
transfer = runtime.compact(weights.load("balanced"), weights.named("balanced").shape)
row = np.ones((1, transfer.channels), np.float32)
asked = Modulation(row, 0 * row, np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32))
assert transfer.measure(np.zeros((1, 32, 32, 3), np.uint8), asked)[0].shape == (1, 32, 32, 3)
print("painted")
"""


def test_neither_torch_nor_the_network_is_needed_even_with_a_cold_cache():
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(SOURCE)})
    assert done.stdout.strip() == "painted", done.stderr


def test_a_network_leaves_processors_to_others_where_it_is_asked_to_and_paints_the_same():
    tensors, images, asked = compact_tensors(SMALL), pictures(1, 64, 64, "uint8"), modulation(1, SMALL.channels())
    transfer = OpenVINORuntime("cpu", "fp32", threads=2).compact(tensors, SMALL)

    def threads():
        (graph,) = transfer.whole.graphs.graphs.values()
        return graph.requests[0].get_compiled_model().get_property("INFERENCE_NUM_THREADS")

    with sparing(1):
        painted, _ = transfer.measure(images, asked)
        assert threads() == 1
    transfer.whole.graphs.graphs.clear()
    with sparing(5):
        transfer.measure(images, asked)
        assert threads() == 1
    transfer.whole.graphs.graphs.clear()
    np.testing.assert_array_equal(transfer.measure(images, asked)[0], painted)
    assert threads() == min(2, os.cpu_count())


def test_a_graph_is_called_while_another_one_of_its_network_is_compiled():
    tensors, asked = compact_tensors(SMALL), modulation(1, SMALL.channels())
    transfer = OpenVINORuntime("cpu", "fp32", threads=1).compact(tensors, SMALL)
    transfer.measure(pictures(1, 64, 64, "uint8"), asked)
    graphs, build = transfer.whole.graphs, transfer.whole.build
    begun, leave = threading.Event(), threading.Event()

    def slow(call):
        begun.set()
        assert leave.wait(20)
        return build(call)

    transfer.whole.build = slow
    other = threading.Thread(target=transfer.measure, args=(pictures(1, 80, 64, "uint8"), asked))
    other.start()
    assert begun.wait(20)
    transfer.measure(pictures(1, 64, 64, "uint8"), asked)
    assert len(graphs.graphs) == 1
    leave.set()
    other.join(20)
    assert len(graphs.graphs) == 2
