"""What the judge measures, at both ends of its scale and against hand-made statistics."""

import numpy as np
import pytest
import torch

from allaprima.evaluate.judge import LAYERS, Judge
from allaprima.evaluate.pictures import Sample
from allaprima.nets.vgg import STYLE_LAYERS


def test_a_copy_of_the_content_has_its_content_and_a_copy_of_the_style_its_style(
        judge: Judge, squares: list[Sample]) -> None:
    content, style = judge.features(squares[0].image), judge.features(squares[1].image)
    target = judge.style_target(style)
    as_content, as_style = judge.measure(content, content, target), judge.measure(style, content, target)
    assert as_content.content == 0
    assert as_content.ssim == pytest.approx(1)
    assert as_content.style > 0
    assert min(as_content.gram) > 0
    assert min(as_content.wasserstein) > 0
    assert as_style.content > 0
    assert as_style.style == 0
    assert as_style.gram == (0,) * len(LAYERS)
    assert as_style.wasserstein == pytest.approx((0,) * len(LAYERS), abs=1e-7)
    assert as_style.ssim < 0.9


def test_the_style_measure_is_the_sum_of_its_layers_by_numpy(judge: Judge, squares: list[Sample]) -> None:
    result, style = judge.features(squares[0].image), judge.features(squares[1].image)
    measures = judge.measure(result, result, judge.style_target(style))
    network = judge._network
    expected = []
    for layer in STYLE_LAYERS:
        pairs = []
        for picture in (squares[0], squares[1]):
            with torch.inference_mode():
                x = network(torch.from_numpy(picture.image).permute(2, 0, 1)[None], [layer])[layer].double().numpy()
            pairs.append((x.mean((0, 2, 3)), np.sqrt(x.var((0, 2, 3)) + 1e-5)))
        expected.append(sum(np.mean((a - b) ** 2) for a, b in zip(*pairs, strict=True)))
    assert measures.style_layers == pytest.approx(expected, rel=1e-4)
    assert measures.style == pytest.approx(sum(expected), rel=1e-4)


def test_pictures_are_clamped_before_they_are_judged(judge: Judge, squares: list[Sample]) -> None:
    beyond = judge.features(squares[0].image * 3 - 1)
    clamped = judge.features(np.clip(squares[0].image * 3 - 1, 0, 1))
    assert torch.equal(beyond.content, clamped.content)


def test_rows_alone_are_those_of_all_that_is_seen(judge: Judge, squares: list[Sample]) -> None:
    alone, all_seen = judge.rows(squares[0].image), judge.features(squares[0].image).rows
    assert len(alone) == len(STYLE_LAYERS)
    assert all(torch.equal(one, other) for one, other in zip(alone, all_seen, strict=True))
