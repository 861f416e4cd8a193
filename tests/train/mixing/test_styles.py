import pytest
import torch
from torch import Tensor

from allaprima.nets.measured_codes import MeasuredCodes
from allaprima.nets.style_encoder import Whitening
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.train.codes import WIDTHS, code_of
from allaprima.train.fit.losses import StyleTarget, grams_of
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.styles import KnownStyles, Looks, StyleBank, looked_at
from allaprima.train.moments import mean_and_deviation
from allaprima.train.pictures import Pictures

Features = dict[str, Tensor]


def features(count: int, columns: int) -> Features:
    return {layer: torch.rand(count, width, 6, columns) * torch.rand(count, width, 1, 1)
            for layer, width in zip(STYLE_LAYERS, WIDTHS, strict=True)}


def known(seen: Features) -> KnownStyles:
    energy = seen["relu1_1"].mean(dim=(2, 3))[:, :4]
    return KnownStyles(code_of(seen), StyleTarget({layer: mean_and_deviation(own) for layer, own in seen.items()},
                                                  {layer: grams_of(own) for layer, own in seen.items()}, energy))


def test_a_style_with_a_part_of_another_is_a_picture_that_is_painted_so_in_part() -> None:
    torch.manual_seed(3)
    own, other = features(2, 9), features(2, 3)
    whole = known({layer: torch.cat([own[layer], other[layer]], dim=3) for layer in STYLE_LAYERS})
    found = known(own).with_parts_of(known(other), torch.tensor([0.25, 0.25]))
    assert torch.allclose(found.codes, whole.codes, atol=1e-3)
    assert torch.allclose(found.target.weave, whole.target.weave, atol=1e-5)
    for layer in STYLE_LAYERS:
        assert torch.allclose(found.target.grams[layer], whole.target.grams[layer], atol=1e-5)
        for mine, exact in zip(found.target.moments[layer], whole.target.moments[layer], strict=True):
            assert torch.allclose(mine, exact, atol=1e-3)


def test_a_style_with_no_part_of_another_stays_itself() -> None:
    torch.manual_seed(4)
    own = known(features(3, 5))
    found = own.with_parts_of(known(features(3, 5)), torch.tensor([0, 0.5, 0]))
    apart = (found.codes - own.codes).abs().amax(dim=1)
    assert apart[0] < 1e-3
    assert apart[2] < 1e-3
    assert apart[1] > 0.05


def test_the_share_that_is_asked_for_is_printed() -> None:
    image = torch.randint(256, (3, 300, 340), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    plain, seldom, always = ([looked_at(image, MixingObjective(bold_share=0, printed_share=share),
                                        torch.Generator().manual_seed(seed)) for seed in range(30)]
                             for share in (0, 0.3, 1))
    assert all(one.shape == (1, 3, 256, 256) for one in plain)
    changed = [sum(not torch.equal(own, one) for own, one in zip(plain, other, strict=True))
               for other in (seldom, always)]
    assert 3 <= changed[0] <= 16
    assert changed[1] == 30


class CountedLooks(Looks):
    def __init__(self, pictures: Pictures, objective: MixingObjective, seed: int) -> None:
        super().__init__(pictures, objective, seed)
        self.measured: list[int] = []

    def picture(self, index: int) -> Tensor:
        self.measured.append(index)
        return super().picture(index)


@pytest.fixture(scope="module")
def vgg() -> VGG19:
    torch.manual_seed(2)
    return VGG19(last=STYLE_LAYERS[-1]).requires_grad_(False)


def test_looks_have_their_turns_and_then_give_way_to_others(vgg: VGG19) -> None:
    objective = MixingObjective(crop_px=64, fewest_lines=64, most_lines=80, contents=4, styles=4, turns=2)
    images = [torch.randint(256, (3, 70, 80), dtype=torch.uint8) for _ in range(3)]
    looks = CountedLooks(Pictures(tuple(images), ()), objective, 7)
    bank = StyleBank(looks, vgg, MeasuredCodes(vgg, Whitening()), objective, 7)
    visited = [bank.look(visit) for visit in range(16)]
    assert sorted(visited[:4]) == sorted(visited[4:8]) == [0, 1, 2, 3]
    assert sorted(visited[8:12]) == sorted(visited[12:]) == [4, 5, 6, 7]
    assert [bank.since(visit) for visit in (0, 7, 8, 15, 16)] == [0, 0, 8, 8, 16]
    first = bank.styles(visited[:4])
    assert torch.equal(bank.styles(visited[:4]).codes, first.codes)
    assert looks.measured == visited[:4]
    bank.styles(visited[6:10])    # the old ones are kept as long as one of them is asked for
    assert looks.measured == visited[:4] + visited[8:10]
    bank.styles(visited[8:12])
    assert len(looks.measured) == 8
    assert torch.equal(bank.styles(visited[:4]).codes, first.codes)
    assert looks.measured[8:] == visited[:4]
