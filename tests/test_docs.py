"""The examples of the documentation are run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from made_films import Film
from places import ROOT

CODE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_python_api_run(photo: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.fromarray(photo).save(tmp_path / "photo.jpg")
    Image.fromarray(photo[::-1, :, ::-1]).save(tmp_path / "art.jpg")
    Film(times=tuple(range(0, 6 * 512, 512))).write(tmp_path / "in.mp4")
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = CODE.findall(page)
    assert len(blocks) > 8
    known: dict[str, object] = {}
    for match in CODE.finditer(page):
        line = page.count("\n", 0, match.start()) + 2
        exec(compile("\n" * (line - 1) + match.group(1), "docs/python.md", "exec"), known)
    assert (tmp_path / "painted.png").is_file()
    assert (tmp_path / "out.mp4").is_file()
