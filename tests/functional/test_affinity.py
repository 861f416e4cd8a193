import torch

from allaprima.functional.affinity import affinity_loss, drawn_pairs


def loss(painted: torch.Tensor, content: torch.Tensor) -> float:
    return float(affinity_loss(painted, content, drawn_pairs(painted.shape[2], torch.Generator().manual_seed(1))))


def test_an_island_in_a_plain_place_costs_and_the_same_colour_on_a_thing_does_not() -> None:
    plain = torch.full((1, 3, 128, 128), 0.5)
    island = plain.clone()
    island[:, :2, 48:80, 48:80] = 0.9
    thing = plain.clone()
    thing[:, :, 48:80, 48:80] = 0.1
    assert loss(island, plain) > 10 * loss(island, thing)


def test_strokes_within_cells_are_free() -> None:
    plain = torch.full((1, 3, 128, 128), 0.5)
    strokes = plain.clone()
    strokes[:, :, ::4] += 0.3
    strokes[:, :, 2::4] -= 0.3
    assert loss(strokes, plain) < 1e-4
