"""A plan checked before anything of it is run: where it writes, what it reads, and that this machine paints alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from allaprima.errors import OptionError, SourceError
from allaprima.farm.hashes import sample_of
from allaprima.farm.plan import Plan, Work
from allaprima.io.film.encoding import muxer_for


def check_outputs(plan: Plan, allowed: Path) -> None:
    """Raises OptionError unless every output lies in the allowed folder or below, whatever links lead there.

    allowed: the folder that the plan's own file lies in, unless whoever runs it names another.
    """
    root = allowed.resolve()
    for work in plan.works:
        folder = work.output.parent
        if not work.output.is_absolute() or not folder.resolve().is_relative_to(root) or work.output.is_symlink():
            raise OptionError(f"the plan writes to {work.output}, which is outside {root}",
                              f"allow it, if you know the plan: --into {folder}")
        if not folder.is_dir():
            raise OptionError(f"the plan writes to {folder}, which is no folder here",
                              "create it, or hand files over with --fetch")
        if not work.numbered:
            muxer_for(work.output, plan.film.codec)
        if work.output.resolve() in {file.path.resolve() for file in plan.inputs}:
            raise OptionError(f"the plan writes over its own input {work.output}", "plan again, with another -o")


class InputCheck:
    """Compares files with what a plan says of them, each once as long as it does not change."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, int, int], str | None] = {}

    def check(self, plan: Plan) -> None:
        """Raises SourceError where a file that the plan lists is missing or another one."""
        for file in plan.inputs:
            try:
                status = file.path.stat()
            except OSError as error:
                raise SourceError(f"cannot read {file.path}, which the plan needs: {error.strerror or error}",
                                  "let all machines see one folder, or hand files over with --fetch") from error
            known = file.path, status.st_size, status.st_mtime_ns
            if known not in self._known:
                self._known[known] = sample_of(file.path)
            if status.st_size != file.size or self._known[known] != file.sample:
                raise SourceError(f"{file.path} is not the file that was planned", "plan again: allaprima farm plan")


def check_settings(work: Work, settings: Mapping[str, str]) -> None:
    """Raises OptionError where this machine would paint otherwise than the one that planned."""
    for name in sorted({*work.settings, *settings}):
        if work.settings.get(name) != settings.get(name):
            raise OptionError(f"this machine would paint {work.input} otherwise: {name} was planned to be "
                              f"{work.settings.get(name)!r} and is {settings.get(name)!r}",
                              "run the same version on machines alike, or plan with --precision fp32")
