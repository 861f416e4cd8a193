"""The loop: order, batches, errors from either end, threads that end, memory that is bounded."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from allaprima.engines import Engine, Look, Style
from allaprima.engines.identity import NOTHING, IdentityEngine
from allaprima.engines.looks import CODE_LENGTH
from allaprima.errors import SinkError, SourceError
from allaprima.frames import Frame
from allaprima.pipeline.loop.prefetch import Prefetch
from allaprima.pipeline.loop.queue import frame_bytes
from allaprima.pipeline.loop.run import run
from allaprima.pipeline.resizing import resized_frames
from allaprima.pipeline.stylizers.plain import Plain
from allaprima.pipeline.stylizers.stylizer import Stylizer
from list_sink import ListSink

LOOK = Look(Style("s", np.zeros(CODE_LENGTH, np.float32), (1, 1, 1, 1), "e"))


def frames(count: int, fail_at: int | None = None) -> Iterator[Frame]:
    for index in range(count):
        if index == fail_at:
            raise SourceError(f"frame {index} is broken")
        yield Frame(np.full((16, 16, 3), index % 256, np.uint8), None, 10 * index, 10, index)


class Doubling(IdentityEngine):
    """Doubles every pixel; remembers the sizes of its batches; fails when told to."""

    def __init__(self, fail: bool = False) -> None:
        self.sizes: list[int] = []
        self.fail = fail

    def stylize(self, images: np.ndarray, looks: Sequence[Look], statistics: object = None,
                ) -> tuple[np.ndarray, object]:
        if self.fail and len(self.sizes) == 2:
            raise MemoryError("no memory is left")
        assert len(looks) == len(images)
        self.sizes.append(len(images))
        return images * 2, NOTHING


def plain(engine: Engine) -> Stylizer:
    return Stylizer(Plain(engine))


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


@pytest.mark.parametrize("batch_size", [1, 3, 8])
def test_every_frame_arrives_once_in_order_with_its_time(batch_size: int) -> None:
    sink, engine = ListSink(), Doubling()
    report = run(frames(10), sink, plain(engine), lambda pts: LOOK, batch_size=batch_size)
    assert report.frames == 10
    assert [frame.index for frame in sink.frames] == list(range(10))
    assert [frame.pts for frame in sink.frames] == [10 * index for index in range(10)]
    assert [int(frame.image[0, 0, 0]) for frame in sink.frames] == [2 * index for index in range(10)]
    assert sum(engine.sizes) == 10  # the last batch is not padded: nothing is painted twice


def test_the_look_of_each_frame_is_asked_for_by_its_time() -> None:
    asked: list[int] = []
    run(frames(3), ListSink(), plain(Doubling()), lambda pts: asked.append(pts) or LOOK)
    assert asked == [0, 10, 20]


def test_an_error_of_the_source_comes_after_the_frames_before_it() -> None:
    sink = ListSink()
    seen: list[int] = []
    with pytest.raises(SourceError, match="frame 5"):
        run(frames(10, fail_at=5), sink, plain(Doubling()), lambda pts: LOOK, on_frames=seen.append)
    assert sum(seen) == 5


def test_an_error_of_the_engine_ends_the_run() -> None:
    with pytest.raises(MemoryError):
        run(frames(10), ListSink(), plain(Doubling(fail=True)), lambda pts: LOOK)


@pytest.mark.parametrize("fail_at", [0, 4, 9])
def test_an_error_of_the_sink_ends_the_run(fail_at: int) -> None:
    sink = ListSink(fail_at=fail_at)
    with pytest.raises(SinkError, match="full"):
        run(frames(10), sink, plain(Doubling()), lambda pts: LOOK)
    assert [frame.index for frame in sink.frames] == list(range(fail_at))


def test_an_interruption_still_writes_the_frames_that_were_finished() -> None:
    class Interrupting(Doubling):
        def stylize(self, images: np.ndarray, looks: Sequence[Look], statistics: object = None,
                    ) -> tuple[np.ndarray, object]:
            if len(self.sizes) == 4:
                raise KeyboardInterrupt
            return super().stylize(images, looks, statistics)

    sink = ListSink(seconds=0.02)
    with pytest.raises(KeyboardInterrupt):
        run(frames(10), sink, plain(Interrupting()), lambda pts: LOOK)
    assert [frame.index for frame in sink.frames] == [0, 1, 2, 3]


def test_a_slow_reader_does_not_let_frames_pile_up() -> None:
    handed_out = 0

    def counted() -> Iterator[Frame]:
        nonlocal handed_out
        for frame in frames(50):
            handed_out += 1
            yield frame

    size = frame_bytes(next(frames(1)))
    with Prefetch(counted(), bytes_ahead=3 * size) as ahead:
        taken = iter(ahead)
        next(taken)
        time.sleep(0.05)
        assert handed_out <= 1 + 3 + 1  # taken, waiting, and one in the hand of the thread


def test_frames_are_resized_with_their_alpha() -> None:
    frame = Frame(np.zeros((20, 40, 3), np.uint16), np.full((20, 40), 65535, np.uint16), 0, None, 0)
    [resized] = resized_frames([frame], 10, 5)
    assert resized.image.shape == (5, 10, 3)
    assert resized.alpha is not None
    assert resized.alpha.shape == (5, 10)
    assert resized.alpha.min() == 65535
