"""A job of the list as a value, and as the file that survives a restart."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

from allaprima.io.outputs import written_file
from allaprima.parsing import parsed_json

JobKind = Literal["film", "fit"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED: tuple[State, ...] = ("done", "failed", "cancelled")
RECORD = "job.json"


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done, and how far it is; everything in it is of our making but ``name``, which is only shown.

    number: its place in the order of asking. upload: of the film or the picture. style: in words of visitors. size: the
    shorter side, None for the film's own. done, of: frames, or steps in a thousand of a fit; of is None where nobody
    knows. left_seconds: that it will still take. seconds: of work asked for, a fit's.
    """

    id: str
    number: int
    kind: JobKind
    name: str
    upload: str
    model: str = "balanced"
    style: str = ""
    strength: float = 1.0
    size: int | None = None
    preserve_color: str = "none"
    temporal: str = "fast"
    seconds: float = 180.0
    state: State = "waiting"
    done: int = 0
    of: int | None = None
    left_seconds: float | None = None
    error: str | None = None
    hint: str | None = None

    @property
    def result(self) -> str:
        """The name of the file that it makes."""
        return "result.mp4" if self.kind == "film" else "result.style"


def write_job(folder: Path, job: Job) -> None:
    """Keeps a job in its folder, over what was kept of it."""
    with written_file(folder / RECORD, overwrite=True) as file:
        file.write(json.dumps(asdict(job), indent=1).encode())


def read_job(folder: Path) -> Job | None:
    """The job that a folder keeps; None where it keeps none, whatever lies in it."""
    try:
        values = parsed_json((folder / RECORD).read_bytes())
    except (OSError, ValueError):
        return None
    names = {field.name for field in fields(Job)}
    if not isinstance(values, dict) or not {"id", "number", "kind", "name", "upload"} <= set(values) <= names:
        return None
    return Job(**values) if values["id"] == folder.name else None
