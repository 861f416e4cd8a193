import torch

from allaprima.nets.style_encoder import Whitening
from allaprima.train.batches import drawn_batch, drawn_codes, drawn_strengths, in_turn, step_generator
from allaprima.train.codes import CodeBank
from allaprima.train.pictures import Pictures
from train.workshop import SMALL, scene

CONTENTS = Pictures(tuple(scene(seed) for seed in range(3)), ())
CODES = torch.randn(7, 1920, generator=torch.Generator().manual_seed(2))
BANK = CodeBank(CODES.half(), (CODES + 10).half())


def test_every_picture_comes_once_in_each_pass_and_any_place_can_be_reached_at_once() -> None:
    row = in_turn(5, 0, 23, seed=3)
    assert all(sorted(row[start:start + 5]) == list(range(5)) for start in (0, 5, 10, 15))
    assert row[:5] != row[5:10]
    assert in_turn(5, 8, 9, seed=3) == row[8:17]


def test_a_steps_batch_is_always_the_same_and_no_other_steps() -> None:
    first, again, other = (drawn_batch(CONTENTS, BANK, Whitening(), SMALL, 1, step) for step in (5, 5, 6))
    assert torch.equal(first.content, again.content)
    assert torch.equal(first.code, again.code)
    assert not torch.equal(first.code, other.code)


def test_about_a_tenth_of_the_samples_is_null_and_the_rest_mostly_full() -> None:
    strengths = drawn_strengths(4000, SMALL, step_generator(1, 1))
    assert 0.08 < (strengths == 0).float().mean() < 0.12
    assert 0.76 < (strengths == 1).float().mean() < 0.84
    assert strengths.min() >= 0
    assert strengths.max() <= 1


def test_predicted_codes_go_in_with_measured_ones_as_their_aim() -> None:
    code, aimed = drawn_codes(BANK, 2000, SMALL, step_generator(1, 1))
    shifted = (code - aimed).mean(dim=1)
    predicted = (shifted - 10).abs() < 0.1
    assert 0.56 < predicted.float().mean() < 0.64
    assert torch.allclose(shifted[~predicted], torch.zeros(int((~predicted).sum())), atol=1e-3)
