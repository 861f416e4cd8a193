"""The structure of the package: its rooms, the floors that they stand on, and what imports what, read from the source.

The test of the architecture holds the imports to these floors; ``draw_house.py`` draws them.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import allaprima

PACKAGE = Path(allaprima.__file__).parent
FLOORS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli",),
    ("__init__",),
    ("transforms",),
    ("api", "train", "evaluate", "farm", "serve"),
    ("pipeline", "web"),
    ("engines", "temporal", "io", "subjects"),
    ("runtimes", "weights"),
    ("fetching",),
    ("nets",),
    ("functional", "sheets", "colorspaces", "library", "loops"),
    ("frames", "config", "curves", "folders", "bundled", "version", "kernel_coding", "packs"),
    ("sizes",),
    ("errors",),
    ("addresses", "parsing", "spelling", "plurals"),
)
"""Imports go from a floor to those below it; rooms on one floor do not import each other."""
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """The room that a source file belongs to: the first folder, or the file itself."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Every module that a file imports, anywhere in it, by its absolute name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def imported_rooms(path: Path) -> set[str]:
    """The other rooms of the package that a file imports from."""
    rooms = set()
    for module in imports_of(path):
        parts = module.split(".")
        if parts[0] == "allaprima" and len(parts) > 1:
            rooms.add(parts[1] if parts[1] in FLOOR_OF else "__init__")
    return rooms - {room_of(path)}


def purpose_of(room: str) -> str:
    """The first sentence of a room's docstring."""
    path = PACKAGE / room / "__init__.py"
    text = (path if path.is_file() else PACKAGE / f"{room}.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text)) or ""
    return re.split(r"\. (?=[A-Z])", docstring.split("\n")[0])[0].rstrip(".")


def inner_rooms(room: str) -> list[str]:
    """The folders inside a room."""
    return sorted(path.parent.name for path in (PACKAGE / room).glob("*/__init__.py"))
