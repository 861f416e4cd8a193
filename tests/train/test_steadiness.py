import torch

from allaprima.train.batches import step_generator
from allaprima.train.steadiness import Motion, disturbed, drawn_motion, moved, unsteadiness
from train.workshop import scene

CPU = torch.device("cpu")
SIDE = 64
PICTURES = torch.stack([scene(seed, SIDE, SIDE) for seed in range(20)]).float() / 255

ALL = torch.ones(len(PICTURES))


def motions() -> Motion:
    return drawn_motion(len(PICTURES), SIDE, step_generator(1, 1), CPU)


def test_a_picture_painted_the_same_and_moved_alike_is_steady() -> None:
    motion = motions()
    assert unsteadiness(PICTURES, moved(PICTURES, motion), motion, ALL) < 1e-6


def test_a_picture_that_does_not_move_along_is_unsteady() -> None:
    motion = motions()
    assert unsteadiness(PICTURES, PICTURES, motion, ALL) > 0.01


def test_pictures_that_do_not_count_change_nothing() -> None:
    motion, counted = motions(), ALL.clone()
    counted[3] = 0
    broken = moved(PICTURES, motion)
    broken[3] = 9
    assert unsteadiness(PICTURES, broken, motion, counted) < 1e-6


def test_half_the_motions_are_whole_pixels_and_blur_nothing() -> None:
    motion = motions()
    source = (motion.grid + 1) * SIDE / 2 - 0.5
    whole = ((source - source.round()).abs() < 1e-3).flatten(1).all(dim=1)
    assert 0.2 < whole.float().mean() < 0.8
    levels = (moved(PICTURES, motion)[whole] * 255 - (moved(PICTURES, motion)[whole] * 255).round()).abs()
    assert levels.max() < 0.05


def test_what_moves_in_from_outside_does_not_count() -> None:
    motion = motions()
    broken = moved(PICTURES, motion)
    broken = torch.where(motion.known.bool(), broken, torch.ones_like(broken) * 9)
    assert unsteadiness(PICTURES, broken, motion, ALL) < 1e-6
    assert 0.2 < motion.known.mean() < 0.95


def test_disturbances_are_small_bounded_and_the_same_for_the_same_step() -> None:
    motion = motions()
    first, again = (disturbed(PICTURES, motion, step_generator(1, 2)) for _ in range(2))
    assert torch.equal(first, again)
    assert first.min() >= 0
    assert first.max() <= 1
    assert 0 < (first - moved(PICTURES, motion)).abs().mean() < 0.05
