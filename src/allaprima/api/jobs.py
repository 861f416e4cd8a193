"""Whole pictures, films, numbered frames and cameras painted in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.api.asked import asked_for
from allaprima.api.files import Source, Target, readable, writable
from allaprima.config import ImageOptions, LiveOptions, SequenceOptions, StyleOptions, VideoOptions
from allaprima.errors import Interrupted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from allaprima.api.model import Model
    from allaprima.engines import Style
    from allaprima.pipeline.jobs.films import FilmReport
    from allaprima.pipeline.jobs.sequences import SequenceReport
    from allaprima.pipeline.jobs.stills import StillReport
    from allaprima.pipeline.live.report import LiveReport
    from allaprima.pipeline.looks.tracks import Track


def stylize_image(source: Source, style: Style | Track, output: Target, model: Model, *, strength: float | None = None,
                  photoreal: float = StyleOptions.photoreal,
                  options: ImageOptions = ImageOptions(),  # noqa: B008  an immutable value
                  suffix: str = ".png") -> StillReport:
    """Paints a picture in that style; gives back what became of it.

    source: a path, a file's content, or an open file. output: a path, whose suffix names the format, or an open file,
    whose format ``suffix`` names. style: one of ``load_style``, or a track of ``load_track``, which has a strength of
    its own: one beside it is refused. photoreal: 0 to 1, how far only light and colours change; a track has its own.
    """
    from allaprima.pipeline.jobs.stills import paint_still

    look = asked_for(style, strength, photoreal=photoreal)
    with readable(source) as path, writable(output, suffix) as target:
        return paint_still(path, target, model.engine, look, options)


def stylize_video(source: Source, style: Style | Track, output: Target, model: Model, *, strength: float | None = None,
                  photoreal: float = StyleOptions.photoreal,
                  options: VideoOptions = VideoOptions(),  # noqa: B008  an immutable value
                  suffix: str = ".mp4", on_start: Callable[[int | None], None] | None = None,
                  on_frames: Callable[[int], None] | None = None,
                  should_stop: Callable[[], bool] | None = None) -> FilmReport:
    """Paints a film in that style, sound and timing kept; gives back what became of it.

    source, style, output, suffix: as for ``stylize_image``. on_start: told how many frames will come, None where nobody
    knows. on_frames: told how many have just been painted. should_stop: asked before every batch; where it says so
    ``Interrupted`` is raised. Ctrl-C stays ``KeyboardInterrupt``, with an ``Interrupted`` as its cause. Both say where
    what was finished is; with ``options`` that resume, the next call goes on from there.
    """
    from allaprima.pipeline.jobs.films import paint_film

    look = asked_for(style, strength, photoreal=photoreal)
    with readable(source) as path, writable(output, suffix) as target:
        return paint_film(path, target, model.engine, look, options, on_start, on_frames, should_stop)


def stylize_sequence(pattern: str | Path, style: Style | Track, output: str | Path, model: Model, *,
                     strength: float | None = None, photoreal: float = StyleOptions.photoreal,
                     options: SequenceOptions = SequenceOptions(),  # noqa: B008  an immutable value
                     on_start: Callable[[int | None], None] | None = None,
                     on_frames: Callable[[int], None] | None = None,
                     should_stop: Callable[[], bool] | None = None) -> SequenceReport:
    """Paints numbered frames, ``shot.%04d.png`` into ``out.%04d.png``; gives back what became of them.

    The rest is as for ``stylize_video``.
    """
    from allaprima.pipeline.jobs.sequences import paint_sequence

    look = asked_for(style, strength, photoreal=photoreal)
    return paint_sequence(Path(pattern), Path(output), model.engine, look, options, on_start, on_frames, should_stop)


def stylize_camera(camera: str, styles: Sequence[str | Path], models: Model | Sequence[Model], *,
                   strength: float = StyleOptions.strength, style_scale: float = StyleOptions.style_scale,
                   options: LiveOptions = LiveOptions(),  # noqa: B008  an immutable value
                   record: str | Path | None = None,
                   on_picture: Callable[[NDArray[np.uint8]], None] | None = None,
                   should_stop: Callable[[], bool] = lambda: False) -> LiveReport:
    """Paints a camera live, newest frame first, until it ends or is stopped; gives back what was done.

    camera: a number, a device, a stream's URL, or a film. styles: names and folders, as the command line takes them;
    the first is painted in. models: networks that may paint, the best first: latency and rate are held by choosing
    among them. record: a film to write. on_picture: given every painted picture (H, W, 3), RGB, as it comes.
    should_stop: asked with every picture, and while none comes. Raises SourceError where the camera is lost.
    """
    from allaprima.pipeline.live.stage import perform

    chosen = [models] if not isinstance(models, Sequence) else list(models)
    report, ending = perform(camera, [str(style) for style in styles], [model.engine for model in chosen],
                             StyleOptions(strength, style_scale), options, on_picture=on_picture,
                             should_stop=should_stop, record=None if record is None else Path(record))
    if isinstance(ending, Interrupted):
        raise KeyboardInterrupt from ending
    if ending is not None:
        raise ending
    return report
