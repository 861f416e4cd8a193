import math

import pytest
import torch

from allaprima.train import prints
from allaprima.train.prints import along, blurred, inks_drawn, printed, screen


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def picture(height: int = 96, width: int = 112) -> torch.Tensor:
    rows = torch.linspace(0, 1, height)[:, None].expand(height, width)
    columns = torch.linspace(0, 1, width)[None].expand(height, width)
    return torch.stack([rows, columns, rows * columns])[None]


def test_prints_are_pictures_drawn_from_their_seed() -> None:
    first, again, other = (printed(picture(), generator(seed)) for seed in (1, 1, 2))
    assert first.shape == (1, 3, 96, 112)
    assert torch.equal(first, again)
    assert (first - other).abs().mean() > 0.02
    assert float(first.min()) >= 0
    assert float(first.max()) <= 1


def test_prints_have_few_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prints, "GRAIN", 0.0)
    monkeypatch.setattr(prints, "OUTLINED", 0.0)
    monkeypatch.setattr(prints, "blurred", lambda seen, deviation: seen)
    for seed in range(12):
        colours = printed(picture(), generator(seed))[0].flatten(1).T.unique(dim=0)
        assert 2 <= len(colours) <= 6


def test_inks_are_colours_and_some_of_them_grey() -> None:
    inks = inks_drawn(400, generator(3))
    grey = inks.std(dim=1, correction=0) < 1e-6
    assert 0.25 < grey.float().mean() < 0.45
    assert inks.min() >= 0
    assert inks.max() <= 1
    assert inks[grey].std() > inks[~grey].std()


def test_a_blur_keeps_the_mean_and_takes_what_is_fine() -> None:
    flat, fine = torch.full((1, 3, 20, 24), 0.3), torch.rand(1, 1, 64, 64, generator=generator(4))
    assert torch.allclose(blurred(flat, 2.5), flat, atol=1e-6)
    assert blurred(fine, 2.0).std() < 0.3 * fine.std()


def test_a_direction_is_measured_in_pixels_from_the_middle() -> None:
    across = along(torch.zeros(1, 1, 10, 20), 0.0)
    assert across.shape == (10, 20)
    assert across[:, 0].unique().tolist() == [-10]
    down = along(torch.zeros(1, 1, 10, 20), math.pi / 2)
    assert down[9, 3] - down[0, 3] == pytest.approx(9, abs=1e-4)


def test_screens_have_one_deviation_whatever_their_kind() -> None:
    for seed in range(6):
        assert float(screen(torch.zeros(1, 1, 256, 256), generator(seed)).std()) == pytest.approx(1, abs=0.1)
