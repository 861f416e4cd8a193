"""The house: imports go down only, heavy imports wait until they are needed, exports are what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import allaprima
from draw_house import PICTURE, house
from house import FILES, FLOOR_OF, PACKAGE, imported_rooms, imports_of, room_of

LIGHT = ("allaprima", "allaprima.frames", "allaprima.config", "allaprima.sizes", "allaprima.curves", "allaprima.errors",
         "allaprima.bundled",
         *sorted(f"allaprima.cli.{path.stem}" for path in (PACKAGE / "cli").glob("*.py") if path.stem != "__init__"),
         *sorted(".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
                 for path in (PACKAGE / "io").rglob("*.py") if path.stem != "__init__"))
HEAVY = ("torch", "cv2", "openvino")
OPTIONAL = ("cyndilib", "fsspec", "mido", "onnxruntime", "pillow_heif", "pyvirtualcam", "ray")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    here = room_of(path)
    for room in imported_rooms(path):
        assert FLOOR_OF[here] < FLOOR_OF[room], f"{path.name} ({here}) imports from {room}"


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


def test_the_picture_of_the_house_is_of_these_imports() -> None:
    assert PICTURE.read_text(encoding="utf-8") == house(), "draw it anew: python tools/draw_house.py"
