"""What has been rendered of a sequence, and with what: a file of JSON lines beside the frames, only ever added to.

A line either names settings by their digest or says of one frame: rendered with these settings, from an input of this
hash, into an output of this hash. Of several lines on one frame the last counts, a line cut off by a kill is passed
over, and machines that share a shot's frames between them may add to the same file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from allaprima.errors import SinkError
from allaprima.io.outputs import sink_error
from allaprima.parsing import parsed_json

Setting = str | int | float | bool | None | Sequence["Setting"] | Mapping[str, "Setting"]
Settings = Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One frame that was written: digest of the settings, sha256 of the input's file (or None) and of the output's."""

    settings: str
    input: str | None
    output: str


def file_hash(path: Path) -> str | None:
    """Return the sha256 of a file in hexadecimal, None where there is none or it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def as_text(values: Mapping[str, Setting], *, sort_keys: bool = False) -> str:
    """Values as JSON that UTF-8 holds: names of files that are not UTF-8 are escaped."""
    text = json.dumps(values, sort_keys=sort_keys, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(values, sort_keys=sort_keys)
    return text


class Manifest:
    """The lines of one manifest as they stand, and new ones added behind them."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings = path, settings
        written = as_text(settings, sort_keys=True)
        self.digest = hashlib.sha256(written.encode("utf-8")).hexdigest()[:16]
        self.frames: dict[int, Rendered] = {}
        self._settings: dict[str, Settings] = {}
        self._read()

    def _read(self) -> None:
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise SinkError(f"cannot read the manifest {self.path}: {error.strerror or error}",
                            "check that you may read it") from error
        for line in text.split("\n"):
            try:
                entry = parsed_json(line)
                if not isinstance(entry, dict):
                    continue
                if "frame" in entry:
                    self.frames[int(entry["frame"])] = Rendered(
                        str(entry["settings"]), entry["input"], str(entry["output"]))
                else:
                    self._settings[str(entry["digest"])] = cast(Settings, dict(entry["settings"]))
            except (ValueError, KeyError, TypeError, OverflowError):
                continue  # cut off by a kill: that frame is rendered again

    def add(self, number: int, input_hash: str | None, output_hash: str) -> None:
        """Note a frame as rendered; raises SinkError."""
        lines: list[dict[str, Setting]] = []
        if self.digest not in self._settings:
            self._settings[self.digest] = self.settings
            lines.append({"digest": self.digest, "settings": self.settings})
        self.frames[number] = Rendered(self.digest, input_hash, output_hash)
        lines.append({"frame": number, "settings": self.digest, "input": input_hash, "output": output_hash})
        text = "".join(as_text(line) + "\n" for line in lines)
        try:
            # The line before may have been cut off: an empty line does no harm, two lines in one would.
            with self.path.open("a", encoding="utf-8") as file:
                file.write(text if file.tell() == 0 or self._ends_whole() else "\n" + text)
        except OSError as error:
            raise sink_error(self.path, error) from error

    def _ends_whole(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) == b"\n"

    def alike_but(self, name: str) -> Iterator[tuple[int, Settings]]:
        """The frames that were rendered with the settings now but for that one, the latest noted first, and theirs."""
        now = json.loads(json.dumps({**self.settings, name: None}))
        alike = {digest: settings for digest, settings in self._settings.items() if {**settings, name: None} == now}
        for number, rendered in reversed(self.frames.items()):
            if rendered.settings in alike:
                yield number, alike[rendered.settings]

    def changes(self, number: int) -> tuple[str, ...]:
        """What differs between the settings now and those a frame was rendered with, each as a phrase."""
        rendered = self.frames.get(number)
        if rendered is None or rendered.settings == self.digest:
            return ()
        before = self._settings.get(rendered.settings)
        if before is None:
            return ("settings that are not recorded",)
        now = json.loads(json.dumps(self.settings))
        return tuple(f"{name} {_shown(before.get(name))}, now {_shown(now.get(name))}"
                     for name in sorted({*before, *now}) if before.get(name) != now.get(name))


def _shown(value: Setting) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."
