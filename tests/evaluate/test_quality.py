"""An evaluation from end to end, on models whose results are known."""

import json
import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from allaprima.engines import Look, Statistics, Style
from allaprima.engines.identity import IdentityEngine
from allaprima.errors import OptionError
from allaprima.evaluate.blind import blind_page
from allaprima.evaluate.candidates import Candidate, candidates_for
from allaprima.evaluate.judge import Judge
from allaprima.evaluate.pictures import Sample
from allaprima.evaluate.quality import (
    CONTENT_COPY,
    STYLE_COPY,
    Evaluation,
    QualityOptions,
    evaluate,
    spread_pairs,
    work,
)
from allaprima.evaluate.report import artefact_rows, html, realism_rows, summary, table_rows
from allaprima.frames import Pixels
from allaprima.functional.realism import affine_residual
from allaprima.runtimes.calls import Batch
from allaprima.runtimes.pytorch import TorchRuntime


@dataclass
class Mixer:
    """A model that mixes the style's own pixels over the content: the more strength, the nearer to the style."""

    name = "mixer"
    style_size = 48

    def __post_init__(self) -> None:
        self.seen: dict[str, Pixels] = {}

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: object = None) -> Style:
        assert scale == 1
        self.seen[name] = picture
        return Style(name, np.zeros(1920, np.float32), (1, 1, 1, 1), "mixer")

    def stylize(self, images: Batch, looks: list[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics | None]:
        look = looks[0]
        mixed = (1 - look.strength) * images + look.strength * 255 * self.seen[look.style.name][None]
        return np.rint(mixed).astype(np.uint8), None


@pytest.fixture(scope="module")
def done(judge: Judge, squares: list[Sample]) -> Evaluation:
    candidates = [Candidate(engine.name, engine, engine) for engine in (IdentityEngine(), Mixer())]
    told: list[str] = []
    options = QualityOptions(size=48, style_size=48, strength=0.9, strengths=(0.0, 0.5, 1.0), curve_pairs=2, shown=2)
    for candidate in candidates:
        candidate.encoder.style_size = 48
    evaluation = evaluate(squares[:2], squares[1:], candidates, judge, options, told.append)
    assert len(told) == work(2, 2, 2, options) == 4 * 4 + 2 * 2 * 3
    return evaluation


def test_every_pair_is_measured_and_the_identity_is_a_copy_of_the_content(done: Evaluation) -> None:
    assert list(done.rows) == [CONTENT_COPY, STYLE_COPY, "none", "mixer"]
    for name in done.rows:
        assert done.grid(name, lambda cell: cell.style).shape == (2, 2)
    for measure in (lambda cell: cell.style, lambda cell: cell.content, lambda cell: cell.ssim):
        np.testing.assert_allclose(done.grid("none", measure), done.grid(CONTENT_COPY, measure), atol=1e-9)
    assert (done.grid("mixer", lambda cell: cell.style) < done.grid("none", lambda cell: cell.style))[0].all()


def test_a_copy_of_the_content_is_real_and_a_mixture_is_not(done: Evaluation) -> None:
    told = summary(done)["rows"]
    assert told["none"]["realism"]["residual"][0] < 0.5
    assert told["none"]["realism"]["edges"][0] == pytest.approx(1)
    assert told["mixer"]["realism"]["residual"][0] > 3 * told["none"]["realism"]["residual"][0]
    assert told["mixer"]["realism"]["edges"][0] < 0.9
    header, rows = realism_rows(summary(done))
    assert all(len(row) == len(header) == 3 for row in rows)


def test_a_candidate_that_stays_real_changes_light_and_colour_alone() -> None:
    mixer = Mixer()
    content = np.dstack([np.linspace(0.2, 0.8, 48 * 48, dtype=np.float32).reshape(48, 48)] * 3)
    style = mixer.encode(np.random.default_rng(0).random((48, 48, 3)).astype(np.float32), "style")
    left = [affine_residual(*(torch.from_numpy(picture).permute(2, 0, 1)[None] for picture in (
        Candidate("mixer", mixer, mixer, real=real).paint(content, style, 0.5)[0], content))) for real in (False, True)]
    assert left[1] < left[0] / 4


def test_the_curve_goes_from_the_content_to_the_style(done: Evaluation) -> None:
    points = done.curves["mixer"]
    assert [point.strength for point in points] == [0.0, 0.5, 1.0]
    assert points[0].ssim == pytest.approx(1)
    assert points[0].content == 0
    assert points[2].style == pytest.approx(0, abs=1e-12)
    assert points[0].style > 1e-6


def test_a_summary_is_json_with_intervals_around_its_means(done: Evaluation) -> None:
    told = json.loads(json.dumps(summary(done)))
    mean, low, high = told["rows"]["mixer"]["measures"]["style"]
    assert mean == pytest.approx(done.grid("mixer", lambda cell: cell.style).mean())
    assert low <= mean <= high
    assert told["rows"][CONTENT_COPY]["median_ms"] is None
    assert told["rows"]["mixer"]["ratios"] == {}
    header, rows = table_rows(summary(done))
    assert [row[0] for row in rows] == list(done.rows)
    assert all(len(row) == len(header) for row in rows)


def test_the_page_holds_all_it_shows(done: Evaluation) -> None:
    page = html(done, summary(done), ["a note"])
    assert "a note" in page
    assert page.count("<svg") == 3
    assert page.count("data:image/png") == 1
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_the_blind_page_names_no_model_where_it_shows_one(done: Evaluation) -> None:
    page = blind_page(done, seed=1)
    data = json.loads(re.search(r"const data = (\{.*\});", page)[1])
    assert data["models"] == ["none", "mixer"]
    assert len(data["trials"]) == 2
    assert len(data["pictures"]) == 2 * 4
    for trial in data["trials"]:
        assert sorted(trial["models"]) == [0, 1]
        assert trial["shown"] == [trial["content"] + 2 + model for model in trial["models"]]
    sides = {blind_page(done, seed=seed) for seed in range(6)}
    assert len(sides) > 1
    assert "http" not in page


def test_a_blind_comparison_of_one_model_is_refused(done: Evaluation) -> None:
    alone = replace(done, painted={"mixer": done.painted["mixer"]})
    with pytest.raises(OptionError, match="two models"):
        blind_page(alone)


def test_pairs_are_spread_evenly_and_never_twice() -> None:
    pairs = spread_pairs(4, 6, 24)
    assert len(set(pairs)) == 24
    first = spread_pairs(4, 6, 12)
    assert {sum(content == index for content, _ in first) for index in range(4)} == {3}
    assert {sum(style == index for _, style in first) for index in range(6)} == {2}
    assert len(spread_pairs(2, 3, 100)) == 6


def test_a_model_named_twice_is_refused() -> None:
    with pytest.raises(OptionError, match="twice"):
        candidates_for(["none", "none"], TorchRuntime())


def test_artefacts_stand_in_a_table_of_their_own_and_what_no_picture_tells_is_left_out(done: Evaluation) -> None:
    told = summary(done)
    assert told["rows"][CONTENT_COPY]["artefacts"]["shift"] == (0, 0, 0)
    assert told["rows"]["none"]["artefacts"]["shift"] == pytest.approx((0, 0, 0))
    assert told["rows"]["mixer"]["artefacts"]["shift"][0] > 10  # the style's pixels stay where they are
    assert told["rows"][STYLE_COPY]["artefacts"]["halo"] is None
    assert "NaN" not in json.dumps(told)
    header, rows = artefact_rows(told)
    assert [row[0] for row in rows] == list(done.rows)
    assert all(len(row) == len(header) for row in rows)
    assert rows[0][header.index("shift")] == "0.00 (0.00-0.00)"
