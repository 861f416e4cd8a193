"""Working sizes: painted small, seen large."""

import numpy as np
import pytest
import torch

from allaprima import engines
from allaprima.engines.detail import DetailEngine, shrunk
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import Look
from allaprima.engines.upsampling import change_upsampled, row_groups
from references import guided

FULL = {"uint8": 255.0, "uint16": 65535.0, "float32": 1.0}


class Inverting(IdentityEngine):
    """Inverts every picture; remembers the sizes that it saw."""

    def __init__(self):
        self.sizes = []

    def stylize(self, images, looks, statistics=None):
        self.sizes.append(images.shape[1:3])
        return (FULL[str(images.dtype)] - images).astype(images.dtype), super().stylize(images, looks)[1]


def picture(height, width, dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    smooth = 0.5 + 0.3 * np.sin(rows / 17 + columns / 11)[..., None] * np.array([1, -0.5, 0.7])
    return (np.clip(smooth + rng.normal(0, 0.05, (height, width, 3)), 0, 1) * FULL[dtype]).astype(dtype)


def as_tensor(image):
    return torch.from_numpy(image.astype(np.float32) / FULL[str(image.dtype)]).permute(2, 0, 1)[None]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("size", [(97, 131), (150, 64), (64, 300), (320, 200), (41, 700)])
def test_rows_at_a_time_equal_the_whole_in_torch(dtype, size):
    large = picture(*size, dtype)
    small, painted = shrunk(large, 40), picture(*shrunk(large, 40).shape[:2], dtype, seed=1)
    expected = guided.change_upsampled(as_tensor(large), as_tensor(small), as_tensor(painted)).clamp(0, 1)
    result = change_upsampled(large, small, painted)
    assert result.dtype == large.dtype
    assert (as_tensor(result) - expected).abs().max() < (0.6 / 255 if dtype == "uint8" else 1e-4)


def look():
    return Look(IdentityEngine().encode(picture(32, 32), "none"))


def test_large_pictures_are_painted_at_the_working_height():
    engine = Inverting()
    content = picture(120, 160, "uint8")
    painted, _ = DetailEngine(engine, 60).stylize(content[None], [look()])
    assert engine.sizes == [(60, 80)]
    assert painted.shape == (1, 120, 160, 3)
    assert np.abs(painted[0].astype(int) - (255 - content)).mean() < 12


def test_small_pictures_are_painted_as_they_are():
    engine = Inverting()
    content = picture(60, 160, "uint8")
    painted, _ = DetailEngine(engine, 60).stylize(content[None], [look()])
    np.testing.assert_array_equal(painted[0], 255 - content)


def test_every_large_row_belongs_to_one_group():
    for height, small in ((100, 40), (41, 40), (97, 2), (5, 1)):
        groups = list(row_groups(height, small))
        covered = [row for rows, _, _ in groups for row in range(rows.start, rows.stop)]
        assert covered == list(range(height))
        assert all(0 <= above < small and (share >= 0).all() and (share <= 1).all() for _, above, share in groups)


def test_a_working_size_is_part_of_what_changes_pixels():
    assert DetailEngine(Inverting(), 60).settings["detail"] == "60"


def test_only_networks_are_given_a_working_size():
    engine = Inverting()
    assert engines.at_detail(engine, 60) is engine
