"""The folder OUT.parts that an unfinished film lies in: known for ours by what it says, never touched where it is not.

It appears under its name with its settings in it, and goes out of its name before it is emptied, so that a kill at any
moment leaves either no such folder or a whole one. What is made or unmade meanwhile lies in a hidden folder beside it,
which the next run empties.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from allaprima.errors import SinkError
from allaprima.io.outputs import beside, synced
from allaprima.parsing import parsed_json

SETTINGS = "settings.json"
_RESULTS = "results.txt"
_MARK, _KIND = "allaprima", "an unfinished film"
_OURS = re.compile(r"\d{6,}\.(segment|writing|npz|npz\.writing)|joined\.\w+|settings\.json|results\.txt")


def parts_beside(output: Path) -> Path:
    """The folder that an unfinished film at ``output`` lies in."""
    return beside(output, ".parts")


class PartsFolder:
    """One folder of an unfinished film; whoever changes it holds the output's lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._unnamed = beside(folder, ".unnamed", ".")

    @property
    def settings(self) -> dict[str, str] | None:
        """The settings that an unfinished film was made with; None where there is no folder, or none of ours."""
        return None if self.folder.is_symlink() else _settings_in(self.folder)

    def refuse(self, settings: Mapping[str, str] | None = None, *, resume: bool, overwrite: bool) -> None:
        """Raises SinkError where a run must not begin here.

        settings: of the run, which must be those of a film that it goes on with; None where they are not known yet.
        """
        found = self.settings
        if found is None:
            if os.path.lexists(self.folder):
                raise SinkError(f"cannot keep what is finished of a film in {self.folder}: it is there already and is "
                                "not ours", "move it away, or choose another name with -o")
        elif not resume and not overwrite:
            raise SinkError(f"an unfinished film lies in {self.folder}",
                            "--resume goes on with it, --overwrite starts again")
        elif resume and settings is not None:
            _refuse_others(self.folder, found, settings)

    def create(self, settings: Mapping[str, str]) -> None:
        """Makes the folder, where there is none; raises OSError."""
        self.tidy()
        self._unnamed.mkdir()
        with (self._unnamed / SETTINGS).open("xb") as file:
            file.write(json.dumps({_MARK: _KIND, "settings": dict(settings)}, indent=1).encode())
            synced(file)
        self._unnamed.rename(self.folder)

    def discard(self) -> None:
        """Removes the folder, where it is ours, with all that we put into it; other files stay, and it with them."""
        if self.settings is None:
            return
        if any(not _OURS.fullmatch(path.name) for path in self.folder.iterdir()):
            self.clear(())
            (self.folder / _RESULTS).unlink(missing_ok=True)
            (self.folder / SETTINGS).unlink()
            return
        self.tidy()
        self.folder.rename(self._unnamed)
        self.tidy()

    def clear(self, kept: Collection[str]) -> None:
        """Removes what we put into the folder, but for those names, the settings and the record of results."""
        for path in self.folder.iterdir():
            if _OURS.fullmatch(path.name) and path.name not in (*kept, SETTINGS, _RESULTS):
                path.unlink()

    def tidy(self) -> None:
        """Removes what a kill may have left of making or unmaking the folder; anybody else's things stay."""
        if self._unnamed.is_symlink() or not self._unnamed.is_dir():
            return
        found = sorted(self._unnamed.iterdir(), key=lambda path: path.name == SETTINGS)  # which proves it ours, last
        if _settings_in(self._unnamed) is None and any(path.name != SETTINGS for path in found):
            return
        for path in found:
            if _OURS.fullmatch(path.name):
                path.unlink()
        with suppress(OSError):
            self._unnamed.rmdir()

    def note_result(self, sha256: str) -> None:
        """Notes that a file of that hash, made from these parts, is about to get a name of its own."""
        with (self.folder / _RESULTS).open("a", encoding="ascii") as file:
            file.write(f"{sha256}\n")

    def made(self, sha256: str | None) -> bool:
        """Whether a file of that hash was made from these parts."""
        if sha256 is None or self.settings is None:
            return False
        try:
            return sha256 in (self.folder / _RESULTS).read_text("ascii", errors="replace").splitlines()
        except OSError:
            return False


def _settings_in(folder: Path) -> dict[str, str] | None:
    path = folder / SETTINGS
    try:
        if path.is_symlink():
            return None
        said = parsed_json(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(said, dict) or said.get(_MARK) != _KIND or not isinstance(said.get("settings"), dict):
        return None
    return {str(name): str(value) for name, value in said["settings"].items()}


def _refuse_others(folder: Path, found: Mapping[str, str], settings: Mapping[str, str]) -> None:
    changed = sorted(name for name in {*found, *settings} if found.get(name) != settings.get(name))
    if changed:
        name = changed[0]
        raise SinkError(f"cannot resume from {folder}: {name} was {found.get(name)!r} and is now "
                        f"{settings.get(name)!r}",
                        "use the same settings, or --overwrite instead of --resume to start again")
