"""How long painting a whole film takes: excerpts of it painted as the run would paint it, and timed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from allaprima.config import VideoOptions
from allaprima.engines import Engine, Look
from allaprima.errors import Interrupted
from allaprima.frames import StreamInfo
from allaprima.io.film.encoding import EDITING
from allaprima.pipeline.jobs.film_frames import FilmSizes
from allaprima.pipeline.jobs.films import paint_film
from allaprima.pipeline.looks.tracks import Track
from allaprima.pipeline.loop.shot_marks import shot_starts
from allaprima.pipeline.stylizers.optimised import Continuing

SHORT_FRAMES, LONG_FRAMES = 8, 40
"""Of two excerpts from the same place: what the longer takes more is the work of its frames alone."""
PLACES = (Fraction(1, 5), Fraction(7, 10))  # where long excerpts begin, as parts of the film: it may move more later
OPTIMISED_FRAMES = 3   # of minutes each; a shot's first one takes the most
COPY = (160, 90)        # pixels of the copies in which shots are counted
USUAL_RATE = Fraction(25)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """An excerpt's frames, the seconds that it took, and the moments at which its frames were painted."""

    frames: int
    seconds: float
    moments: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Timer:
    """Paints excerpts of one film as a run with these options would, into a folder of its own."""

    path: Path
    engine: Engine
    look: Look | Track
    options: VideoOptions
    folder: Path
    on_frames: Callable[[int], None] | None = None

    def timed(self, start: Fraction, length: Fraction) -> Excerpt:
        """The time that an excerpt takes, opening, encoding and joining included."""
        wanted = replace(self.options, start=start, end=start + length, overwrite=True, resume=False, strict=False)
        began = time.perf_counter()
        moments: list[float] = []

        def painted(count: int) -> None:
            moments.extend([time.perf_counter() - began] * count)
            if self.on_frames is not None:
                self.on_frames(count)

        output = self.folder / f"excerpt{'.mov' if wanted.codec in EDITING else '.mkv'}"
        report = paint_film(self.path, output, self.engine, self.look, wanted, on_frames=painted)
        return Excerpt(report.run.frames, time.perf_counter() - began, tuple(moments))


def frames_timed(engine: Engine, count: int) -> int:
    """How many frames of excerpts are painted to predict the time of a film of that many, about."""
    if isinstance(engine, Continuing):
        return min(count, OPTIMISED_FRAMES)
    return min(count, SHORT_FRAMES) + count if count <= 2 * LONG_FRAMES else SHORT_FRAMES + len(PLACES) * LONG_FRAMES


def predicted_seconds(path: Path, engine: Engine, look: Look | Track, options: VideoOptions, info: StreamInfo,
                      count: int, on_frames: Callable[[int], None] | None = None) -> float:
    """The seconds that painting the film of that many frames takes, from opening its file to its finished output.

    Excerpts are painted with all that a run does: steadying, first passes, decoding, encoding. What is prepared once,
    the network, is taken to be prepared already where it was; the caller knows what that took. on_frames: told of
    frames as they are painted. Ctrl-C stays ``KeyboardInterrupt``, with an ``Interrupted`` as its cause.
    """
    rate = info.frame_rate or USUAL_RATE
    begin = options.start or Fraction(0)
    with tempfile.TemporaryDirectory(prefix="allaprima-preview-") as folder:
        timer = Timer(path, engine, look, options, Path(folder), on_frames)
        try:
            if isinstance(engine, Continuing):
                return optimised_seconds(timer, begin, rate, count)
            return steady_seconds(timer, begin, rate, count)
        except KeyboardInterrupt as interrupt:
            raise interrupt from Interrupted("interrupted: no preview was written")


def steady_seconds(timer: Timer, begin: Fraction, rate: Fraction, count: int) -> float:
    """What opening and ending the film take, and as many times as it has frames what one frame takes."""
    if count <= 2 * LONG_FRAMES:
        timer.timed(begin, SHORT_FRAMES / rate)  # compiles
        return timer.timed(begin, count / rate).seconds
    starts = [begin + place * count / rate for place in PLACES]
    short = timer.timed(starts[0], SHORT_FRAMES / rate)
    longs = [timer.timed(start, LONG_FRAMES / rate) for start in starts]
    each = [(long.seconds - short.seconds) / max(1, long.frames - short.frames) for long in longs]
    frame = max(sum(each) / len(each), 0.0)
    return max(short.seconds - short.frames * frame, 0) + count * frame


def optimised_seconds(timer: Timer, begin: Fraction, rate: Fraction, count: int) -> float:
    """The time of an optimised film: more for the first frame of every shot, less for those that follow."""
    excerpt = timer.timed(begin, OPTIMISED_FRAMES / rate)
    first, last = excerpt.moments[0], excerpt.moments[-1]
    following = (last - first) / (len(excerpt.moments) - 1) if len(excerpt.moments) > 1 else first
    shots = len(shot_starts(FilmSizes(*COPY).frames_of(timer.path, timer.options)))
    return shots * first + (count - shots) * following
