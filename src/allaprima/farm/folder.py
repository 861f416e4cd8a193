"""The folder OUT.farm that a film's tasks work in, beside the output: their names are ours, never a plan's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SinkError
from allaprima.farm.plan import Plan, Task, Work
from allaprima.io.film.segments import SegmentFolder, read_arrays
from allaprima.io.outputs import beside, sink_error, written_file
from allaprima.io.sequence.manifests import file_hash
from allaprima.io.sequence.patterns import parsed_pattern
from allaprima.parsing import parsed_json
from allaprima.runtimes.calls import Moments

MARK = "farm.json"
_OURS = re.compile(r"\d{6,}\.(segment|writing|npz|npz\.writing)|(task|moments|state|frames)-\d{6,}\.(json|npz|jsonl)|"
                   r"farm\.json|\.task-\d{6,}\.json\.lock|\.allaprima-[0-9a-f]+\.\w+")


@dataclass(frozen=True, slots=True)
class Record:
    """What a finished task left: its frames, the seconds that it took, and the sha256 of each of its files by name.

    lost, damaged: frames of the input that could not be read, or not without errors.
    """

    task: int
    frames: int
    seconds: float
    files: Mapping[str, str]
    lost: int = 0
    damaged: int = 0


class FarmFolder:
    """The folder of one film of a plan.

    digest: of the plan as it was planned, where its paths are other ones here.
    """

    def __init__(self, plan: Plan, work: Work, digest: str | None = None) -> None:
        self._plan, self._work, self._digest = plan, work, digest or plan.digest
        shown = parsed_pattern(work.output).shown if work.numbered else work.output.name
        self.path = beside(work.output.with_name(shown), ".farm")
        self.segments = SegmentFolder(self.path)

    def begin(self, *, overwrite: bool = False) -> None:
        """Makes the folder, unless it is there; raises SinkError where it belongs to another plan, or to nobody."""
        try:
            if self.path.is_symlink() or (self.path.exists() and not self.path.is_dir()):
                raise SinkError(f"cannot work in {self.path}: it is no folder of ours", "move it away")
            self.path.mkdir(exist_ok=True)
            found = self.owner
            if found is None and any(self.path.iterdir()):
                found = self.owner  # another task may have been making it
                if found is None:
                    raise SinkError(f"cannot work in {self.path}: it is there already and is not ours", "move it away")
            if found is not None and found != self._digest:
                if not overwrite:
                    raise SinkError(f"{self.path} belongs to another plan", "finish that one, or remove the folder")
                self.discard()
                self.path.mkdir(exist_ok=True)
                found = None
            if found is None:
                with written_file(self.path / MARK, overwrite=True) as file:
                    file.write(json.dumps({"allaprima": "a farm's folder", "plan": self._digest}).encode())
        except OSError as error:
            raise sink_error(self.path, error) from error

    @property
    def owner(self) -> str | None:
        """The digest of the plan that the folder belongs to; None where it is not one of ours."""
        try:
            said = parsed_json((self.path / MARK).read_bytes())
        except (OSError, ValueError):
            return None
        return str(said["plan"]) if isinstance(said, dict) and "plan" in said else None

    def discard(self) -> None:
        """Removes what we put into the folder, and the folder where nothing else is in it."""
        if self.owner is None:
            return
        for path in sorted(self.path.iterdir(), key=lambda path: path.name == MARK):  # which proves it ours, last
            if _OURS.fullmatch(path.name):
                path.unlink(missing_ok=True)
        with suppress(OSError):
            self.path.rmdir()

    def moments_file(self, task: int) -> Path:
        """Where a measuring task's moments lie."""
        return self.path / f"moments-{task:06d}.npz"

    def state_file(self, task: int) -> Path:
        """Where the state after the last frame of a part of a sequence lies."""
        return self.path / f"state-{task:06d}.npz"

    def manifest(self, task: int) -> Path:
        """The manifest of a part of a sequence."""
        return self.path / f"frames-{task:06d}.jsonl"

    def outputs(self, task: Task) -> list[Path]:
        """The files that a task leaves when it is done."""
        if task.kind == "statistics":
            return [self.moments_file(task.number)]
        if self._work.numbered:
            pattern, source = parsed_pattern(self._work.output), parsed_pattern(self._work.input)
            numbers = numbers_of(self._plan, source.numbers())[task.first:task.end]
            kept = [self.state_file(task.number)] if task.hands_over else []
            return [*map(pattern.path, numbers), self.manifest(task.number), *kept]
        last = task.segment + task.segments
        kept = [self.path / f"{last - 1:06d}.npz"] if task.hands_over else []
        return [*(self.path / f"{number:06d}.segment" for number in range(task.segment, last)), *kept]

    def note(self, task: Task, seconds: float, lost: int = 0, damaged: int = 0) -> Record:
        """Notes a task as done, with what its files hold."""
        files = {path.name: file_hash(path) or "" for path in self.outputs(task)}
        record = Record(task.number, task.end - task.first, round(seconds, 3), files, lost, damaged)
        said = {"task": record.task, "plan": self._digest, "frames": record.frames, "seconds": record.seconds,
                "files": dict(files), "lost": lost, "damaged": damaged}
        with written_file(self.record_file(task), overwrite=True) as file:
            file.write(json.dumps(said, indent=1).encode())
        return record

    def record(self, task: Task) -> Record | None:
        """What a task left, as it was noted; None where it was not, or by another plan."""
        try:
            said = parsed_json(self.record_file(task).read_bytes())
            if not isinstance(said, dict) or (said["task"], said["plan"]) != (task.number, self._digest):
                return None
            return Record(task.number, int(said["frames"]), float(said["seconds"]),
                          {str(name): str(sha256) for name, sha256 in said["files"].items()}, int(said["lost"]),
                          int(said["damaged"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def verified(self, task: Task) -> Record | None:
        """What a task left, where every file of it is what it was when the task was done; else None."""
        record = self.record(task)
        if record is None:
            return None
        paths = self.outputs(task)
        good = {path.name for path in paths} == set(record.files) and all(
            file_hash(path) == record.files[path.name] for path in paths)
        return record if good else None

    def write_moments(self, task: int, layers: list[dict[int, Moments]]) -> None:
        """Keeps the moments of shots, by their first frames, for every layer."""
        arrays: dict[str, NDArray[np.generic]] = {}
        for layer, pooled in enumerate(layers):
            for first, moments in pooled.items():
                name = f"{layer}.{first}"
                arrays |= {f"{name}.mean": moments.mean, f"{name}.variance": moments.variance,
                           f"{name}.networks": np.array("\n".join(moments.networks))}
        with written_file(self.moments_file(task), overwrite=True) as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # the stubs take a name for allow_pickle

    def read_moments(self, task: int) -> list[dict[int, Moments]]:
        """The moments that a measuring task left; raises SinkError where they are missing."""
        arrays = read_arrays(self.moments_file(task))
        if not arrays:
            raise SinkError(f"the moments of task {task} are not in {self.path}", "run that task first")
        layers: list[dict[int, Moments]] = []
        for name in arrays:
            layer, first, part = name.split(".")
            while len(layers) <= int(layer):
                layers.append({})
            if part == "mean":
                networks = tuple(filter(None, str(arrays[f"{layer}.{first}.networks"]).split("\n")))
                layers[int(layer)][int(first)] = Moments(
                    np.asarray(arrays[name], np.float32),
                    np.asarray(arrays[f"{layer}.{first}.variance"], np.float32), networks)
        return layers

    def record_file(self, task: Task) -> Path:
        """Where a task is noted as done."""
        return self.path / f"task-{task.number:06d}.json"


def numbers_of(plan: Plan, existing: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers of a sequence that a plan is for, of those that exist."""
    wanted = plan.sequence.frames
    return existing if wanted is None else tuple(number for number in existing if number in wanted)
