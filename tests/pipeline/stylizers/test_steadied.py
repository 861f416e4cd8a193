"""Films held steady in the loop: shots, statistics, blending, and the errors that still end a run cleanly."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping

import cv2
import numpy as np
import pytest

from allaprima.engines import Look, Statistics
from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.frames import Frame
from allaprima.pipeline.loop.batching import batched
from allaprima.pipeline.loop.run import run
from allaprima.pipeline.loop.shot_marks import ShotMarks
from allaprima.pipeline.stylizers.holding import Holding
from allaprima.pipeline.stylizers.plain import Plain
from allaprima.pipeline.stylizers.steadied import Steadied, pooled_by_shot
from allaprima.pipeline.stylizers.stylizer import Stylizer
from allaprima.runtimes.calls import Moments
from allaprima.temporal.blend import Stabilizer
from allaprima.temporal.flow import single_threaded
from list_sink import ListSink
from normalizing import LOOK, Normalizing
from temporal_scenes import clips, texture

CUT = 12


def film(start: int = 0, end: int = 2 * CUT, fail_at: int | None = None) -> Iterator[Frame]:
    frames = clips(count=2 * CUT)["cut"].frames
    for index in range(start, end):
        if index == fail_at:
            raise SourceError(f"frame {index} is broken")
        yield Frame(frames[index], None, index, 1, index)


def steadied(pooled: Mapping[int, Moments] | None = None,
             stability_at: Callable[[int], float] | None = None) -> Stylizer:
    return Stylizer(Steadied(Normalizing(), pooled or {}), Holding(Stabilizer(), stability_at))


PLAIN = Stylizer(Plain(Normalizing()))


def painted(frames: Iterator[Frame], stylizer: Stylizer, batch_size: int = 1, first: int = 0,
            look_at: Callable[[int], Look] = lambda pts: LOOK) -> dict[int, np.ndarray]:
    sink = ListSink()
    run(frames, sink, stylizer, look_at, batch_size=batch_size, first=first)
    return {frame.index: frame.image for frame in sink.frames}


def alone(index: int, statistics: Statistics | None = None) -> np.ndarray:
    return Normalizing().stylize(next(film(index)).image[None], [LOOK], statistics)[0][0]


def test_batches_never_cross_a_cut_and_lose_no_frame() -> None:
    marks = ShotMarks(film())
    sizes = [[frame.index for frame in batch] for batch in batched(marks, 5, marks.begins)]
    assert sizes == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11], [12, 13, 14, 15, 16], [17, 18, 19, 20, 21], [22, 23]]


def test_a_gap_in_the_frames_begins_a_shot() -> None:
    picture = texture(90, 160, 1)
    marks = ShotMarks(Frame(picture, None, index, 1, index) for index in (0, 1, 5, 6))
    assert [frame.index for frame in marks if marks.begins(frame)] == [5]


@pytest.mark.parametrize("batch_size", [1, 4])
def test_the_first_frame_after_a_cut_is_the_frame_painted_alone(batch_size: int) -> None:
    shown = painted(film(), steadied(), batch_size)
    assert sorted(shown) == list(range(2 * CUT))
    assert np.array_equal(shown[CUT], alone(CUT))
    assert np.array_equal(shown[0], alone(0))
    assert not np.array_equal(shown[CUT + 2], alone(CUT + 2))


def test_pooled_statistics_are_those_of_the_shot_and_its_first_frame_uses_them() -> None:
    pooled = pooled_by_shot(film(), Normalizing(), lambda pts: LOOK, 1)
    assert sorted(pooled) == [0, CUT]
    shown = painted(film(), steadied(pooled))
    assert np.array_equal(shown[CUT], alone(CUT, Statistics(pooled[CUT])))
    wide = np.stack([frame.image for frame in film(CUT)])[::4].astype(np.float32)
    np.testing.assert_allclose(pooled[CUT].mean[0], wide.mean(axis=(0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(pooled[CUT].variance[0], wide.var(axis=(0, 1, 2)), rtol=1e-3)


@pytest.mark.parametrize("batch_size", [1, 3])
def test_starting_in_the_middle_gives_the_whole_runs_frames_from_the_next_cut_on(batch_size: int) -> None:
    whole = painted(film(), steadied(), batch_size)
    late = painted(film(start=7), steadied(), batch_size)
    assert all(np.array_equal(whole[index], late[index]) for index in range(CUT, 2 * CUT))


def test_frames_before_the_first_wanted_one_are_painted_and_not_written() -> None:
    whole = painted(film(), steadied())
    rest = painted(film(), steadied(), first=5)
    assert sorted(rest) == list(range(5, 2 * CUT))
    assert all(np.array_equal(whole[index], rest[index]) for index in rest)


def test_the_exposure_of_a_shot_does_not_change_what_stays_as_bright() -> None:
    frames = clips(180, 320, 24)["exposure"].frames
    stream = [Frame(frame, None, index, 1, index) for index, frame in enumerate(frames)]
    pooled = pooled_by_shot(stream, Normalizing(), lambda pts: LOOK, 1)
    shown = painted(iter(stream), steadied(pooled))
    middles = np.stack([shown[index][85:95, 155:165].mean(axis=(0, 1)) for index in shown])
    assert float(np.ptp(middles, axis=0).max()) <= 0.02 * 255
    single = painted(iter(stream), PLAIN)
    loose = np.stack([single[index][85:95, 155:165].mean(axis=(0, 1)) for index in single])
    assert float(np.ptp(loose, axis=0).max()) > 0.02 * 255


def moving_look(step: float) -> Callable[[int], Look]:
    return lambda pts: Look(LOOK.style, min(1.0, step * pts))


def test_a_look_that_moves_slowly_is_held_steady_too() -> None:
    alone_frames = painted(film(), PLAIN, look_at=moving_look(0.005))
    shown = painted(film(), steadied(), look_at=moving_look(0.005))
    assert any(not np.array_equal(shown[index], alone_frames[index]) for index in range(2, CUT))


def test_an_equal_look_is_the_same_look() -> None:
    shown = painted(film(), steadied(), look_at=lambda pts: Look(LOOK.style, 1.0))
    constant = painted(film(), steadied())
    assert all(np.array_equal(shown[index], constant[index]) for index in shown)


def test_another_look_begins_with_nothing_remembered() -> None:
    shown = painted(film(), steadied(), look_at=lambda pts: Look(LOOK.style, 0.1 if pts < 6 else 0.9))
    assert np.array_equal(shown[6], alone(6))


def test_an_error_of_the_source_arrives_after_the_frames_before_it() -> None:
    sink = ListSink()
    with pytest.raises(SourceError, match="frame 15"):
        run(film(fail_at=15), sink, steadied(), lambda pts: LOOK)
    assert [frame.index for frame in sink.frames] == list(range(len(sink.frames)))


def test_an_error_of_the_sink_ends_the_run() -> None:
    with pytest.raises(SinkError, match="the disk is full"):
        run(film(), ListSink(fail_at=3), steadied(), lambda pts: LOOK)


def test_an_error_of_holding_steady_ends_the_run_and_its_thread() -> None:
    def stability_at(pts: int) -> float:
        if pts == 4:
            raise OptionError("no stability there")
        return 0.8

    sink, threads, before = ListSink(), cv2.getNumThreads(), threading.active_count()
    with pytest.raises(OptionError, match="no stability there"):
        run(film(), sink, steadied(stability_at=stability_at), lambda pts: LOOK)
    assert [frame.index for frame in sink.frames] == list(range(len(sink.frames)))
    assert cv2.getNumThreads() == threads
    assert threading.active_count() == before


@pytest.mark.parametrize("batch_size", [1, 2])
def test_frames_steadied_beside_the_network_are_those_steadied_after_it(batch_size: int) -> None:
    moments = Moments(np.full((1, 3), 120.0), np.full((1, 3), 900.0))
    shown = painted(film(end=CUT), steadied({0: moments}), batch_size)
    contents, statistics = np.stack([frame.image for frame in film(end=CUT)]), Statistics(moments)
    with single_threaded():
        after, _ = Stabilizer()(contents, Normalizing().stylize(contents, [LOOK], statistics)[0])
    assert all(np.array_equal(shown[index], after[index]) for index in range(CUT))


def test_a_picture_that_comes_up_from_the_dark_is_not_painted_too_bright() -> None:
    levels = [0.15] * 8 + [0.25, 0.4, 0.6, 0.8]
    stream = [Frame((texture(90, 160, 1) * level).astype(np.uint8), None, index, 1, index)
              for index, level in enumerate(levels)]
    shown = painted(iter(stream), steadied())
    assert max(shown[index].mean() for index in shown) < 160  # 194 by the moments of the dark
