"""What became of a film: as a paragraph for people, and as data for programs."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.plurals import counted

if TYPE_CHECKING:
    from allaprima.engines import Engine
    from allaprima.io.film.report import SourceReport
    from allaprima.pipeline.jobs.films import FilmReport

LOSSES_TOLD = 5


def summary_of(report: FilmReport, engine: Engine) -> str:
    """A paragraph: frames in and out, speed, where the time went, and everything its owner should know."""
    work, source, sink = report.run, report.source, report.sink
    if report.done_before:
        return f"{report.output}: done already, {counted(sink.frames, 'frame')} by an earlier run"
    model = " on ".join(engine.settings[part] for part in ("model", "runtime") if part in engine.settings)
    resumed = f" ({sink.frames_resumed} of them by an earlier run)" if sink.frames_resumed else ""
    lines = [f"{report.output}: {counted(source.frames, 'frame')} in, {sink.frames:,} out{resumed}, {work.fps:.1f} fps "
             f"({model}, {sink.width}x{sink.height} {sink.codec}); in {work.seconds:.1f} s: "
             f"decoding {work.decode_seconds:.1f}, painting {work.stylize_seconds:.1f}, "
             f"encoding {work.encode_seconds:.1f} s, overlapped"]
    lines += losses_of(source)
    lines += [f"note: {note}" for note in (*source.notes, *sink.notes)]
    lines += [f"note: {stream.kind} stream {stream.index} ({stream.codec}) was {stream.fate}: {stream.reason}"
              for stream in sink.streams if stream.fate != "copied" and stream.reason]
    return "\n".join(lines)


def losses_of(source: SourceReport) -> list[str]:
    """A warning for frames that are missing and one for damaged ones, each with where the first of them lie."""
    lines: list[str] = []
    for kind, frames, what in (("lost", source.frames_lost, "missing"),
                               ("damaged", source.frames_damaged, "damaged, as far as could be concealed")):
        found = [loss for loss in source.losses if loss.kind == kind]
        told = found[:LOSSES_TOLD]
        if frames:
            are = "is" if frames == 1 else "are"
            lines.append(f"warning: {counted(frames, 'frame')} of {source.path} {are} {what}")
        elif told:
            lines.append(f"warning: {source.path} could not be read to its end")
        lines += [f"  {loss}" for loss in told]
        rest = frames - sum(loss.frames for loss in told)
        if told and rest > 0:
            lines.append(f"  and {rest:,} more")
    return lines


def as_data(report: FilmReport) -> object:
    """A report as JSON has it: plain numbers, strings, lists and objects."""
    data = dataclasses.asdict(report)
    data["run"]["fps"] = report.run.fps
    return json.loads(json.dumps(data, default=plain))


def plain(value: object) -> object:
    """A value that JSON has no word for, as one that it has."""
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, Path):
        return str(value)
    return str(value)
