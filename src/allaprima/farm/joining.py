"""The results of a plan's tasks, joined: nothing is encoded again, sound is muxed once, all is verified."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from allaprima.errors import SinkError, SourceError
from allaprima.farm.folder import FarmFolder, Record, numbers_of
from allaprima.farm.plan import Plan, Task, Work
from allaprima.io.film.report import SinkReport
from allaprima.io.film.sink import VideoSink
from allaprima.io.sequence.manifests import Manifest, file_hash
from allaprima.io.sequence.patterns import parsed_pattern
from allaprima.io.sequence.sequences import manifest_beside
from allaprima.pipeline.jobs.film_frames import open_film
from allaprima.pipeline.jobs.film_parts import times_sum


@dataclass(frozen=True, slots=True)
class JoinReport:
    """What became of one film: where it is, its frames, those lost of the input, the workers' seconds; its sink."""

    output: Path
    frames: int
    lost: int
    damaged: int
    seconds: float
    sink: SinkReport | None = None


def unfinished(plan: Plan, work: Work, digest: str | None = None) -> list[Task]:
    """The tasks of a film that are not done, or whose files are not what they were when they were."""
    folder = FarmFolder(plan, work, digest)
    return [task for task in plan.tasks_of(plan.works.index(work)) if folder.verified(task) is None]


def join(plan: Plan, work: Work, digest: str | None = None) -> JoinReport:
    """Joins a film's tasks to its output, or a sequence's manifests to one; raises SinkError where tasks are missing.

    Done once more, it finds the result and leaves it alone.
    """
    folder = FarmFolder(plan, work, digest)
    joined = None if work.numbered or folder.owner is not None else joined_film(plan, work)
    if joined is not None:
        return joined
    records: list[Record] = []
    missing = []
    for task in plan.tasks_of(plan.works.index(work)):
        record = folder.verified(task)
        if record is None:
            missing.append(task.number)
        elif task.kind == "paint":
            records.append(record)
    if missing:
        shown = ", ".join(map(str, missing[:8])) + (" and more" if len(missing) > 8 else "")
        raise SinkError(f"cannot join {work.output}: tasks {shown} are not done, or their files were changed",
                        "run them: allaprima farm run")
    sink = None if work.numbered else film_joined(plan, work, folder)
    if work.numbered:
        sequence_joined(plan, work, folder)
    folder.discard()
    return JoinReport(work.output, work.frames, sum(record.lost for record in records),
                      sum(record.damaged for record in records), sum(record.seconds for record in records), sink)


def joined_film(plan: Plan, work: Work) -> JoinReport | None:
    """What is told of a film that was joined already; None where it was not."""
    if not work.output.is_file():
        return None
    sink = sink_of(plan, work)
    return JoinReport(work.output, work.frames, 0, 0, 0.0, sink.report) if sink.finished else None


def sink_of(plan: Plan, work: Work) -> VideoSink:
    """The sink that a run over the whole film would have, resumed."""
    options = plan.film
    if file_hash(work.input) != next(file.sha256 for file in plan.inputs if file.path == work.input):
        raise SourceError(f"{work.input} is not the film that was planned", "plan again: allaprima farm plan")
    source = open_film(work.input, options)
    return VideoSink(work.output, source, inputs=[file.path for file in plan.inputs], width=work.width,
                     height=work.height, codec=options.codec, crf=options.crf, pix_fmt=options.pix_fmt,
                     audio=options.audio, overwrite=options.overwrite, resume=True, run_settings=work.settings,
                     segment_frames=work.segment_frames)


def film_joined(plan: Plan, work: Work, folder: FarmFolder) -> SinkReport:
    """Joins a film's segments; raises SinkError where their times are not the film's."""
    times = sorted(folder.segments.times())
    if len(times) != work.frames or times_sum(times) != work.times:
        raise SinkError(f"cannot join {work.output}: the tasks gave {len(times)} frames, or other times than it has",
                        "plan again: allaprima farm plan")
    sink = sink_of(plan, work)
    if not sink.finished:
        with sink:
            sink.adopt(folder.segments)
    return replace(sink.report, frames_resumed=0)


def sequence_joined(plan: Plan, work: Work, folder: FarmFolder) -> None:
    """Writes the sequence's manifest as a run over all of it would have: frames in their order."""
    pattern = parsed_pattern(work.output)
    manifest = Manifest(manifest_beside(pattern), dict(work.settings))
    numbers = numbers_of(plan, parsed_pattern(work.input).numbers())
    for task in plan.tasks_of(plan.works.index(work)):
        if task.kind == "paint":
            part = Manifest(folder.manifest(task.number), dict(work.settings))
            for number in numbers[task.first:task.end]:
                rendered = part.frames[number]
                if manifest.frames.get(number) != rendered:
                    manifest.add(number, rendered.input, rendered.output)
