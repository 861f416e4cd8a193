import torch

from allaprima.functional.statistics import mean_and_deviation as plain
from allaprima.nets.vgg import STYLE_LAYERS
from allaprima.train.codes import code_of, moments_of
from allaprima.train.moments import mean_and_deviation


def test_means_deviations_and_their_gradient_are_the_plain_ones() -> None:
    features = torch.randn(2, 5, 9, 11, generator=torch.Generator().manual_seed(3)).relu()
    weights = torch.randn(2, 2, 5, 1, 1, generator=torch.Generator().manual_seed(4))

    def of(statistics: object) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        leaf = features.clone().requires_grad_()
        mean, deviation = statistics(leaf)  # type: ignore[operator]
        gradient, = torch.autograd.grad((weights[0] * mean + weights[1] * deviation.square()).sum(), leaf)
        return mean, deviation, gradient

    for ours, theirs in zip(of(mean_and_deviation), of(plain), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_moments_in_bfloat16_stay_near_those_in_float32() -> None:
    features = torch.randn(1, 64, 104, 104, generator=torch.Generator().manual_seed(3)).relu().bfloat16()
    (mean, deviation), (true_mean, true_deviation) = mean_and_deviation(features), plain(features.float())
    assert ((mean - true_mean).abs() / true_mean).max() < 2e-3
    assert ((deviation - true_deviation).abs() / true_deviation).max() < 2e-3


def test_a_code_taken_apart_gives_the_statistics_it_was_made_of() -> None:
    generator = torch.Generator().manual_seed(5)
    features = {layer: torch.rand(2, width, 6, 6, generator=generator)
                for layer, width in zip(STYLE_LAYERS, (64, 128, 256, 512), strict=True)}
    apart = moments_of(code_of(features))
    for layer in STYLE_LAYERS:
        mean, deviation = plain(features[layer])
        assert torch.allclose(apart[layer][0], mean, atol=1e-5)
        assert torch.allclose(apart[layer][1], deviation, atol=1e-4)
