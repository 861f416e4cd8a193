"""Random styles as augmentation: kinds of pictures, repeatability, workers, agreement with the engine."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.transforms import v2

from allaprima.engines import Look, engine_for
from allaprima.errors import AllaprimaError
from allaprima.io.still.picture import Picture
from allaprima.io.still.writing import write_image
from allaprima.runtimes.pytorch import TorchRuntime
from allaprima.transforms import RandomStyle
from restyled import Restyled

ROLLS = 4


@pytest.fixture(scope="module")
def pictures(photo: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(photo[:64, :72].copy()).permute(2, 0, 1)[None].repeat(3, 1, 1, 1)


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_picture_of_a_batch_gets_a_style_of_its_own(pictures: torch.Tensor) -> None:
    restyled = RandomStyle(strength=(1, 1), generator=seeded())(pictures)
    assert restyled.shape == pictures.shape
    assert restyled.dtype == torch.uint8
    for one, other in ((0, 1), (1, 2), (0, 2)):
        assert (restyled[one].float() - restyled[other].float()).abs().mean() > 5
    assert (restyled.float() - pictures.float()).abs().mean() > 10


def test_the_same_seed_draws_the_same_styles(pictures: torch.Tensor) -> None:
    first, again, other = (RandomStyle(generator=seeded(seed))(pictures) for seed in (1, 1, 2))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert (first.float() - other.float()).abs().mean() > 2


def test_drawn_styles_have_the_mean_and_the_covariance_of_paintings() -> None:
    transform = RandomStyle(generator=seeded())
    codes = transform.make_params([torch.empty(4000, 3, 8, 8)])["codes"]
    mean, factor = transform.codes[0], transform.codes[1:]
    assert (codes.mean(dim=0) - mean).abs().max() < 0.1
    spread = torch.linalg.vector_norm(factor, dim=0)
    torch.testing.assert_close(codes.std(dim=0), spread, rtol=0.08, atol=0.01)
    others = torch.randn(4000, len(factor), generator=seeded(3)) @ factor
    assert (torch.corrcoef(codes.T[:64]) - torch.corrcoef(others.T[:64])).abs().max() < 0.12
    nearer = RandomStyle(spread=0.2, generator=seeded()).make_params([torch.empty(500, 3, 8, 8)])["codes"]
    torch.testing.assert_close(nearer.std(dim=0), 0.2 * spread, rtol=0.2, atol=0.01)


def test_strength_zero_and_chance_zero_leave_pictures_alone(pictures: torch.Tensor) -> None:
    for transform in (RandomStyle(strength=(0, 0)), RandomStyle(p=0)):
        torch.testing.assert_close(transform(pictures), pictures, rtol=0, atol=0)


def test_integers_floats_and_pil_pictures_agree(pictures: torch.Tensor) -> None:
    integers = RandomStyle(generator=seeded())(pictures[0])
    floats = RandomStyle(generator=seeded())(pictures[0].float() / 255)
    pil = RandomStyle(generator=seeded())(Image.fromarray(pictures[0].permute(1, 2, 0).numpy()))
    assert floats.dtype == torch.float32
    assert (floats * 255 - integers).abs().max() < 0.51
    np.testing.assert_array_equal(np.asarray(pil), integers.permute(1, 2, 0).numpy())


def test_masks_boxes_and_labels_pass_through(pictures: torch.Tensor) -> None:
    sample = {"image": tv_tensors.Image(pictures[0]), "mask": tv_tensors.Mask(torch.ones(64, 72)), "label": 7}
    result = v2.Compose([v2.RandomHorizontalFlip(0), RandomStyle(generator=seeded())])(sample)
    assert isinstance(result["image"], tv_tensors.Image)
    assert (result["image"].float() - pictures[0]).abs().mean() > 2
    torch.testing.assert_close(result["mask"], sample["mask"])
    assert result["label"] == 7


def test_a_folders_style_is_what_the_engine_paints_by_the_network_itself(
        photo: np.ndarray, pictures: torch.Tensor, tmp_path: Path) -> None:
    write_image(tmp_path / "art.png", Picture(photo[::-1, :, ::-1].copy()))
    restyled = RandomStyle(tmp_path, strength=(0.8, 0.8))(pictures[0])
    engine = engine_for("balanced", TorchRuntime())
    content = pictures[0].permute(1, 2, 0).numpy()[None]
    style = replace(engine.encode(photo[::-1, :, ::-1], "art"), fitted=())
    painted, _ = engine.stylize(content, [Look(style, 0.8)])
    assert np.abs(restyled.permute(1, 2, 0).numpy().astype(int) - painted[0]).max() <= 1


def test_workers_of_a_data_loader_draw_different_styles_and_repeatably(pictures: torch.Tensor) -> None:
    workers = multiprocessing.get_context("forkserver")
    workers.set_forkserver_preload(["torch", "allaprima.transforms"])  # once, not in each of the four workers

    def epoch() -> torch.Tensor:
        data = Restyled(RandomStyle(strength=(1, 1), generator=seeded()), pictures[0, :, :32, :32], ROLLS)
        loader = DataLoader(data, batch_size=1, num_workers=2, generator=seeded(5), multiprocessing_context=workers)
        return torch.cat(list(loader))

    first = epoch()
    for one in range(ROLLS):
        for other in range(one):
            assert (first[one].float() - first[other].float()).abs().mean() > 1
    torch.testing.assert_close(first, epoch(), rtol=0, atol=0)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_pictures_stay_on_their_device(pictures: torch.Tensor) -> None:
    here = RandomStyle(generator=seeded())(pictures)
    there = RandomStyle(generator=seeded()).to("cuda")(pictures.to("cuda"))
    assert there.device.type == "cuda"
    assert (there.cpu().float() - here.float()).abs().max() <= 2


@pytest.mark.parametrize("make", [
    lambda: RandomStyle(strength=(0.5, 0.2)), lambda: RandomStyle(p=2), lambda: RandomStyle(model="reference"),
    lambda: RandomStyle("no-such-folder"), lambda: RandomStyle()(torch.zeros(1, 3, 8, 8)),
    lambda: RandomStyle()(torch.zeros(1, 1, 32, 32)),
])
def test_what_cannot_be_restyled_is_refused(make: object) -> None:
    with pytest.raises(AllaprimaError):
        make()  # type: ignore[operator]
