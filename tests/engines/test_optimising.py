"""Optimised pictures: what they are moved towards, by which ways, and that a seed is all that chance is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from allaprima.config import Distance, OptimiserOptions, parsed_layers
from allaprima.engines import targets
from allaprima.engines.descent import adam, lbfgs
from allaprima.engines.grid_canvas import canvas_for
from allaprima.engines.optimising import Step, optimised, resized, sizes_to
from allaprima.engines.targets import Part, Targets, moments_under, targets_at, weighted_terms
from allaprima.errors import OptionError
from allaprima.functional import losses
from allaprima.functional.bilateral_grid import LEVELS, sliced
from allaprima.functional.realism import affine_residual
from allaprima.nets.vgg import VGG19

LAYERS = (("relu1_1", 2.0), ("relu2_1", 1.0))
OPTIONS = OptimiserOptions(content=(("relu2_1", 1.0),), style=LAYERS, optimiser="adam", smallest=32, patience=1000)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(0)
    vgg = VGG19("replicate", last="relu2_1")
    for convolution in vgg.convolutions.values():
        nn.init.kaiming_normal_(convolution.weight)
    return vgg.requires_grad_(False)


@pytest.fixture(scope="module")
def pictures() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    small = torch.rand(2, 3, 8, 8, generator=generator)
    content, style = (resized(picture[None], (40, 48)) for picture in small)
    return content, style


def run(network: nn.Module, pictures: Sequence[Tensor], options: OptimiserOptions, steps: tuple[int, int] = (8, 6),
        strength: float = 1.0, start: Tensor | None = None) -> list[Step]:
    return list(optimised(network, pictures[0], [Part([(pictures[1], 1.0)], strength)], options, steps, start))


@pytest.mark.parametrize("options", [
    OPTIONS, replace(OPTIONS, distance="gram"), replace(OPTIONS, distance="wasserstein"),
    replace(OPTIONS, optimiser="lbfgs"), replace(OPTIONS, start="noise"), replace(OPTIONS, seamless=True)],
    ids=["both", "gram", "wasserstein", "lbfgs", "noise", "seamless"])
def test_the_loss_falls_at_every_size(network: nn.Module, pictures: tuple[Tensor, Tensor],
                                      options: OptimiserOptions) -> None:
    steps = run(network, pictures, options, (10, 10))
    by_size: dict[tuple[int, ...], list[float]] = {}
    for step in steps:
        by_size.setdefault(tuple(step.picture.shape[2:]), []).append(step.loss)
    assert list(by_size) == [(28, 34), (40, 48)]
    first = next(iter(by_size.values()))
    assert first[-1] < 0.7 * first[0]
    assert steps[-1].loss < 0.7 * first[0]
    assert steps[-1].count == 20
    assert steps[-1].number == 20 or options.optimiser == "lbfgs"
    assert [step.last for step in steps] == [False] * (len(steps) - 1) + [True]
    assert steps[-1].picture.min() >= 0
    assert steps[-1].picture.max() <= 1


def test_the_same_seed_gives_the_same_picture_and_another_another(
        network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    noisy = replace(OPTIONS, start="noise")
    first, again, other = (run(network, pictures, replace(noisy, seed=seed))[-1].picture for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_without_a_style_to_move_to_the_content_stays(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    """At strength 0 the targets are the content's own: only the total variation moves it, and that is off."""
    still = replace(OPTIONS, variation=0.0, smallest=1000, optimiser="lbfgs")
    picture = run(network, pictures, still, strength=0.0)[-1].picture
    torch.testing.assert_close(picture, pictures[0], atol=0.03, rtol=0)


