import torch

from allaprima.train.crops import bold_colours, hue_rotations, random_crops


def generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_crops_at_scale_one_are_parts_of_the_pictures() -> None:
    picture = torch.arange(3 * 40 * 50, dtype=torch.int64).remainder(251).to(torch.uint8).reshape(3, 40, 50)
    crop = (random_crops([picture], 16, 1.0, generator())[0] * 255).round().to(torch.uint8)
    found = [(top, left) for top in range(25) for left in range(35)
             if torch.equal(picture[:, top:top + 16, left:left + 16], crop)
             or torch.equal(picture[:, top:top + 16, left:left + 16].flip(2), crop)]
    assert found


def test_the_smallest_picture_of_a_batch_bounds_its_scale() -> None:
    pictures = [torch.zeros(3, 30, 90, dtype=torch.uint8), torch.zeros(3, 200, 200, dtype=torch.uint8)]
    assert random_crops(pictures, 24, 4.0, generator()).shape == (2, 3, 24, 24)


def test_crops_depend_on_the_generator_alone() -> None:
    picture = torch.randint(256, (3, 64, 64), generator=generator(9), dtype=torch.uint8)
    first, again, other = (random_crops([picture] * 3, 24, 1.3, generator(seed)) for seed in (4, 4, 5))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_turning_hue_keeps_grey_and_comes_round() -> None:
    turned = hue_rotations(torch.tensor([0.0, 1.0, 2 * torch.pi]))
    assert torch.allclose(turned @ torch.ones(3), torch.ones(3, 3), atol=1e-6)
    assert torch.allclose(turned[0], torch.eye(3))
    assert torch.allclose(turned[2], torch.eye(3), atol=1e-6)
    third = hue_rotations(torch.tensor([2 * torch.pi / 3]))[0]
    assert torch.allclose(third @ torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 1, 0]), atol=1e-6)


def test_bold_colours_change_only_the_share_asked_for_and_stay_in_range() -> None:
    pictures = torch.rand(200, 3, 2, 2, generator=generator())
    assert torch.allclose(bold_colours(pictures, 0.0, generator()), pictures)
    bold = bold_colours(pictures, 0.3, generator())
    changed = (bold - pictures).abs().amax(dim=(1, 2, 3)) > 1e-4
    assert 0.2 < changed.float().mean() < 0.4
    assert bold.min() >= 0
    assert bold.max() <= 1
