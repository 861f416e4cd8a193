"""The page as static files: what is put beside the built page, and what the list for visits without a network says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load

from allaprima import weights
from allaprima.bundled import bundled_styles
from allaprima.cli.web import prepare
from allaprima.engines.export.compact import add_compact
from allaprima.engines.export.graph import Graph
from allaprima.engines.style_files import parsed_style_bytes
from allaprima.errors import SinkError, SourceError
from allaprima.web import page
from allaprima.web.networks import OUTSIDE
from allaprima.web.writing import KEPT, Part, write_page
from cli.outcome import Outcome


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Part]]:
    built = tmp_path_factory.mktemp("built")
    (built / "assets").mkdir()
    (built / "runtime").mkdir()
    (built / "index.html").write_text("<!doctype html>")
    (built / "sw.js").write_text('const VERSION = "unwritten";')
    (built / "assets" / "index-1.js").write_text("export {};")
    (built / "runtime" / "ort.wasm").write_bytes(bytes(99))
    (built / "runtime" / "ort.jspi.wasm").write_bytes(bytes(100))
    folder = tmp_path_factory.mktemp("written")
    return folder, write_page(folder, built)


def test_a_page_holds_networks_styles_and_an_example(written: tuple[Path, list[Part]]) -> None:
    folder, parts = written
    about = json.loads((folder / "models" / "about.json").read_text())
    assert [style["name"] for style in about["styles"]] == list(bundled_styles())
    for name in ("fast", "balanced"):
        fitted = parsed_style_bytes((folder / "styles" / f"starry.{name}.style").read_bytes()).style.fitted
        assert [fit.sha256 for fit in fitted] == [about["networks"][name]["sha256"]]
        assert about["networks"][name]["kernels"] == weights.sha256_of(folder / "models" / f"{name}.mixed")
    with Image.open(folder / "styles" / "starry.jpg") as picture:
        assert picture.size == (192, 192)
    listed = {name for part in parts for name in part.files}
    assert listed == {path.relative_to(folder).as_posix() for path in folder.rglob("*")
                      if path.is_file()} - {"files.json"}


def test_a_visit_keeps_what_paints_without_a_network_and_no_more(written: tuple[Path, list[Part]]) -> None:
    folder, parts = written
    kept = set(json.loads((folder / "files.json").read_text()))
    assert {"index.html", "runtime/ort.wasm", "models/fast.kernels", "styles/mosaic.fast.style", "example.jpg"} <= kept
    assert {"models/balanced.kernels", "styles/mosaic.balanced.style"} <= kept
    assert not kept & {"sw.js", "runtime/ort.jspi.wasm", "models/style-encoder.tensors"}
    assert kept == {name for part in parts if part.name in KEPT for name in part.files} - {"sw.js"}
    assert "unwritten" not in (folder / "sw.js").read_text()


def test_places_lay_a_network_out_without_gaps(written: tuple[Path, list[Part]]) -> None:
    folder, _ = written
    about = json.loads((folder / "models" / "about.json").read_text())["networks"]["fast"]
    tensors = load((folder / "models" / "fast.kernels").read_bytes())
    end = 0
    for place in about["places"]:
        assert place["offset"] == end
        assert place["tensor"] in tensors
        numbers = tensors[place["tensor"]].size
        grown = {"plain": numbers, "squares": numbers, "phases": numbers * 16 // 9, "phase-bias": numbers * 4}
        assert place["length"] == 4 * grown[place["as"]]
        end += place["length"]


def test_the_graph_beside_its_weights_is_the_one_that_is_exported(written: tuple[Path, list[Part]]) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    folder, _ = written
    entry = weights.named("fast")
    assert entry.shape is not None
    whole = Graph("fast")
    add_compact(whole, weights.load("fast"), entry.shape, {}, None, carried=True)
    beside = (folder / "models" / "fast.onnx").read_bytes()
    assert OUTSIDE.encode() in beside
    assert len(beside) < 0.2 * len(whole.content({}))
    assert [value.name for value in onnxruntime.InferenceSession(
        whole.content({}), providers=["CPUExecutionProvider"]).get_inputs()] == [
            "picture", "scale", "bias", "mix", "given_mean", "given_variance", "momentum"]
    assert np.isfinite(load((folder / "models" / "fast.mapping").read_bytes())["null_style"]).all()


def test_only_an_earlier_page_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("dear")
    with pytest.raises(SinkError, match="not empty"):
        prepare(tmp_path, overwrite=False)
    with pytest.raises(SinkError, match="no page of ours"):
        prepare(tmp_path, overwrite=True)
    assert (tmp_path / "diary.txt").read_text() == "dear"
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "about.json").write_text("{}")
    prepare(tmp_path, overwrite=True)
    assert list(tmp_path.iterdir()) == []


def test_an_installation_without_a_page_says_how_to_get_one(
        command: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(page, "bundled_folder", lambda name: None)
    with pytest.raises(SourceError, match="no page"):
        page.page_folder()
    outcome = command("allaprima", "web", tmp_path / "out")
    assert outcome.code == 1
    assert "npm ci && npm run build" in outcome.err
    assert not (tmp_path / "out").exists()