def test_half_the_strength_lies_between(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    styles = [run(network, pictures, OPTIONS, (20, 20), strength)[-1] for strength in (0.3, 1.0)]
    moved = [float((step.picture - pictures[0]).abs().mean()) for step in styles]
    assert 0 < moved[0] < moved[1]


def test_terms_are_named_and_weighted(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    once = run(network, pictures, OPTIONS, (1, 1))[0]
    heavier = run(network, pictures, replace(OPTIONS, style_weight=3.0, variation=1.0), (1, 1))[0]
    assert list(once.terms) == ["content relu2_1", "style relu1_1", "style relu2_1", "variation"]
    assert once.terms["content relu2_1"] == pytest.approx(0, abs=1e-6)
    assert heavier.terms["style relu1_1"] == pytest.approx(3 * once.terms["style relu1_1"])
    assert heavier.terms["variation"] == pytest.approx(2 * once.terms["variation"])


def test_both_distances_are_the_mean_of_the_two(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    gram, wasserstein, both = (run(network, pictures, replace(OPTIONS, distance=distance), (1, 1))[0].terms
                               for distance in ("gram", "wasserstein", "both"))
    for layer in ("style relu1_1", "style relu2_1"):
        assert gram[layer] != pytest.approx(wasserstein[layer], rel=0.1)
        assert both[layer] == pytest.approx((gram[layer] + wasserstein[layer]) / 2)


@pytest.mark.parametrize("distance", get_args(Distance))
def test_the_gradient_of_the_whole_loss_agrees_with_finite_differences(distance: Distance) -> None:
    torch.manual_seed(0)
    vgg = VGG19("replicate", last="relu2_1").double().requires_grad_(False)
    picture, content, style = torch.rand(3, 1, 3, 6, 7, dtype=torch.float64).unbind()
    options = replace(OPTIONS, distance=distance, content=(("relu2_1", 1.0),), style=(("relu1_1", 1.0),))
    covers = torch.rand(2, 1, 1, 6, 7, dtype=torch.float64).unbind()
    for parts in ([Part([(style, 1.0)], 0.8)], [Part([(style, 1.0)], cover=cover) for cover in covers]):
        wanted = targets_at(vgg, content, parts, options)

        def loss(free: Tensor, wanted: Targets = wanted) -> Tensor:
            return torch.stack(list(weighted_terms(vgg, free, wanted, options).values())).sum()

        assert torch.autograd.gradcheck(loss, (picture.requires_grad_(),), rtol=1e-3, atol=1e-6)


def test_a_start_is_gone_on_from_at_the_last_size_alone(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    done = run(network, pictures, OPTIONS, (20, 20))[-1]
    steps = run(network, pictures, OPTIONS, (20, 5), start=done.picture)
    assert len(steps) == 5
    assert steps[0].loss == pytest.approx(done.loss, rel=0.2)


def test_it_stops_early_where_nothing_is_gained(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    one_size = replace(OPTIONS, smallest=1000)
    assert len(run(network, pictures, replace(one_size, patience=5, rate=0.0), (100, 100))) == 11
    assert len(run(network, pictures, replace(one_size, patience=5), (12, 12))) == 12


def test_a_seamless_picture_is_the_same_wherever_the_tile_begins(
        network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    circular = VGG19("circular", last="relu2_1")
    circular.load_state_dict(network.state_dict())
    options = replace(OPTIONS, seamless=True, smallest=1000, start="content")
    content, style = pictures
    here = run(circular, (content, style), options, (6, 6))[-1].picture
    rolled = run(circular, (content.roll((8, 16), (2, 3)), style), options, (6, 6))[-1].picture
    # Adam takes a full step wherever a gradient is not zero, so that single pixels may differ by rounding alone.
    assert (rolled - here.roll((8, 16), (2, 3))).abs().mean() < 2e-4
    open_edges = run(network, pictures, replace(options, seamless=False), (6, 6))[-1].picture
    assert (open_edges - here).abs().mean() > 1e-3


def test_both_ways_go_down_to_the_bottom_of_a_bowl() -> None:
    bottom = torch.tensor([0.2, 0.5, 0.9]).reshape(1, 3, 1, 1)
    slopes = torch.tensor([1.0, 5.0, 20.0]).reshape(1, 3, 1, 1)

    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        away = picture - bottom
        return (slopes * away.square()).sum(), 2 * slopes * away

    for walk, steps in ((adam(torch.zeros_like(bottom), evaluate, 0.02), 600),
                        (lbfgs(torch.zeros_like(bottom), evaluate), 20)):
        for _ in range(steps):
            picture, _ = next(walk)
        torch.testing.assert_close(picture, bottom, atol=1e-2, rtol=0)


def test_lbfgs_does_not_get_stuck_where_a_full_step_goes_too_far() -> None:
    """Gram losses are of the fourth degree: a first trial that overshoots must be followed by shorter ones."""
    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        away = 10 * picture.square() - 3
        return away.square().sum(), 40 * away * picture

    walk = lbfgs(torch.linspace(0.02, 0.9, 24).reshape(1, 3, 2, 4), evaluate)
    for _ in range(60):
        picture, _ = next(walk)
    assert evaluate(picture)[0] < 1e-4


def test_a_line_search_does_not_look_twice_at_one_picture() -> None:
    seen: list[tuple[float, ...]] = []

    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(tuple(picture.flatten().tolist()))
        return (picture - 0.5).square().sum(), 2 * (picture - 0.5)

    walk = lbfgs(torch.tensor([0.1, 0.8, 0.3]).reshape(1, 3, 1, 1), evaluate)
    for _ in range(6):
        next(walk)
    assert len(seen) == len(set(seen))


def test_evaluations_are_counted_on_over_the_sizes(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    steps = run(network, pictures, OPTIONS, (4, 3))
    assert [step.evaluations for step in steps] == list(range(1, 8))
    steps = run(network, pictures, replace(OPTIONS, optimiser="lbfgs"), (12, 9))
    first, last = ([step.evaluations for step in steps if step.picture.shape[2] == height] for height in (28, 40))
    assert first[-1] >= 12 > first[-2]  # a line search is never cut off in the middle
    assert last[-1] >= first[-1] + 9 > last[-2]


def halves(columns: int = 24) -> tuple[Tensor, Tensor]:
    left = torch.zeros(1, 1, 40, 48)
    left[..., :columns] = 1
    return left, 1 - left


def test_a_part_that_is_everything_is_the_whole_picture(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    content, style = pictures
    whole, part = (targets_at(network, content, [Part([(style, 1.0)], 0.7, cover)], OPTIONS)
                   for cover in (None, torch.ones(1, 1, 40, 48)))
    own, masked = (weighted_terms(network, content, wanted, OPTIONS) for wanted in (whole, part))
    for name, term in own.items():
        torch.testing.assert_close(term, masked[name], rtol=1e-3, atol=1e-6)


def test_parts_are_moved_towards_styles_of_their_own(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    content, _ = pictures
    dark, bright = torch.full_like(content, 0.1), torch.full_like(content, 0.9)
    left, right = halves()
    parts = [Part([(dark, 1.0)], cover=left), Part([(bright, 1.0)], cover=right)]
    options = replace(OPTIONS, content_weight=0.05)
    picture = list(optimised(network, content, parts, options, (30, 30)))[-1].picture
    assert picture[..., :16].mean() < content[..., :16].mean() - 0.15
    assert picture[..., 32:].mean() > content[..., 32:].mean() + 0.15


def test_what_is_not_painted_stays_as_it_is(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    left, _ = halves()
    parts = [Part([(pictures[1], 1.0)], cover=left)]
    for step in optimised(network, pictures[0], parts, OPTIONS, (6, 6), painted=left):
        picture = step.picture
    assert torch.equal(picture[..., 24:], pictures[0][..., 24:])
    assert (picture[..., :24] - pictures[0][..., :24]).abs().mean() > 0.01


def test_a_part_that_covers_nothing_asks_for_nothing(network: nn.Module, pictures: tuple[Tensor, Tensor]) -> None:
    content, style = pictures
    nothing, everything = torch.zeros(1, 1, 40, 48), torch.ones(1, 1, 40, 48)
    both = targets_at(network, content, [Part([(content, 1.0)], cover=nothing), Part([(style, 1.0)], cover=everything)],
                      OPTIONS)
    assert both.covers is not None
    assert len(both.covers) == 1
    none = targets_at(network, content, [Part([(style, 1.0)], cover=nothing)], OPTIONS)
    assert list(weighted_terms(network, content, none, OPTIONS)) == ["content relu2_1", "variation"]


def test_moments_under_masks_count_each_place_as_much_as_the_mask_says() -> None:
    features = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(3))
    masks = torch.zeros(2, 1, 6, 8)
    masks[0, :, :, :4], masks[1, :, 2:] = 1, 0.5
    mean, second = moments_under(features, masks)
    for row, part in enumerate((features[..., :4], features[:, :, 2:])):
        flat = part.flatten(2)[0]
        torch.testing.assert_close(mean[row], flat.mean(dim=1))
        torch.testing.assert_close(second[row], flat @ flat.T / flat.shape[1])


def test_the_way_of_gpus_to_roots_gives_the_picture_that_the_cpus_gives(
        network: nn.Module, pictures: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch) -> None:
    assert targets.root_on("cpu") is losses.eigen_root
    assert targets.root_on("cuda") is losses.newton_schulz_root
    options = replace(OPTIONS, smallest=1000)
    by_vectors = run(network, pictures, options)[-1]
    monkeypatch.setattr(targets, "root_on", lambda device: losses.newton_schulz_root)
    by_products = run(network, pictures, options)[-1]
    assert by_products.loss == pytest.approx(by_vectors.loss, rel=0.01)
    assert (by_products.picture - by_vectors.picture).abs().mean() < 0.005


def test_adam_carries_its_memory_to_another_size() -> None:
    def evaluate(picture: Tensor) -> tuple[Tensor, Tensor]:
        return picture.sum(), torch.ones_like(picture)

    walk = adam(torch.ones(1, 3, 8, 8), evaluate, 0.01)
    for _ in range(5):
        _, memory = next(walk)
    picture, (first, second, steps) = next(adam(torch.ones(1, 3, 12, 10), evaluate, 0.01, memory))
    assert steps == 6
    assert first.shape == second.shape == picture.shape == (1, 3, 12, 10)
    torch.testing.assert_close(first, torch.full_like(first, 1 - 0.9**6))


def test_sizes_grow_by_the_root_of_two_up_to_the_one_asked_for() -> None:
    sizes = sizes_to(300, 512, 128)
    assert sizes == [(75, 128), (106, 181), (150, 256), (212, 362), (300, 512)]
    assert sizes_to(300, 512, 1000) == [(300, 512)]
    assert np.diff([width for _, width in sizes]).min() > 0


def test_layers_are_read_with_their_weights() -> None:
    assert parsed_layers("relu1_1:16, relu2_1") == (("relu1_1", 16.0), ("relu2_1", 1.0))
    for wrong in ("relu6_1", "relu1_3", "relu1_1:x", "relu1_1:-1", ""):
        with pytest.raises(OptionError):
            parsed_layers(wrong)


def test_a_photograph_stays_one_while_its_light_and_colours_go_to_the_style(network: nn.Module,
                                                                            pictures: tuple[Tensor, Tensor]) -> None:
    options = replace(OPTIONS, optimiser="lbfgs", photoreal=True)
    steps = run(network, pictures, options, (10, 10))
    assert steps[-1].loss < 0.9 * steps[0].loss
    painted = run(network, pictures, replace(options, photoreal=False), (10, 10))[-1].picture
    content = pictures[0]
    assert not torch.equal(steps[-1].picture, content)
    assert affine_residual(steps[-1].picture, content) < affine_residual(painted, content) / 3
    covered = torch.zeros(1, 1, 40, 48)
    covered[..., :20] = 1
    *_, last = optimised(network, content, [Part([(pictures[1], 1.0)])], options, (2, 2), painted=covered)
    assert torch.equal(last.picture[..., 20:], content[..., 20:])


def test_the_grid_of_the_optimiser_is_the_grid_of_the_projection() -> None:
    content = torch.rand((1, 3, 40, 48), generator=torch.Generator().manual_seed(2))
    canvas = canvas_for(content)
    grid = canvas.unchanged(content)
    assert (canvas.shown(grid, content) - content).abs().max() < 1e-5
    grid = grid + 0.1 * torch.randn(grid.shape, generator=torch.Generator().manual_seed(3))
    transforms = grid[0].permute(2, 3, 1, 0).reshape(canvas.rows, canvas.columns, LEVELS, 3, 4).contiguous().numpy()
    picture = content[0].permute(1, 2, 0).contiguous().numpy()
    for rows, part in sliced(picture, transforms):
        other = canvas.shown(grid, content)[0].permute(1, 2, 0).numpy()[rows]
        assert np.abs(np.clip(part, 0, 1) - other).max() < 0.01


@pytest.mark.parametrize("wrong", [{"optimiser": "adam"}, {"start": "noise"}, {"seamless": True}])
def test_what_goes_with_no_photograph_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="begins with the content"):
        OptimiserOptions(photoreal=True, **wrong)
