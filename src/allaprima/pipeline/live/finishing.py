"""The second half of a live frame, on a thread of its own: its motion, holding it steady, and the size shown.

While a frame is being finished the network paints the next one: two cores are worth two only so. No more than these
two frames are ever under way, and the next one is taken when the one before it waits for its finish alone. Motion on
a third thread was slower: all the passes over small fields then wait for each other's leave to run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.engines import Look, Statistics
from allaprima.frames import Frame
from allaprima.pipeline.live.fitting import enlarged
from allaprima.pipeline.live.painted import Asked, Painted, as_painted
from allaprima.pipeline.stylizers.state import PaintState, State
from allaprima.pipeline.stylizers.stylizer import Begun, Stylizer
from allaprima.temporal.blend import BlendState
from allaprima.temporal.shots import Change

Rgb = NDArray[np.uint8]


class Finisher:
    """Finishes frames in their order; a context manager that ends its thread.

    size: width and height of the picture shown. show: given every picture, on that thread.
    """

    def __init__(self, size: tuple[int, int], show: Callable[[Painted], None]) -> None:
        self._size, self._show = size, show
        self._state = State()
        self._found: BlendState | None = None
        self._follow_seconds = 0.0
        self._before: Painted | None = None
        self._last_of_rung: Rgb | None = None
        self._following: Future[None] | None = None
        self._finishing: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hold")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._thread.shutdown()

    def follow(self, stylizer: Stylizer, frame: Frame, look: Look, change: Change, painting: PaintState | None, *,
               anew: bool) -> None:
        """Begins to follow a frame's motion, which needs nothing painted.

        painting: what painting remembers of the frame before. anew: whether nothing else is remembered of that.
        """
        def followed() -> None:
            started = time.perf_counter()
            if anew:
                self._state = State()
            self._found = stylizer.followed(frame, look, change, painting, self._state.shown)
            self._follow_seconds = time.perf_counter() - started

        self._following = self._thread.submit(followed)

    def finish(self, stylizer: Stylizer, begun: Begun, asked: Asked) -> None:
        """Begins to finish a painted frame once its motion has been followed; raises the error of one before it."""
        paint_seconds = time.perf_counter() - asked.begun

        def finished() -> None:
            started = time.perf_counter()
            images, self._state = stylizer.finish(begun, self._state, self._found)
            self._found = None
            small = np.asarray(images[0], np.uint8)
            picture = self._cross_faded(enlarged(small, *self._size), asked)
            ended = time.perf_counter()
            pace = max(paint_seconds, self._follow_seconds + ended - started)
            self._before = as_painted(asked, small, picture, statistics_in(begun.state),
                                      (ended - asked.begun) * 1e3, pace * 1e3)
            self._show(self._before)

        if self._following is not None:
            self._following.result()
        self.settle()
        self._finishing = self._thread.submit(finished)

    def settle(self) -> None:
        """Waits for all that was begun; raises the error that it met."""
        finishing, self._finishing = self._finishing, None
        if finishing is not None:
            finishing.result()

    def _cross_faded(self, picture: Rgb, asked: Asked) -> Rgb:
        """The picture, faded in over the last one of the rung before."""
        import cv2

        if self._before is not None and self._before.rung != asked.rung:
            self._last_of_rung = self._before.picture
        if asked.faded_in >= 1 or self._last_of_rung is None:
            return picture
        return np.asarray(cv2.addWeighted(picture, asked.faded_in, self._last_of_rung, 1 - asked.faded_in, 0), np.uint8)


def statistics_in(painting: PaintState | None) -> Statistics | None:
    """What a frame was normalised by; None where by its own."""
    return None if painting is None or painting.running is None else Statistics(painting.running.moments)
