"""Painting in tiles equals painting whole: on both runtimes, in every mode, with the whole picture's statistics."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
import torch

from allaprima import weights
from allaprima.engines import Look, engine_for
from allaprima.errors import OutOfMemory
from allaprima.functional.losses import ssim
from allaprima.nets.adain import AdaINNetwork
from allaprima.nets.compact import CompactNetwork
from allaprima.nets.shape import Shape
from allaprima.runtimes import openvino, pytorch
from allaprima.runtimes.any_size import AnySize, Plan
from allaprima.runtimes.calls import Modulation, Moments, folded
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.runtimes.tile_sizes import Tiling
from allaprima.runtimes.tiles import tiles

SHAPE = Shape(16, 16, 32, 2, 1, skip_half=True)  # sees 64 pixels far: its tiles are 192 at least
RUNTIMES = {"torch": TorchRuntime, "openvino": lambda: OpenVINORuntime("cpu", "fp32")}
SIZE = 301, 427
CLOSE = 0.1 / 255  # fp32 sums in another order


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))


def arrays_of(network):
    return {name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}


def compact(runtime, shape=SHAPE) -> AnySize:
    torch.manual_seed(1)
    return cast(AnySize, RUNTIMES[runtime]().compact(arrays_of(CompactNetwork(shape)), shape))


def reference(runtime) -> AnySize:
    torch.manual_seed(2)
    network = AdaINNetwork()
    for tensor in network.parameters():
        tensor.data *= 6**0.5  # features keep their size from layer to layer, as trained ones do
    network.decoder.convolutions[-1].bias.data += 0.5
    return cast(AnySize, RUNTIMES[runtime]().reference(arrays_of(network.encoder), arrays_of(network.decoder)))


def modulation(channels, rows=1, mix=1.0, keep=0.0):
    rng = np.random.default_rng(3)
    return Modulation(rng.normal(1, 0.3, (rows, channels)).astype(np.float32),
                      rng.normal(0, 0.3, (rows, channels)).astype(np.float32),
                      np.full((rows, 1), keep, np.float32), np.full((rows, 1), mix, np.float32))


def half_flat(height, width):
    """Half of it flat, half of it pixel noise."""
    picture = np.full((1, height, width, 3), 0.25, np.float32)
    picture[:, :, width // 2:] = np.random.default_rng(0).random((1, height, width - width // 2, 3), np.float32)
    return picture


def tight(monkeypatch, transfer: AnySize, tiling: Tiling | None = None) -> None:
    """Leaves so little memory that pictures of SIZE have to be painted in tiles."""
    transfer.plans.clear()
    if tiling is not None:
        transfer.plans[*SIZE, "float32"] = Plan(1, tiling)
        return
    for module, a_pixel in ((pytorch, pytorch.COMPACT), (openvino, 130)):
        monkeypatch.setattr(module, "free_bytes", lambda a_pixel=a_pixel: a_pixel * 200**2 + 40 * SIZE[0] * SIZE[1])


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(("dtype", "full"), [("uint8", 255), ("uint16", 65535), ("float32", 1)])
def test_a_compact_network_in_tiles_equals_it_whole(monkeypatch, runtime, dtype, full):
    transfer, picture = compact(runtime), (half_flat(*SIZE) * full).astype(dtype)
    asked = modulation(transfer.channels, mix=0.8)
    whole, own = transfer.measure(picture, asked)
    tight(monkeypatch, transfer)
    tiled, gathered = transfer.measure(picture, asked)
    [plan] = transfer.plans.values()
    assert plan.tiling is not None
    assert tiled.dtype == whole.dtype
    assert np.abs(whole / full - tiled / full).max() <= (1.01 / 255 if dtype == "uint8" else CLOSE)
    np.testing.assert_allclose(gathered.mean, own.mean, atol=1e-4 if dtype != "uint8" else 3e-3)
    np.testing.assert_allclose(gathered.variance, own.variance, rtol=1e-3 if dtype != "uint8" else 1e-2, atol=1e-6)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_reference_model_in_tiles_equals_it_whole(runtime):
    transfer, picture = reference(runtime), half_flat(149, 243)
    asked = modulation(transfer.channels, keep=0.3)
    whole, own = transfer.measure(picture, asked)
    transfer.plans[149, 243, "float32"] = Plan(1, Tiling(216, 2))
    tiled, gathered = transfer.measure(picture, asked)
    assert whole.std() > 0.05
    assert np.abs(whole - tiled).max() <= 0.25 / 255
    np.testing.assert_allclose(gathered.mean, own.mean, atol=1e-4)
    np.testing.assert_allclose(gathered.variance, own.variance, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_statistics_of_tiles_are_the_whole_pictures_and_no_tiles_own(monkeypatch, runtime):
    transfer, picture = compact(runtime), half_flat(*SIZE)
    asked = modulation(transfer.channels)
    _, whole = transfer.measure(picture, asked)
    _, corner = transfer.measure(np.ascontiguousarray(picture[:, :192, :192]), asked)
    small = np.ascontiguousarray(picture[:, ::2, ::2])
    _, reduced = transfer.measure((small + picture[:, :small.shape[1], :small.shape[2]]) / 2, asked)
    tight(monkeypatch, transfer)
    _, gathered = transfer.measure(picture, asked)
    alive = whole.variance > 1e-4
    off = [np.abs(np.sqrt(moments.variance[alive] / whole.variance[alive]) - 1).max()
           for moments in (gathered, corner, reduced)]
    assert off[0] < 1e-3
    assert min(off[1:]) > 0.1


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_gradient_shows_no_seam_where_tiles_meet(monkeypatch, runtime):
    rows, columns = np.mgrid[:SIZE[0], :SIZE[1]] / max(SIZE)
    picture = np.stack([rows, columns, 1 - columns], axis=-1)[None].astype(np.float32)
    transfer = compact(runtime)
    tight(monkeypatch, transfer, Tiling(192, 1))
    painted, _ = transfer.measure(picture, modulation(transfer.channels, mix=0.5))
    for axis in (1, 2):
        cuts = sorted({tile[axis - 1].own_start for tile in tiles(*SIZE, 192, transfer.layout.reach)} - {0})
        assert cuts
        steps = np.abs(np.diff(painted, n=2, axis=axis)).mean(axis=(0, 3 - axis, 3))
        at_cuts = [steps[cut - 2:cut + 1].max() for cut in cuts]
        # The network's own grid repeats every eight pixels: a seam would stand out among places of one phase.
        elsewhere = [steps[place - 2:place + 1].max() for place in range(24, painted.shape[axis] - 24, 8)
                     if place not in cuts]
        assert max(at_cuts) <= 1.05 * max(elsewhere)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_frozen_and_mixed_painting_in_tiles_equals_them_whole(monkeypatch, runtime):
    transfer, picture = compact(runtime), half_flat(*SIZE)
    asked = modulation(transfer.channels)
    rng = np.random.default_rng(4)
    given = Moments(rng.normal(0, 0.1, asked.scale.shape).astype(np.float32),
                    rng.uniform(0.01, 0.1, asked.scale.shape).astype(np.float32))

    def all_modes():
        return [transfer.frozen(picture, folded(asked, given)), transfer.measure(picture, asked, given, 0.3)[0]]

    whole = all_modes()
    tight(monkeypatch, transfer, Tiling(200, 2))
    for one, other in zip(whole, all_modes(), strict=True):
        assert np.abs(one - other).max() < CLOSE


def test_the_shipped_network_at_this_processors_precision_is_alike_in_tiles_and_whole(monkeypatch, photo):
    engine = engine_for("balanced", OpenVINORuntime())
    picture = np.ascontiguousarray(np.kron(photo, np.ones((3, 3, 1), np.uint8)))
    rng = np.random.default_rng(0)
    picture = np.clip(picture + rng.normal(0, 12, picture.shape), 0, 255).astype(np.uint8)
    look = Look(engine.encode(photo[::-1, :, ::-1], "art"))
    whole, _ = engine.stylize(picture[None], [look])
    monkeypatch.setattr(openvino, "free_bytes", lambda: 130 * 260**2 + 40 * picture[..., 0].size)
    again = engine_for("balanced", OpenVINORuntime())
    tiled, _ = again.stylize(picture[None], [look])
    one, other = (torch.from_numpy(images / 255).permute(0, 3, 1, 2) for images in (whole, tiled))
    assert not np.array_equal(whole, tiled)  # bf16 moments differ in their last bits; in fp32 nearly nothing does
    assert ssim(one, other).item() >= 0.995
    assert np.abs(whole.astype(float) - tiled).mean() < 1


class Tight:
    """A network on a device that has memory for so many pixels at once."""

    def __init__(self, network, pixels: int) -> None:
        self.network, self.pixels = network, pixels
        self.calls: list[tuple[int, int, int]] = []

    def check(self, content) -> None:
        self.calls.append((content.shape[0], *content.shape[2:]))
        if content[:, 0].numel() > self.pixels:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    def paint(self, content, normalise):
        self.check(content)
        return self.network.paint(content, normalise)


def on_a_small_device(pixels: int) -> tuple[AnySize, Tight]:
    transfer = compact("torch")
    networks = transfer.whole.painting.networks
    network = networks[torch.float32] = Tight(networks[torch.float32], pixels)
    values = transfer.run.values

    def checked(stage, read):
        if "picture" in read:
            network.check(read["picture"])
        return values(stage, read)

    transfer.run.values = checked
    return transfer, network


@pytest.mark.parametrize("mode", ["measure", "frozen"])
def test_out_of_memory_halves_the_batch_and_no_picture_is_lost(mode):
    images = np.concatenate([half_flat(64, 72), half_flat(64, 72)[:, ::-1], half_flat(64, 72)[:, :, ::-1]])
    free = compact("torch")
    asked = modulation(free.channels, rows=3)
    transfer, network = on_a_small_device(2 * 80 * 88)
    if mode == "measure":
        (expected, moments), (painted, found) = free.measure(images, asked), transfer.measure(images, asked)
        np.testing.assert_allclose(found.mean, moments.mean, atol=1e-5)
    else:
        expected, painted = free.frozen(images, asked), transfer.frozen(images, asked)
    np.testing.assert_allclose(painted, expected, atol=1e-5)
    assert [batch for batch, _, _ in network.calls] == [3, 2, 1]
    network.calls.clear()
    transfer.frozen(images, asked)
    assert [batch for batch, _, _ in network.calls] == [2, 1]  # what was learnt is kept


def test_out_of_memory_of_one_picture_goes_on_in_tiles_and_smaller_tiles():
    picture, transfer = half_flat(*SIZE), compact("torch")
    asked = modulation(transfer.channels)
    expected, _ = transfer.measure(picture, asked)
    tight_one, network = on_a_small_device(232 * 240)
    painted, _ = tight_one.measure(np.concatenate([picture, picture]), asked)
    np.testing.assert_allclose(painted, np.concatenate([expected, expected]), atol=1e-4)
    [plan] = tight_one.plans.values()
    assert plan == Plan(1, Tiling(213, 1))
    assert network.calls[:2] == [(2, 320, 448), (1, 320, 448)]


def test_out_of_memory_of_the_smallest_tiles_is_one_clear_error():
    transfer, _ = on_a_small_device(1000)
    with pytest.raises(OutOfMemory, match="427x301, not even in tiles") as caught:
        transfer.measure(half_flat(*SIZE), modulation(transfer.channels))
    assert "--detail" in str(caught.value.hint)
    assert not transfer.plans


def test_other_errors_of_torch_are_no_lack_of_memory():
    transfer, network = on_a_small_device(10**9)
    network.network = None
    with pytest.raises(AttributeError):
        transfer.measure(half_flat(64, 64), modulation(transfer.channels))


@pytest.mark.parametrize("network", ["balanced", "small", "reference"])
def test_no_network_sees_farther_than_its_tiles_overlap(network):
    shape = weights.named("balanced").shape if network == "balanced" else SHAPE
    transfer = reference("torch") if network == "reference" else compact("torch", shape)
    plain = Modulation(*(np.full((1, count), value, np.float32)
                         for count, value in ((transfer.channels, 1), (transfer.channels, 0), (1, 0), (1, 1))))
    farthest = 0
    for phase in range(0, 8, 7):
        picture = np.zeros((1, 320, 16, 3), np.float32)
        picture[0, 160 + phase, 8] = np.nan  # what sees it is not a number either
        rows = np.flatnonzero(np.isnan(transfer.frozen(picture, plain)).any((0, 2, 3)))
        farthest = max(farthest, 160 + phase - rows.min(), rows.max() - 160 - phase)
    assert transfer.layout.reach - 16 < farthest <= transfer.layout.reach


@pytest.mark.parametrize("runtime", sorted(RUNTIMES))
def test_a_batch_after_a_single_picture_keeps_all_its_pictures_where_only_moments_have_a_row_for_each(runtime) -> None:
    transfer = compact(runtime, Shape(8, 8, 16, 1, 1))
    images = np.random.default_rng(4).integers(0, 256, (2, 48, 64, 3)).astype(np.uint8)
    asked = modulation(transfer.channels)
    transfer.measure(images[:1], asked)  # what memory takes was found out with one picture
    moments = [transfer.measure(images[index:index + 1], asked)[1] for index in range(2)]
    both = Moments(*(np.concatenate([getattr(own, name) for own in moments]) for name in ("mean", "variance")))
    together = transfer.frozen(images, folded(asked, both))
    assert together.shape == images.shape
    for index, own in enumerate(moments):
        alone = transfer.frozen(images[index:index + 1], folded(asked, own))[0]
        # torch's convolutions of two pictures may round otherwise than those of one.
        assert np.abs(together[index].astype(int) - alone).max() <= (runtime == "torch")


def test_a_batch_after_a_single_picture_is_painted_at_once() -> None:
    # A shot begins with a picture that is measured alone; what follows is not to be painted one by one.
    batches: list[int] = []
    runtime = compact("openvino")
    whole = runtime.whole

    class Counting:
        def frozen(self, images, modulation):
            batches.append(len(images))
            return whole.frozen(images, modulation)

    runtime.whole = cast(openvino.OpenVINOTransfer, Counting())
    pictures = np.zeros((2, 32, 32, 3), np.float32)
    for count in (1, 2):
        runtime.frozen(pictures[:count], modulation(runtime.channels))
    assert batches == [1, 2]
