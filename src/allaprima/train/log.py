"""The run's log: one JSON object a line, whole at any time, cut back to the checkpoint when a run is taken up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

Entry = dict[str, float | int | str]


def append(path: Path, entry: Mapping[str, float | int | str]) -> None:
    """Adds a line."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(dict(entry)) + "\n")


def entries(path: Path) -> list[Entry]:
    """All lines; a last one that a crash cut short is left out."""
    found: list[Entry] = []
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(line))
            except json.JSONDecodeError:
                break
    return found


def cut_back(path: Path, step: int) -> None:
    """Removes what was logged after ``step``: those steps are taken again."""
    kept = [entry for entry in entries(path) if int(entry.get("step", 0)) <= step]
    if path.exists():
        path.write_text("".join(json.dumps(entry) + "\n" for entry in kept), encoding="utf-8")
