import torch
from torch import Tensor

from allaprima.nets.vgg import STYLE_LAYERS
from allaprima.train.codes import WIDTHS, code_of
from allaprima.train.fit.losses import StyleTarget, grams_of
from allaprima.train.mixing.settings import MixingObjective
from allaprima.train.mixing.styles import KnownStyles, looked_at
from allaprima.train.moments import mean_and_deviation

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
