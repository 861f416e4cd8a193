"""The build hook that puts the page into wheels: what it builds anew, and what it says where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("hatchling")

from page_build import STAMP, built, sources_of


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.ts").write_text("export {};")
    (tmp_path / "package.json").write_text("{}")
    return tmp_path


def test_sources_are_what_the_page_is_built_of_and_nothing_else(page: Path) -> None:
    before = sources_of(page)
    (page / "node_modules").mkdir()
    (page / "node_modules" / "x.js").write_text("x")
    (page / STAMP).write_text("x")
    assert sources_of(page) == before
    (page / "src" / "main.ts").write_text("export const one = 1;")
    assert sources_of(page) != before


def test_a_page_of_the_same_sources_is_taken_as_it_is(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert built(page) == "Node is not installed"
    (page / "dist").mkdir()
    (page / "dist" / "index.html").write_text("")
    (page / STAMP).write_text(sources_of(page))
    assert built(page) is None
    (page / "src" / "main.ts").write_text("export const two = 2;")
    assert built(page) == "Node is not installed"
