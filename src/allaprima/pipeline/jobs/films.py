"""A film: read, painted frame by frame, written with its sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from allaprima.config import VideoOptions
from allaprima.engines import Engine, Look
from allaprima.errors import Interrupted
from allaprima.io.film.report import SinkReport, SourceReport
from allaprima.io.film.sink import VideoSink
from allaprima.io.sequence.manifests import file_hash
from allaprima.loops.forms import kept_to
from allaprima.pipeline.jobs.film_frames import FilmSizes
from allaprima.pipeline.jobs.film_work import begun_before, clock_of, open_work
from allaprima.pipeline.looks.files import files_of
from allaprima.pipeline.looks.looking import looks_on
from allaprima.pipeline.looks.tracks import Track
from allaprima.pipeline.loop.run import RunReport, run
from allaprima.pipeline.loop.shot_marks import shot_starts
from allaprima.pipeline.stylizers.state import from_arrays
from allaprima.pipeline.stylizers.steadied import pooled_by_shot


@dataclass(frozen=True, slots=True)
class FilmReport:
    """What became of one film: how it was read, painted and written; hashes are in hexadecimal.

    done_before: it was finished by an earlier run, which this one was to resume.
    """

    output: Path
    input_sha256: str | None
    source: SourceReport
    sink: SinkReport
    run: RunReport
    done_before: bool = False
    notes: tuple[str, ...] = ()


def paint_film(path: Path, output: Path, engine: Engine, look: Look | Track,
               options: VideoOptions = VideoOptions(),  # noqa: B008  an immutable value
               on_start: Callable[[int | None], None] | None = None,
               on_frames: Callable[[int], None] | None = None,
               should_stop: Callable[[], bool] | None = None) -> FilmReport:
    """Paints the film at ``path`` into ``output``; gives back what became of it.

    look: of every frame, or a track of looks over time, whose seconds and frames count from the film's beginning.
    on_start: told how many frames will come, where that is known. on_frames: told of frames as they are painted.
    should_stop: asked now and then; where it says so ``Interrupted`` is raised. Ctrl-C stays ``KeyboardInterrupt``,
    with an ``Interrupted`` as its cause. Both say where what was finished is; other errors leave nothing under the
    name.
    """
    work = open_work(path, engine, look, options, begun_before(output, options))
    source = work.source
    sink = VideoSink(output, source, inputs=files_of(look), width=work.width, height=work.height, codec=options.codec,
                     crf=options.crf, pix_fmt=options.pix_fmt, audio=options.audio, overwrite=options.overwrite,
                     resume=options.resume, run_settings=work.run_settings, segment_frames=work.segment_frames,
                     back=None if work.colors is None else work.colors.back)
    if sink.finished:
        return FilmReport(output, file_hash(path), source.report, sink.report, RunReport(0, 0, 0, 0, 0),
                          done_before=True)
    if on_start is not None:
        on_start(source.info.frame_count)
    sizes = work.sizes(sink.planes)
    try:
        with kept_to(work.by_loops, output):
            # Matched colours take a pass over the film: after the output has been checked; Ctrl-C ends it as any other.
            look_at = looks_on(look, clock_of(source), source, whole=options.start is None and options.end is None,
                               shown=work.shown)
            with source, sink:
                stylizer = work.stylizer(lambda: pooled_by_shot(
                    sizes.frames_of(path, options), work.engine, look_at, options.batch_size or work.engine.batch_size))
                state = None if sink.remembered is None else from_arrays(sink.remembered)
                source.skip(sink.frames_kept if state is not None or not stylizer.remembers
                            else shot_before(path, sink.frames_kept, options, sizes))
                done = run(sizes.frames(source), sink, stylizer, look_at, batch_size=options.batch_size,
                           on_frames=on_frames, should_stop=should_stop, first=sink.frames_kept, state=state)
    except KeyboardInterrupt as interrupt:
        raise interrupt from interrupted(sink, output)
    except Interrupted:
        raise interrupted(sink, output) from None
    return FilmReport(output, file_hash(path), source.report, sink.report, done,
                      notes=() if work.colors is None else (work.colors.transferred.note,))


def shot_before(path: Path, index: int, options: VideoOptions, sizes: FilmSizes) -> int:
    """Where the shot of that frame begins: painting starts there again for what is remembered of its frames."""
    if index == 0:
        return 0
    return shot_starts(islice(sizes.frames_of(path, options), index + 1))[-1]


def interrupted(sink: VideoSink, output: Path) -> Interrupted:
    """What to tell someone who ended a run before it was done."""
    kept = sink.partial_path or sink.parts_path
    if kept is None:
        return Interrupted(f"interrupted before anything of {output} was finished")
    return Interrupted(f"interrupted: the frames finished so far are in {kept}",
                       "run the same command with --resume to go on from there")
