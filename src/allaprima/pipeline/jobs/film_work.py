"""A film with all that is to be done to it: what a run over the whole of it and a run over a part of it share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from allaprima.config import VideoOptions
from allaprima.curves import Clock
from allaprima.engines import Engine, Look, at_detail
from allaprima.frames import ColorTags, Frame
from allaprima.io.film.encoding import settings_for, size_for
from allaprima.io.film.parts_folder import PartsFolder, parts_beside
from allaprima.io.film.segment_encoder import SEGMENT_FRAMES, SLOW_SEGMENT_FRAMES, Encoded
from allaprima.io.film.source import VideoSource
from allaprima.loops.forms import recorded_form, settings_of_form
from allaprima.pipeline.jobs.film_colors import FilmColors, film_colors
from allaprima.pipeline.jobs.film_frames import FilmSizes, open_film
from allaprima.pipeline.jobs.settings import form_for, settings_of
from allaprima.pipeline.looks.brush import working_height
from allaprima.pipeline.looks.looking import stability_on
from allaprima.pipeline.looks.tracks import Track
from allaprima.pipeline.stylizers.optimised import Continuing
from allaprima.pipeline.stylizers.stylizer import Stylizer, stylizer_for
from allaprima.pipeline.working import working_size
from allaprima.runtimes.calls import Moments


@dataclass(frozen=True, slots=True)
class FilmWork:
    """A film, opened, and what is to be done to it.

    engine: at the working height that was asked for. width, height: of the result. colors: of a film whose colour space
    is named. by_loops: whether compiled loops find motion and hold steady.
    """

    path: Path
    source: VideoSource
    engine: Engine
    look: Look | Track
    options: VideoOptions
    width: int
    height: int
    colors: FilmColors | None
    by_loops: bool = False

    @property
    def run_settings(self) -> dict[str, str]:
        """All that changes pixels, by name."""
        options = self.options
        return {**settings_of(self.engine, self.look, options.size, options.temporal, options.stability),
                **({} if self.colors is None else self.colors.transferred.settings),
                **settings_of_form(self.by_loops)}

    def shown(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The film's frames as a network sees them, at whatever size they come."""
        return frames if self.colors is None else self.colors.shown(frames)

    @property
    def segment_frames(self) -> int:
        """The most frames of a segment: fewer where each takes minutes."""
        return SLOW_SEGMENT_FRAMES if isinstance(self.engine, Continuing) else SEGMENT_FRAMES

    def encoded(self, output: Path) -> Encoded:
        """How the result's pictures are encoded, wherever that is done."""
        options, info = self.options, self.source.info
        size = self.width, self.height
        settings = settings_for(info, size, options.codec, options.crf, options.pix_fmt)
        return Encoded(settings, size, info.has_alpha, self.source, None if self.colors is None else self.colors.back,
                       self.segment_frames, output)

    def sizes(self, planes: ColorTags | None) -> FilmSizes:
        """The sizes that it is painted at. planes: see ``FilmSizes``."""
        if self.colors is not None:
            return FilmSizes(self.width, self.height, colors=self.colors)
        return FilmSizes(self.width, self.height, working_size(self.engine, self.look, self.width, self.height), planes)

    def stylizer(self, first_pass: Callable[[], Mapping[int, Moments]]) -> Stylizer:
        """How it is painted over time. first_pass: finds the moments of every shot."""
        return stylizer_for(self.options.temporal, self.engine, self.options.stability,
                            stability_at=stability_on(self.look, clock_of(self.source)), first_pass=first_pass)


def open_work(path: Path, engine: Engine, look: Look | Track, options: VideoOptions,
              begun: Mapping[str, str] | None = None) -> FilmWork:
    """The film at ``path``, opened to be painted; raises what opening and the options' checks raise.

    begun: the settings of the run that this one goes on with, or paints a part of; None where it is one of its own.
    """
    engine = at_detail(engine, working_height(options.detail, look))
    colors = film_colors(options.management)
    source = open_film(path, options)
    width, height = size_for(source.info, options.size, options.codec, options.pix_fmt)
    by_loops = form_for(engine, look, options.temporal) if begun is None else recorded_form(begun)
    return FilmWork(path, source, engine, look, options, width, height, colors, by_loops)


def begun_before(output: Path, options: VideoOptions) -> Mapping[str, str] | None:
    """The settings of the unfinished film that is to be resumed; None where there is none, or it is not to be."""
    return PartsFolder(parts_beside(output)).settings if options.resume else None


def clock_of(source: VideoSource) -> Clock:
    """The clock of a film: time runs from its beginning, wherever reading starts."""
    return Clock(source.info.time_base, source.info.frame_rate, source.beginning)
