"""Arrays and tensors are painted in their own kind, type and place; what is no picture is refused in a sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from allaprima import Model, OptionError, Style
from allaprima.api.arrays import as_batch
from allaprima.runtimes.openvino import OpenVINORuntime
from standin import quick_engine


@pytest.fixture(scope="module")
def model() -> Model:
    return Model(quick_engine(OpenVINORuntime("cpu", "fp32", 2)))


@pytest.fixture(scope="module")
def style(model: Model, photo: np.ndarray) -> Style:
    return model.engine.encode(photo[::-1, :, ::-1], "art")


@pytest.fixture
def pictures(photo: np.ndarray) -> np.ndarray:
    return np.stack([photo[:64, :72], photo[40:104, 60:132], photo[20:84, 100:172]])


def apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64)).max())


def test_a_batch_is_painted_as_its_pictures_one_by_one(model: Model, style: Style, pictures: np.ndarray) -> None:
    given = pictures.copy()
    painted = model.paint(pictures, style, strength=0.8)
    assert painted.shape == pictures.shape
    assert painted.dtype == np.uint8
    assert np.array_equal(pictures, given)
    assert apart(painted, pictures) > 10
    for picture, expected in zip(pictures, painted, strict=True):
        assert np.array_equal(model.paint(picture, style, strength=0.8), expected)


@pytest.mark.parametrize(("dtype", "full"), [(np.uint16, 65535), (np.float16, 1), (np.float32, 1), (np.float64, 1)])
def test_every_type_of_number_comes_back_as_it_is(model: Model, style: Style, pictures: np.ndarray, dtype: type,
                                                  full: float) -> None:
    eight = model.paint(pictures[0], style)
    painted = model.paint((pictures[0] / 255 * full).astype(dtype), style)
    assert painted.dtype == dtype
    assert apart(painted / full * 255, eight) < 1.5


def test_what_does_not_lie_in_one_piece_is_painted_too(model: Model, style: Style, photo: np.ndarray) -> None:
    view = photo[:128:2, 144:0:-2, ::-1]
    assert np.array_equal(model.paint(view, style), model.paint(view.copy(), style))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_a_batch_of_torchs_is_painted_as_numpys(model: Model, style: Style, pictures: np.ndarray,
                                                dtype: torch.dtype) -> None:
    tensor = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    given = (tensor if dtype == torch.uint8 else tensor / 255).to(dtype)
    painted = model.paint(given, style, strength=0.8)
    assert painted.dtype == dtype
    assert painted.device == given.device
    assert painted.shape == given.shape
    scaled = painted.double().numpy() * (1 if dtype == torch.uint8 else 255)
    expected = model.paint(pictures, style, strength=0.8).transpose(0, 3, 1, 2)
    bound = {torch.uint8: 0, torch.float16: 2, torch.bfloat16: 12}.get(dtype, 1)  # what the type rounds away
    assert apart(scaled, expected) <= bound
    assert torch.equal(model.paint(given[1], style, strength=0.8), painted[1])


def test_a_tensor_that_learns_comes_back_without_its_history(model: Model, style: Style) -> None:
    assert not model.paint(torch.rand(3, 40, 40, requires_grad=True), style).requires_grad


def test_arrays_of_other_libraries_come_back_to_theirs() -> None:
    class Namespace:
        @staticmethod
        def from_dlpack(array: np.ndarray) -> Foreign:
            return Foreign(array)

    class Foreign:
        def __init__(self, array: np.ndarray) -> None:
            self.array = array

        def __array_namespace__(self) -> type[Namespace]:
            return Namespace

        def __dlpack__(self, **given: object) -> object:
            return self.array.__dlpack__()

        def __dlpack_device__(self) -> tuple[int, int]:
            return self.array.__dlpack_device__()

    batch, back = as_batch(Foreign(np.zeros((4, 5, 3), np.uint8)))
    assert batch.shape == (1, 4, 5, 3)
    assert isinstance(back(batch), Foreign)


@pytest.mark.parametrize("make", [
    lambda: np.zeros((8, 8), np.uint8), lambda: np.zeros((8, 8, 4), np.uint8), lambda: np.zeros((0, 8, 3), np.uint8),
    lambda: np.zeros((8, 8, 3), np.int32), lambda: np.full((8, 8, 3), 200, np.float32),
    lambda: np.full((8, 8, 3), np.nan, np.float32), lambda: torch.zeros(8, 8, 3), lambda: torch.zeros(1, 8, 8),
    lambda: "photo.jpg", lambda: [[[0, 0, 0]]]])
def test_what_is_no_picture_is_refused(make: object) -> None:
    with pytest.raises(OptionError, match="cannot paint"):
        as_batch(make())  # type: ignore[operator]


def test_each_picture_may_have_a_style_and_a_strength_of_its_own(model: Model, style: Style,
                                                                 pictures: np.ndarray) -> None:
    other = model.engine.encode(pictures[0], "other")
    painted = model.paint(pictures, [style, other, style], strength=[1.0, 0.5, 0.0])
    assert np.array_equal(painted[1], model.paint(pictures[1], other, strength=0.5))
    assert np.array_equal(painted[2], pictures[2])
    with pytest.raises(OptionError, match="2 styles"):
        model.paint(pictures, [style, other])


def test_colours_are_kept_where_asked(model: Model, style: Style, pictures: np.ndarray) -> None:
    kept, own = (model.paint(pictures[0], style, preserve_color=way) for way in ("luminance", "none"))
    chroma = pictures[0].astype(float) - pictures[0].mean(axis=2, keepdims=True)
    away = [np.abs(picture - picture.mean(axis=2, keepdims=True) - chroma).mean()
            for picture in (kept.astype(float), own.astype(float))]
    assert away[0] < 0.5 * away[1]
