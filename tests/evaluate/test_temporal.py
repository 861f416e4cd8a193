"""Measures of steadiness: exact where the answer is known, and the report holds what was measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from allaprima.engines.identity import IdentityEngine
from allaprima.evaluate.candidates import Candidate
from allaprima.evaluate.judge import Judge
from allaprima.evaluate.pictures import Sample
from allaprima.evaluate.temporal import (
    Steadiness,
    Take,
    drift,
    exact_take,
    left_behind,
    measured_take,
    spectrum_of,
    steadiness,
    still_places,
    warping_error,
)
from allaprima.evaluate.temporal_clips import large_motions, patch, small_things
from allaprima.evaluate.temporal_layers import Clip, Layer, clip_of, moving
from allaprima.evaluate.temporal_report import evaluate_films, html, told
from allaprima.evaluate.temporal_rows import Row, RowFolder, strip_of
from allaprima.evaluate.temporal_table import beside, conclusions, strips
from temporal_scenes import clips, texture


@pytest.fixture(scope="module")
def made() -> dict[str, Clip]:
    return clips(96, 160, 12)


def noisy(clip: Clip, deviation: float) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [np.clip(frame + random.normal(0, deviation, frame.shape), 0, 255).astype(np.uint8)
            for frame in clip.frames]


@pytest.mark.parametrize("name", ["pan", "zoom", "rotation", "parallax", "crossing"])
@pytest.mark.parametrize("lag", [1, 8])
def test_by_its_exact_motion_a_clip_hardly_errs_and_without_it_much_more(made: dict[str, Clip], name: str,
                                                                         lag: int) -> None:
    take = exact_take(made[name])
    frames = take.frames
    error = warping_error(frames, take, lag)
    unmoved = np.mean([np.square((frames[index].astype(float) - frames[index + lag]) / 255).mean()
                       for index in range(len(frames) - lag)])
    assert error < 1e-3
    assert error < 0.5 * unmoved


@pytest.fixture(scope="module")
def large() -> dict[str, Clip]:
    return large_motions(texture(200, 300, 1), texture(200, 300, 2), (90, 160), 10)


@pytest.mark.parametrize("name", ["pan of 20", "zoom of 3 %", "hand", "motion blur", "rolling shutter", "passing"])
def test_the_motion_of_a_camera_that_moves_far_is_exact_too(large: dict[str, Clip], name: str) -> None:
    take = exact_take(large[name])
    for lag in (1, 8):
        assert warping_error(take.frames, take, lag) < 1e-3


def test_a_small_thing_falls_through_the_picture_within_fifteen_frames_and_its_motion_is_exact() -> None:
    for clip in small_things(texture(200, 300, 1), texture(200, 300, 2), (90, 160), 17).values():
        assert np.array_equal(clip.frames[0], clip.frames[15])
        assert not np.array_equal(clip.frames[0], clip.frames[8])
        assert warping_error(clip.frames, exact_take(clip), 1) < 1e-3


def test_a_rolling_shutter_reads_every_row_at_its_own_time(large: dict[str, Clip]) -> None:
    assert np.ptp(large["rolling shutter"].flow(4, 5)[0][:, 80, 0]) > 0.2  # the hand's speed changes within a frame
    assert np.ptp(large["hand"].flow(4, 5)[0][:, 80, 0]) < 0.05


def test_an_open_shutter_blurs_along_the_motion_and_not_across_it() -> None:
    layer = (Layer(np.random.default_rng(1).uniform(0, 255, (90, 160, 3)).astype(np.float32), moving(x=8)),)
    sharp, blurred = (clip_of("pan", layer, (90, 160), 2, shutter).frames[1].astype(float) for shutter in (0, 0.5))
    along, across = (np.abs(np.diff(blurred, axis=axis)).mean() / np.abs(np.diff(sharp, axis=axis)).mean()
                     for axis in (1, 0))
    assert along < 0.8 * across


def test_measured_motion_comes_near_the_exact_one(made: dict[str, Clip]) -> None:
    frames = made["pan"].frames
    measured, exact = measured_take("pan", frames), exact_take(made["pan"])
    field, seen = measured.motion(3, 4)
    known, _ = exact.motion(3, 4)
    assert float((field - known).square().sum(dim=1).sqrt()[seen[:, 0]].median()) < 0.2


def test_noise_adds_its_variance_to_the_error_of_a_still_scene(made: dict[str, Clip]) -> None:
    take = exact_take(made["noise"])
    deviation = 3.0 / 255
    assert abs(warping_error(take.frames, take, 1) / (2 * deviation**2) - 1) < 0.1


def test_a_cut_shares_nothing_and_is_left_out(made: dict[str, Clip]) -> None:
    _, seen = exact_take(made["cut"]).motion(5, 6)
    assert not bool(seen.any())
    assert np.isnan(warping_error(made["cut"].frames[5:7], Take("cut", made["cut"].frames[5:7],
                                                              lambda a, b: made_pair(made, a, b), exact=True), 1))


def made_pair(made: dict[str, Clip], start: int, end: int):
    return exact_take(made["cut"]).motion(start + 5, end + 5)


def test_a_trail_is_left_behind_and_the_frames_themselves_and_strokes_that_come_back_are_not(
        made: dict[str, Clip]) -> None:
    take = exact_take(made["crossing"])
    held = [take.frames[0], take.frames[0], *take.frames[:-2]]
    assert left_behind(take.frames, take.frames, take) == 0
    half = [np.asarray((frame // 2 + now // 2), np.uint8) for frame, now in zip(held, take.frames, strict=True)]
    smeared, faint = left_behind(held, take.frames, take), left_behind(half, take.frames, take)
    assert smeared is not None
    assert faint is not None
    assert smeared > 0.5
    assert 0.15 < faint < smeared
    random = np.random.default_rng(2)
    strokes = [np.clip(frame + random.normal(0, 25, frame.shape), 0, 255).astype(np.uint8) for frame in take.frames]
    returned = left_behind(strokes, take.frames, take)
    assert returned is not None
    assert returned < 0.05


def test_nothing_is_left_behind_where_nothing_is_uncovered(made: dict[str, Clip]) -> None:
    take = exact_take(made["noise"])
    assert left_behind(take.frames, take.frames, take) is None


def test_the_spectrum_shows_a_flicker_at_its_frequency_with_its_power() -> None:
    phase = np.sin(2 * np.pi * np.arange(16) * 3 / 16)
    frames = [np.full((8, 8, 3), round(128 + 40 * value), np.uint8) for value in phase]
    spectrum = spectrum_of(frames, np.ones((8, 8), np.bool_))
    assert int(spectrum.argmax()) == 2  # the third frequency; the mean is left out
    assert abs(spectrum[2] / ((40 / 255) ** 2 / 2) - 1) < 0.03


def test_still_places_are_all_of_a_still_scene_and_little_of_a_moving_one(made: dict[str, Clip]) -> None:
    assert still_places(exact_take(made["noise"])).all()
    assert not still_places(exact_take(made["pan"])).any()
    assert 0.3 < still_places(exact_take(made["crossing"])).mean() < 0.95


def test_the_patch_of_the_exposure_ramp_stays_as_it_is(made: dict[str, Clip]) -> None:
    frames = np.stack(made["exposure"].frames)
    rows, columns = patch(96, 160)
    assert not np.ptp(frames[:, rows, columns].astype(int), axis=0).any()
    outside = frames[:, 0, 0].astype(float).mean(axis=1)
    assert 1.15 < outside[-1] / outside[0] < 1.3


def test_the_report_holds_ratios_strips_and_spectra(made: dict[str, Clip], judge: Judge) -> None:
    take = exact_take(made["noise"])
    style = judge.features((texture(64, 64, 4) / 255).astype(np.float32))
    loud, quiet = noisy(made["noise"], 20), noisy(made["noise"], 5)
    rows = [Row("noise", "s", "balanced", mode, steadiness(take, frames, loud, judge, style), strip_of(frames))
            for mode, frames in (("off", loud), ("fast", quiet))]
    lines = told(rows)
    assert lines[0]["style"] == "s"
    assert lines[0]["style loss"] == rows[0].measured.style
    assert lines[0]["ratio lag 1"] == 1
    assert lines[0]["style ratio"] == 1
    assert isinstance(lines[1]["ratio lag 1"], float)
    assert lines[1]["ratio lag 1"] < 0.2
    document = html(rows, ["a note"])
    assert document.count("data:image/jpeg") == 2
    assert "<svg" in document
    assert "a note" in document


def steady(excess: dict[int, float], style: float) -> Steadiness:
    return Steadiness(excess, excess, 0.1, None, None, style)


def test_the_table_has_what_is_held_steady_beside_the_same_model_frame_by_frame_and_says_what_falls_short() -> None:
    strip = strip_of([np.full((9, 16, 3), level, np.uint8) for level in (0, 50, 100)])
    rows = [Row(clip, "s", model, mode, steady({1: lag_1, 8: 0.004}, style), strip)
            for clip, model, mode, lag_1, style in (
                ("pan", "balanced", "off", 0.002, 1.0), ("pan", "balanced", "fast", 0.001, 1.0),
                ("hand", "balanced", "off", 0.002, 1.0), ("hand", "balanced", "fast", 0.0008, 1.07),
                ("hand", "reference", "off", 1.0, 1.0))]
    header, lines = beside(rows[:4])
    assert header[:4] == ("clip", "lag 1 painted", "held", "share")
    assert lines == [["pan", "20.0", "10.0", "0.50", "40.0", "40.0", "1.00", "1.000", "1.000", "1.00", "0.100"],
                     ["hand", "20.0", "8.0", "0.40", "40.0", "40.0", "1.00", "1.000", "1.070", "1.07", "0.100"]]
    assert beside(rows)[1] == lines  # another model's own frames are no measure for this one's
    first, second, third = conclusions(rows)
    assert first == "ratio lag 1: 0.45 on the mean; above the 0.4 that is wanted: pan 0.50"
    assert second.endswith("pan 1.00, hand 1.00")
    assert third.endswith("hand 1.07")
    assert [len(line) for line in beside(rows[:1])[1]] == [11]  # nothing held steady: as it was painted
    sheets = strips(rows)
    assert list(sheets) == ["pan, s, balanced", "hand, s, balanced", "hand, s, reference"]
    one, two = (cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).shape
                for png in (sheets["hand, s, reference"], sheets["pan, s, balanced"]))
    assert two == (2 * one[0], *one[1:])


def test_what_could_not_be_measured_is_told_as_nothing(made: dict[str, Clip], judge: Judge) -> None:
    take = exact_take(made["cut"])  # no frames eight apart share a scene
    style = judge.features((texture(64, 64, 4) / 255).astype(np.float32))
    frames = list(made["cut"].frames)
    measured = replace(steadiness(take, frames, frames, judge, style), excess={1: 0.01, 8: float("nan")})
    line, = told([Row("cut", "s", "balanced", "off", measured, strip_of(frames))])
    assert line["excess lag 8"] is None
    assert line["ratio lag 8"] is None
    assert line["ratio lag 1"] == 1


def test_a_patch_that_changes_its_colour_drifts_and_one_that_does_not_does_not(made: dict[str, Clip]) -> None:
    frames = list(made["exposure"].frames)
    assert drift(frames) == 0
    assert abs(drift([*frames[:-1], frames[-1] - np.uint8(10)]) - 10 / 255) < 1e-6
    assert exact_take(made["exposure"]).constant
    assert not exact_take(made["noise"]).constant


class Counting(IdentityEngine):
    """Gives pictures back, and counts them."""

    pictures = 0

    def stylize(self, images, looks, statistics=None):
        self.pictures += len(images)
        return super().stylize(images, looks, statistics)


def test_an_evaluation_that_was_interrupted_goes_on_where_it_was(made: dict[str, Clip], judge: Judge,
                                                                 tmp_path: Path) -> None:
    style = Sample("s", (texture(64, 64, 4) / 255).astype(np.float32))
    engine = Counting()
    takes = [exact_take(made[name]) for name in ("crossing", "noise")]

    def evaluated(settings: str, some: list[Take]) -> list[Row]:
        return evaluate_films(some, [style], [Candidate("none", engine, engine)], judge, modes=("off", "fast"),
                              folder=RowFolder(tmp_path / "rows", settings))

    first = evaluated("a", takes[:1])
    assert engine.pictures == 2 * 12
    rows = evaluated("a", takes)
    assert engine.pictures == 4 * 12
    assert told(rows)[:2] == told(first)
    assert rows[0].strip == first[0].strip
    assert rows[2].measured.spectrum is not None
    evaluated("other settings", takes)
    assert engine.pictures == 8 * 12
