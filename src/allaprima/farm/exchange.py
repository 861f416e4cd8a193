"""Inputs and outputs handed over by a place that all machines reach, by fsspec, where they do not see one folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.errors import MissingExtra, OptionError, SinkError, SourceError
from allaprima.farm.folder import FarmFolder
from allaprima.farm.hashes import sample_of
from allaprima.farm.plan import Plan, Task, Work

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem


class Exchange:
    """A place like ``s3://bucket/job`` or ``file:///share/job``; packages of its kind come with it, as s3fs does.

    Raises OptionError for a place that fsspec does not know, MissingExtra without fsspec.
    """

    def __init__(self, url: str) -> None:
        try:
            import fsspec
        except ImportError as error:
            raise MissingExtra("fsspec", "farm", "handing files over") from error
        try:
            found = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise OptionError(f"cannot hand files over by {url}: {error}",
                              "give a place as s3://bucket/job or file:///share/job, and install what it needs"
                              ) from error
        self._files: AbstractFileSystem = found[0]
        self._root = str(found[1]).rstrip("/")

    def offer(self, plan: Plan) -> None:
        """Puts every input there that is not there yet."""
        if any(work.numbered for work in plan.works):
            raise OptionError("numbered frames are not handed over", "let all machines see one folder")
        for file in plan.inputs:
            self._put(file.path, f"inputs/{file.sha256}/{file.path.name}")

    def fetched(self, plan: Plan, scratch: Path) -> Plan:
        """The plan with its files in a folder of this machine, inputs fetched; raises SourceError for others than said.

        Results lie below the folder, never where the plan says.
        """
        places = {}
        for file in plan.inputs:
            place = scratch / "inputs" / file.sha256 / Path(file.path.name).name
            if sample_of(place) != file.sample:
                self._get(f"inputs/{file.sha256}/{file.path.name}", place)
            if sample_of(place) != file.sample:
                raise SourceError(f"{file.path.name} came as another file than planned", "hand it over anew")
            places[file.path] = place
        works = []
        for number, work in enumerate(plan.works):
            output = scratch / "outputs" / str(number) / Path(work.output.name).name
            output.parent.mkdir(parents=True, exist_ok=True)
            works.append(replace(work, input=places[work.input], output=output))
        inputs = tuple(replace(file, path=places[file.path]) for file in plan.inputs)
        painting = plan.painting.moved(lambda path: places.get(path.absolute(), path))
        return replace(plan, painting=painting, inputs=inputs, works=tuple(works))

    def give(self, plan: Plan, digest: str, task: Task, *, work: Work) -> None:
        """Puts what a task left there."""
        folder = FarmFolder(plan, work, digest)
        for path in [*folder.outputs(task), folder.record_file(task)]:
            self._put(path, f"outputs/{digest}/{task.work}/{path.name}", anew=True)

    def take(self, plan: Plan, digest: str, tasks: Iterable[Task]) -> None:
        """Fetches what tasks left, unless it is here."""
        for task in tasks:
            folder = FarmFolder(plan, plan.works[task.work], digest)
            folder.begin()
            if folder.verified(task) is None:
                for path in [*folder.outputs(task), folder.record_file(task)]:
                    self._get(f"outputs/{digest}/{task.work}/{path.name}", path)

    def _put(self, path: Path, name: str, *, anew: bool = False) -> None:
        there = f"{self._root}/{name}"
        try:
            if anew or not self._files.exists(there):
                self._files.makedirs(there.rpartition("/")[0], exist_ok=True)
                self._files.put_file(str(path), f"{there}.part")
                self._files.mv(f"{there}.part", there)
        except (OSError, ValueError) as error:
            raise SinkError(f"cannot hand {path} over: {error}", "check the place of --fetch") from error

    def _get(self, name: str, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        try:
            self._files.get_file(f"{self._root}/{name}", str(part))
            part.replace(path)
        except (OSError, ValueError) as error:
            raise SinkError(f"cannot fetch {name}: {error}", "check the place of --fetch") from error
        finally:
            part.unlink(missing_ok=True)


def cleared(scratch: Path) -> None:
    """Removes a folder of fetched files."""
    shutil.rmtree(scratch, ignore_errors=True)
