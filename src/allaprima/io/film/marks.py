"""The line in a film's comment by which a film that was painted here is known, and the run that painted it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.errors import AllaprimaError
from allaprima.io.film.safe_open import open_container
from allaprima.loops.forms import ENTRY
from allaprima.version import __version__

if TYPE_CHECKING:
    from av.container import OutputContainer

_LINE = re.compile(r"Painted with Allaprima \S+ \((unfinished|run [0-9a-f]{16})\)")
UNFINISHED = "unfinished"
"""In place of a run's name in what was kept of a film after Ctrl-C."""


def run_name(settings: Mapping[str, str]) -> str:
    """A run's name: the same for the same input, encoder and settings, in whichever form it held steady.

    A film that is finished is the one that is asked for: nothing that is of one form is to be added to it.
    """
    text = json.dumps({name: value for name, value in sorted(settings.items()) if name != ENTRY})
    return f"run {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def marked(comment: str, name: str) -> str:
    """The film's own comment, and below it our line; a line of an earlier run is replaced."""
    own = [line for line in comment.splitlines() if not _LINE.fullmatch(line.strip())]
    return "\n".join([*own, f"Painted with Allaprima {__version__} ({name})"])


def mark_output(output: OutputContainer, name: str) -> None:
    """Puts our line into the comment of a film whose header is still to be written."""
    said = [key for key in output.metadata if key.lower() == "comment"]
    comment = "\n".join(output.metadata.pop(key) for key in said)
    output.metadata["comment"] = marked(comment, name)


def mark_of(path: Path) -> str | None:
    """The name of the run that painted the film at ``path``; None where it was not painted here, or cannot be read."""
    try:
        with open_container(path) as container:
            comment = "\n".join(text for key, text in container.metadata.items() if key.lower() == "comment")
    except (AllaprimaError, OSError):
        return None
    found = _LINE.search(comment)
    return None if found is None else found[1]
