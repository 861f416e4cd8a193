"""A plan is a value: films, the tasks that paint them, and all that these need to know; kept as one JSON file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from allaprima.config import SequenceOptions, VideoOptions
from allaprima.errors import OptionError, SourceError
from allaprima.farm.painting import Painting
from allaprima.farm.values import as_json, from_json
from allaprima.io.outputs import written_file
from allaprima.parsing import parsed_json

VERSION = 2  # a painting has moves
LARGEST_PLAN = 1 << 29  # bytes; a plan of a feature in shots of two seconds has some two million
Kind = Literal["statistics", "paint"]
Palette = tuple[int, tuple[float, float, float], tuple[float, ...], int]
"""The pts of a shot's first frame, and of its colours mean, covariance row by row, and how many were counted."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that tasks read: its path, size in bytes, sha256, and the digest of ``hashes.sample_of``."""

    path: Path
    size: int
    sha256: str
    sample: str


@dataclass(frozen=True, slots=True)
class Work:
    """A film, or a numbered sequence, that is to be painted.

    frames: how many. width, height: of the result. segment_frames: the most of a segment. settings: all that changes
    pixels, as the planning machine has it. times: a checksum of all frames' times. palettes: the colours of shots,
    where styles are matched to them.
    """

    input: Path
    output: Path
    numbered: bool
    frames: int
    width: int
    height: int
    segment_frames: int
    settings: Mapping[str, str]
    times: int
    palettes: tuple[Palette, ...] | None


@dataclass(frozen=True, slots=True)
class Task:
    """What one worker does at a time: frames ``first`` to before ``end`` of a film, painted or measured.

    work: which film. pts, picture, times, segment, segments, shots, hands_over, follow: see ``film_parts.Stretch``.
    before: the task whose last frame's state this one goes on from, None where a shot begins. after: tasks that must
    be done first. inputs: of a sequence, the digest of the frames that are read. cost: predicted, in seconds on one
    core of the planning machine, or in frames where nothing was measured.
    """

    number: int
    kind: Kind
    work: int
    first: int
    end: int
    pts: int
    picture: int
    times: int
    segment: int
    segments: int
    shots: tuple[int, ...]
    hands_over: bool
    follow: tuple[int, int]
    before: int | None
    after: tuple[int, ...]
    inputs: str
    cost: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Films and the tasks that paint them.

    program: the version that planned it. folder: where it was planned, which names of styles go by. weights: sha256 of
    the network, as far as the settings tell it.
    """

    allaprima: Literal["a plan for a farm"]
    version: int
    program: str
    folder: Path
    painting: Painting
    film: VideoOptions
    sequence: SequenceOptions
    inputs: tuple[InputFile, ...]
    works: tuple[Work, ...]
    tasks: tuple[Task, ...]

    @property
    def digest(self) -> str:
        """A short name that changes with whatever is in the plan."""
        return hashlib.sha256(text_of(self).encode()).hexdigest()[:16]

    def tasks_of(self, work: int) -> list[Task]:
        """The tasks of one film."""
        return [task for task in self.tasks if task.work == work]


def text_of(plan: Plan) -> str:
    """The plan as JSON, a task a line."""
    return json.dumps(as_json(plan), sort_keys=True)


def write_plan(path: Path, plan: Plan, *, overwrite: bool = False) -> None:
    """Writes the plan; raises SinkError."""
    with written_file(path, overwrite=overwrite) as file:
        file.write(text_of(plan).encode() + b"\n")


def read_plan(path: Path) -> Plan:
    """The plan in that file, whose tasks hang together; raises SourceError or OptionError where it is none."""
    try:
        if path.stat().st_size > LARGEST_PLAN:
            raise SourceError(f"{path} is too large to be a plan", "check the name")
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot read the plan {path}: {error.strerror or error}", "check the name") from error
    return parsed_plan(content, str(path))


def parsed_plan(content: bytes, path: str) -> Plan:
    """The plan that a file's content is. path: its name, for errors."""
    try:
        plan = from_json(Plan, parsed_json(content))
    except (ValueError, OptionError) as error:
        raise OptionError(f"{path} is no plan of this program: {error}", "plan again: allaprima farm plan") from error
    if plan.version != VERSION:
        raise OptionError(f"{path} is a plan of version {plan.version}, this program has {VERSION}",
                          "plan again: allaprima farm plan")
    check_tasks(path, plan)
    return plan


def check_tasks(path: str, plan: Plan) -> None:
    """Raises OptionError unless tasks are numbered, wait for earlier ones only, and together are their films."""
    for number, task in enumerate(plan.tasks):
        waits = (*task.after, *([] if task.before is None else [task.before]))
        if task.number != number or not 0 <= task.work < len(plan.works) or any(not 0 <= one < number for one in waits):
            raise OptionError(f"task {number} of {path} hangs together with nothing", "plan again: allaprima farm plan")
    for index, work in enumerate(plan.works):
        paints = [task for task in plan.tasks_of(index) if task.kind == "paint"]
        ends, segments = [0, *(task.end for task in paints)], 0
        for task, begin in zip(paints, ends, strict=False):
            if task.first != begin or task.end <= task.first or task.segment != segments:
                raise OptionError(f"the tasks of {path} leave out frames of {work.input}",
                                  "plan again: allaprima farm plan")
            segments += task.segments
        if ends[-1] != work.frames:
            raise OptionError(f"the tasks of {path} leave out frames of {work.input}",
                              "plan again: allaprima farm plan")
