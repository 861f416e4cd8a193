"""The house: imports go down only, heavy imports wait until they are needed, exports are what they say."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import allaprima

PACKAGE = Path(allaprima.__file__).parent
FLOORS = (
    {"__main__"},
    {"cli"},
    {"__init__"},
    {"api", "cluster", "train", "evaluate", "transforms"},
    {"pipeline"},
    {"engines", "temporal", "io"},
    {"runtimes", "weights"},
    {"fetching"},
    {"nets"},
    {"functional", "sheets"},
    {"frames", "config", "curves", "folders", "bundled", "version"},
    {"errors"},
    {"addresses"},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
LIGHT = ("allaprima", "allaprima.frames", "allaprima.config", "allaprima.curves", "allaprima.errors",
         "allaprima.bundled",
         *sorted(f"allaprima.cli.{path.stem}" for path in (PACKAGE / "cli").glob("*.py") if path.stem != "__init__"),
         *sorted(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
                 for path in (PACKAGE / "io").rglob("*.py") if path.stem != "__init__"))
HEAVY = ("torch", "cv2", "openvino")
OPTIONAL = ("pillow_heif", "pyvirtualcam")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    here = room_of(path)
    for module in imports_of(path):
        parts = module.split(".")
        if parts[0] != "allaprima" or len(parts) == 1:
            continue
        there = parts[1] if parts[1] in FLOOR_OF else "__init__"
        if (there == "__init__" and here == "__init__") or here == there:
            continue
        assert FLOOR_OF[here] < FLOOR_OF[there], f"{path.name} ({here}) imports {module}"


def test_every_room_has_a_floor() -> None:
    assert {room_of(path) for path in FILES} <= set(FLOOR_OF)


def test_each_optional_package_is_imported_in_one_file() -> None:
    for package in OPTIONAL:
        importers = [path for path in FILES if any(module.split(".")[0] == package for module in imports_of(path))]
        assert len(importers) == 1, package


def test_light_modules_import_nothing_heavy() -> None:
    script = (f"import sys, importlib\nfor name in {LIGHT!r}:\n    importlib.import_module(name)\n"
              f"    heavy = [m for m in {HEAVY!r} if m in sys.modules]\n    assert not heavy, (name, heavy)\n")
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONPATH": str(PACKAGE.parent), "PATH": ""})


def test_exports_exist_and_are_sorted() -> None:
    assert all(hasattr(allaprima, name) for name in allaprima.__all__)
    assert list(allaprima.__all__) == sorted(allaprima.__all__)
