"""The folder of a served machine: uploads and jobs under names of our own, and nothing else."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from allaprima.bundled import bundled_styles
from allaprima.errors import OptionError
from allaprima.io.outputs import sink_error, written_file
from allaprima.parsing import parsed_json
from allaprima.serve.job import Job, read_job, write_job
from allaprima.serve.limits import LONGEST_NAME, MOST_STYLES
from allaprima.serve.refusals import Refused

UploadKind = Literal["film", "picture"]
ABANDONED_SECONDS = 24 * 3600.0  # after which an upload that no job needs is removed
_ID = re.compile(r"[0-9a-f]{16}")
_PART = re.compile(r"(?:(upload|fit):)?([0-9A-Za-z-]{1,60})(?::([0-9]{1,4}(?:\.[0-9]{1,6})?))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent: what it is, and its size.

    frames, seconds: of a film; None where its header lacks them.
    """

    id: str
    kind: UploadKind
    name: str
    width: int
    height: int
    frames: int | None = None
    seconds: float | None = None


def new_id() -> str:
    """A name of ours, that nobody guesses."""
    return secrets.token_hex(8)


def shown_name(text: str) -> str:
    """A name that somebody gave a file, fit to be shown and to be saved under: letters, digits and a few signs."""
    last = text.replace("\\", "/").rpartition("/")[2]
    kept = "".join(letter if letter.isalnum() or letter in " -_.()" else "-" for letter in last)
    return kept[:LONGEST_NAME].strip(" .-") or "untitled"


class Shelf:
    """Uploads and jobs of a folder, made where it does not exist; raises ``SinkError`` where that cannot be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._uploads, self._jobs = folder / "uploads", folder / "jobs"
        self._counting = threading.Lock()
        try:
            for each in (self._uploads, self._jobs):
                each.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise sink_error(folder, error) from error
        self._number = max((job.number for job in self.jobs()), default=0)

    def free_bytes(self) -> int:
        """How much the disk still holds."""
        return shutil.disk_usage(self.folder).free

    def next_number(self) -> int:
        """The place of a new job in the order of asking."""
        with self._counting:
            self._number += 1
            return self._number

    def jobs(self) -> Iterator[Job]:
        """The jobs that are kept, in no order."""
        for path in self._jobs.iterdir():
            job = read_job(path) if _ID.fullmatch(path.name) else None
            if job is not None:
                yield job

    def job_folder(self, name: str) -> Path:
        """The folder of a job."""
        if _ID.fullmatch(name) is None:
            raise Refused(404, "there is no such job")
        return self._jobs / name

    def keep(self, job: Job) -> None:
        """Keeps a job as it is now."""
        folder = self.job_folder(job.id)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise sink_error(folder, error) from error
        write_job(folder, job)

    def remove_job(self, name: str) -> None:
        """Removes a job with all that it made."""
        shutil.rmtree(self.job_folder(name), ignore_errors=True)

    def raw_path(self, upload: str) -> Path:
        """Where the bytes of an upload go, whatever they are."""
        if _ID.fullmatch(upload) is None:
            raise Refused(404, "there is no such upload")
        return self._uploads / f"{upload}.raw"

    def picture_path(self, upload: str) -> Path:
        """Where a picture that was sent lies, written anew by us."""
        return self.raw_path(upload).with_suffix(".png")

    def keep_upload(self, upload: Upload) -> None:
        """Keeps what an upload is."""
        with written_file(self.raw_path(upload.id).with_suffix(".json"), overwrite=True) as file:
            file.write(json.dumps(asdict(upload)).encode())

    def upload(self, name: str, kind: UploadKind) -> Upload:
        """What an upload of that kind is."""
        try:
            values = parsed_json(self.raw_path(name).with_suffix(".json").read_bytes())
        except (OSError, ValueError):
            raise Refused(404, f"there is no uploaded {kind} of that name", "upload it again") from None
        if not isinstance(values, dict) or values.get("kind") != kind:
            raise Refused(400, f"that upload is no {kind}", f"upload a {kind}")
        return Upload(**values)

    def remove_upload(self, name: str) -> None:
        """Removes all of an upload."""
        for suffix in (".raw", ".png", ".json"):
            with suppress(OSError):
                self.raw_path(name).with_suffix(suffix).unlink(missing_ok=True)

    def tidy(self) -> None:
        """Removes what was never finished, and uploads of long ago that no job needs."""
        needed = {name for job in self.jobs() for name in made_of(job)}
        for path in self._uploads.iterdir():
            whole = path.with_suffix(".json").exists()
            with suppress(OSError):
                old = time.time() - path.stat().st_mtime > ABANDONED_SECONDS
                if path.stem not in needed and (not whole or old):
                    path.unlink()

    def style_path(self, kind: str, name: str) -> Path:
        """The file of a style that a visitor names: a bundled one's, an uploaded picture's, or a fit's."""
        if kind == "upload":
            self.upload(name, "picture")
            return self.picture_path(name)
        if kind == "fit":
            path = self.job_folder(name) / "result.style"
            if not path.is_file():
                raise Refused(404, "that fit has not made a style yet", "wait until it is done")
            return path
        path = bundled_styles().get(name, Path())
        if not path.is_file():
            raise Refused(404, f"there is no style {name}", f"there are {', '.join(bundled_styles())}")
        return path

    def style_spec(self, text: str, *, whole: bool = False) -> str:
        """What ``--style`` takes for a style in a visitor's words: ``starry``, ``upload:ID``, ``fit:ID``, or a blend.

        Paths are relative to the folder, where there are no signs in them that a blend is written with; or whole.
        """
        parts = []
        for kind, name, weight in parsed_parts(text):
            path = self.style_path(kind, name)
            shown = name if not kind else str(path.absolute()) if whole else path.relative_to(self.folder).as_posix()
            parts.append(f"{shown}:{weight}" if weight else shown)
        return "+".join(parts)


def parsed_parts(text: str, *, strict: bool = True) -> list[tuple[str, str, str]]:
    """Kind, name and weight of the parts of a style in a visitor's words; raises ``OptionError`` where it is none.

    strict: otherwise what is none is nothing.
    """
    parts = [_PART.fullmatch(part) for part in text.split("+")]
    if len(parts) > MOST_STYLES or any(part is None for part in parts):
        if not strict:
            return []
        raise OptionError("that is no style", "give a style's name, or a blend of them: starry:0.7+woodcut:0.3")
    return [(part[1] or "", part[2], part[3] or "") for part in parts if part is not None]


def made_of(job: Job) -> set[str]:
    """The names of what a job is made of: its upload, and the parts of its style."""
    return {job.upload, *(name for _, name, _ in parsed_parts(job.style, strict=False))}


def without_paths(message: str, shelf: Shelf, upload: str, name: str) -> str:
    """A sentence with an upload's own name in the place of ours: nobody is told where things lie."""
    for path in (shelf.raw_path(upload), shelf.picture_path(upload), shelf.folder):
        message = message.replace(str(path.absolute()), name if path != shelf.folder else "")
    return message


def check_room(shelf: Shelf, needed: int, spare: int) -> None:
    """Raises ``Refused`` where the disk is too full for so many bytes more."""
    if shelf.free_bytes() - needed < spare:
        raise Refused(507, "the disk of this machine is nearly full", "remove results that are no longer needed")
