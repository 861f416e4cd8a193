"""Where a film's time goes: the core time of every stage of a frame, by the parts of a run, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from allaprima.config import VideoOptions
from allaprima.engines import Engine, Look, at_detail
from allaprima.frames import Frame, Planes
from allaprima.io.film.decoding import Decoding
from allaprima.io.film.encoding import EncoderSettings, settings_for
from allaprima.io.film.pixels import frame_of, frame_of_planes, integers_of
from allaprima.pipeline.jobs.film_frames import FilmSizes, open_film
from allaprima.pipeline.looks.brush import working_height
from allaprima.pipeline.loop.batching import batched
from allaprima.pipeline.stylizers.state import State
from allaprima.pipeline.stylizers.stylizer import Stylizer, stylizer_for
from allaprima.pipeline.working import made_large, working_size
from allaprima.runtimes.calls import Batch
from allaprima.temporal.flow import single_threaded

FRAMES = 48
WARMING = 4   # batches that compile what the others are painted with
STAGES = ("decode", "shrink", "network", "steadying", "upsampling", "conversion", "encode")


@dataclass(frozen=True, slots=True)
class StageSpeed:
    """Core milliseconds a frame, by stage, with the default settings; lines: the height that is painted.

    shrink: of films that are painted at their own size, the conversion to RGB.
    """

    model: str
    width: int
    height: int
    lines: int
    frames: int
    core_ms: dict[str, float]

    @property
    def total_ms(self) -> float:
        """Of all stages."""
        return sum(self.core_ms.values())


@dataclass(frozen=True, slots=True)
class Tally:
    """Core seconds by stage."""

    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Counts what is done within to that stage."""
        started = time.process_time()
        yield
        self.seconds[stage] += time.process_time() - started


def stage_speed(film: Path, engine: Engine, look: Look, width: int, height: int) -> StageSpeed:
    """The stages of the film's first frames at that size, steadied, as H.264."""
    options, tally = VideoOptions(), Tally()
    detailed = at_detail(engine, working_height(options.detail, look))
    with open_film(film, options) as source:
        encoder = settings_for(source.info, (width, height), options.codec, options.crf, options.pix_fmt)
        sizes = FilmSizes(width, height, working_size(detailed, look, width, height),
                          encoder.color if encoder.pix_fmt == "yuv420p" else None)
        with tally.of("decode"), Decoding(film, options.max_pixels) as decoding:
            for _ in islice(decoding.frames(), FRAMES):
                pass
        with tally.of("shrink"):
            frames = list(islice(sizes.frames(source), FRAMES))
    tally.seconds["shrink"] -= tally.seconds["decode"]
    encode(tally, painted(tally, frames, detailed, look, options), encoder)
    return StageSpeed(engine.name, width, height, min(frames[0].image.shape[:2]), len(frames),
                      {stage: seconds / len(frames) * 1e3 for stage, seconds in tally.seconds.items()})


def painted(tally: Tally, frames: Sequence[Frame], engine: Engine, look: Look, options: VideoOptions) -> list[Frame]:
    """The frames painted, held steady and made large."""
    stylizer, state, done = stylizer_for(options.temporal, engine, options.stability), State(), list[Frame]()
    batches = list(batched(frames, engine.batch_size))
    with single_threaded():
        for batch in batches[:WARMING]:
            state = steps(Tally(), stylizer, batch, look, state)[1]
        state = State()
        for batch in batches:
            images, state = steps(tally, stylizer, batch, look, state)
            with tally.of("upsampling"):
                done += [made_large(replace(frame, image=image)) for frame, image in zip(batch, images, strict=True)]
    return done


def steps(tally: Tally, stylizer: Stylizer, batch: Sequence[Frame], look: Look, state: State) -> tuple[Batch, State]:
    """Both halves of a stylizer's call, each counted."""
    with tally.of("network"):
        begun = stylizer.begin(batch, [look] * len(batch), ["none"] * len(batch), state.painting)
    with tally.of("steadying"):
        return stylizer.finish(begun, state)


def encode(tally: Tally, frames: Sequence[Frame], settings: EncoderSettings) -> None:
    """Converts and encodes the frames."""
    from av.video.reformatter import VideoReformatter

    encoder, converter = settings.open(), VideoReformatter()
    for number, frame in enumerate(frames):
        with tally.of("conversion"):
            picture = (frame_of_planes(frame.full, settings.color) if isinstance(frame.full, Planes) else
                       frame_of(integers_of(frame.image), None, settings.color, settings.pix_fmt, converter))
        picture.pts, picture.time_base = number, settings.time_base
        with tally.of("encode"):
            encoder.encode(picture)
    with tally.of("encode"):
        encoder.encode(None)
