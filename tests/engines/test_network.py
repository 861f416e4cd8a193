"""Networks of others: found out, called as torch calls them, tiled where they may be, refused where they are none."""

from __future__ import annotations

import json
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn

from allaprima.engines import Look, Region
from allaprima.engines.network import NetworkEngine, domain_style
from allaprima.engines.network_descriptions import beside, description_text, read_description
from allaprima.engines.network_examination import described
from allaprima.errors import AllaprimaError, OptionError, OutOfMemory, WeightsError
from made_networks import DOMAINS, LABELS, examples, export, exported
from made_networks import network as torch_network

KINDS = ("cyclegan", "dualgan", "johnson", "stargan", "spade", "local")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("networks")
    found = {kind: exported(kind, folder) for kind in KINDS}
    for path in found.values():
        beside(path).write_text(description_text(described(path)))
    return found


@pytest.fixture(scope="module")
def engines(files: dict[str, Path]) -> dict[str, NetworkEngine]:
    return {kind: NetworkEngine(path, "f32", 1) for kind, path in files.items()}


def picture(height: int = 48, width: int = 64) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = [0.5 + 0.4 * np.sin(rows / (3 + channel) + columns / (5 - channel)) for channel in range(3)]
    return np.stack(waves, axis=-1).astype(np.float32)


def labels(height: int = 48, width: int = 64) -> np.ndarray:
    return ((np.arange(height)[:, None] // 9 + np.arange(width) // 11) % LABELS).astype(np.uint16)


def look(domain: int = 0, strength: float = 1.0, height: int = 48, width: int = 64) -> Look:
    return Look(domain_style(f"domain-{domain}", [domain]), strength, labels=labels(height, width))


def by_torch(kind: str, image: np.ndarray, domain: int = 0) -> np.ndarray:
    height, width = image.shape[:2]
    tensor = torch.from_numpy(image.transpose(2, 0, 1))[None]
    with torch.no_grad():
        if kind == "spade":
            maps = torch.nn.functional.one_hot(torch.from_numpy(labels(height, width).astype(np.int64)), LABELS)
            result = torch_network(kind)(maps.permute(2, 0, 1)[None].float())
        elif kind == "stargan":
            result = torch_network(kind)(2 * tensor - 1, torch.eye(DOMAINS)[domain][None])
        elif kind == "johnson":
            result = torch_network(kind)(255 * tensor)
        else:
            result = torch_network(kind)(2 * tensor - 1)
    wide = result[0].permute(1, 2, 0).numpy()
    return wide / 255 if kind == "johnson" else (wide + 1) / 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_paints_as_torch_does(engines: dict[str, NetworkEngine], kind: str) -> None:
    image = picture()
    painted, _ = engines[kind].stylize(image[None], [look(2)])
    expected = np.clip(by_torch(kind, image, 2), 0, 1)
    assert expected.std() > 0.01
    np.testing.assert_allclose(painted[0], expected, atol=1e-4)


def test_what_a_graph_says_is_found_out(files: dict[str, Path]) -> None:
    found = {kind: read_description(path) for kind, path in files.items()}
    assert {kind: [one.role for one in about.inputs] for kind, about in found.items()} == {
        "cyclegan": ["picture"], "dualgan": ["picture"], "johnson": ["picture"], "local": ["picture"],
        "stargan": ["picture", "domain"], "spade": ["labels"]}
    assert found["stargan"].domains == DOMAINS
    assert found["johnson"].input_range == (0, 255)
    assert found["cyclegan"].output_range == (-1, 1)
    assert found["cyclegan"].overlap is None
    assert "MVN" in found["cyclegan"].over_all
    assert {kind: found[kind].multiple for kind in ("dualgan", "cyclegan", "spade")} == {
        "dualgan": 4, "cyclegan": 2, "spade": 4}
    assert 16 <= (found["local"].overlap or 0) <= 48


@pytest.mark.parametrize("kind", ["dualgan", "local", "spade"])
def test_tiles_give_what_the_whole_gives(engines: dict[str, NetworkEngine], monkeypatch: pytest.MonkeyPatch,
                                         kind: str) -> None:
    image, asked = picture(212, 236), look(height=212, width=236)
    whole, _ = engines[kind].stylize(image[None], [asked])
    monkeypatch.setattr(sys.modules[NetworkEngine.__module__], "TILE_PIXELS", 128 * 128)
    tiled, _ = engines[kind].stylize(image[None], [asked])
    np.testing.assert_allclose(tiled, whole, atol=1e-4)


def test_a_network_that_looks_at_the_whole_picture_is_not_cut(engines: dict[str, NetworkEngine],
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[NetworkEngine.__module__], "TILE_PIXELS", 100)
    monkeypatch.setattr(sys.modules[NetworkEngine.__module__], "LARGEST_WHOLE", 1000)
    with pytest.raises(OutOfMemory, match="looks at the whole picture at once"):
        engines["cyclegan"].stylize(picture()[None], [look()])


@pytest.mark.parametrize("size", [(47, 61), (9, 70), (1, 1)])
def test_any_size_comes_back(engines: dict[str, NetworkEngine], size: tuple[int, int]) -> None:
    image = np.asarray(np.rint(255 * picture(*size)), np.uint8)
    for kind in ("dualgan", "stargan", "spade"):
        painted, _ = engines[kind].stylize(image[None], [look(height=size[0], width=size[1])])
        assert painted.shape == (1, *size, 3)
        assert painted.dtype == np.uint8


def test_strength_goes_from_the_content_to_the_painting(engines: dict[str, NetworkEngine]) -> None:
    image = picture()
    none, half, whole = (engines["cyclegan"].stylize(image[None], [look(strength=strength)])[0]
                         for strength in (0.0, 0.5, 1.0))
    np.testing.assert_array_equal(none[0], image)
    np.testing.assert_allclose(half, (image[None] + whole) / 2, atol=1e-6)


def test_domains_differ_blend_and_are_put_where_masks_say(engines: dict[str, NetworkEngine]) -> None:
    image, engine = picture(), engines["stargan"]
    first, second = (engine.stylize(image[None], [look(domain)])[0] for domain in (0, 3))
    assert np.abs(first - second).max() > 0.01
    left = np.zeros((48, 64), np.float32)
    left[:, :32] = 1
    both, _ = engine.stylize(image[None], [replace(look(3), regions=(Region(look(0), left),))])
    np.testing.assert_allclose(both[0, :, :32], first[0, :, :32], atol=1e-6)
    np.testing.assert_allclose(both[0, :, 32:], second[0, :, 32:], atol=1e-6)
    with pytest.raises(OptionError, match="no such domain as domain-5"):
        engine.stylize(image[None], [look(DOMAINS)])
    with pytest.raises(OptionError, match="has its style in itself"):
        engine.encode(image, "art", 1.0)


def test_label_maps_are_wanted_and_checked(engines: dict[str, NetworkEngine], files: dict[str, Path]) -> None:
    image, engine = picture(), engines["spade"]
    with pytest.raises(OptionError, match="paints by a label map"):
        engine.stylize(image[None], [replace(look(), labels=None)])
    with pytest.raises(OptionError, match=f"the label {LABELS}.* knows 0 to {LABELS - 1}"):
        engine.stylize(image[None], [replace(look(), labels=np.full((48, 64), LABELS, np.uint16))])
    with pytest.raises(OptionError, match="has the label 255"):
        engine.stylize(image[None], [replace(look(), labels=np.full((48, 64), 255, np.uint16))])
    larger = np.repeat(np.repeat(labels(), 2, axis=0), 2, axis=1)
    np.testing.assert_array_equal(engine.stylize(image[None], [replace(look(), labels=larger)])[0],
                                  engine.stylize(image[None], [look()])[0])


def test_a_network_of_one_size_is_given_that(tmp_path: Path) -> None:
    path = export(torch_network("cyclegan"), examples("cyclegan", (32, 40)), tmp_path / "fixed.onnx", free=False)
    about = described(path)
    assert (about.height, about.width) == (32, 40)
    beside(path).write_text(description_text(about))
    engine = NetworkEngine(path, "f32", 1)
    painted, _ = engine.stylize(picture(32, 40)[None], [look()])
    np.testing.assert_allclose(painted[0], by_torch("cyclegan", picture(32, 40)), atol=1e-4)
    larger, _ = engine.stylize(picture(90, 100)[None], [look()])
    assert larger.shape == (1, 90, 100, 3)


def test_order_range_mean_and_layout_are_as_the_description_says(files: dict[str, Path], tmp_path: Path) -> None:
    class Swapped(nn.Module):
        """CycleGAN's network for pictures (1, H, W, 3), BGR, 0 to 255, less a mean."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = torch_network("local")

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = (x.permute(0, 3, 1, 2) + 10).flip(1) / 127.5 - 1
            return self.inner(x).flip(1).permute(0, 2, 3, 1)

    path = tmp_path / "swapped.onnx"
    sides = {1: "height", 2: "width"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Swapped(), (torch.rand(1, 32, 32, 3),), path, input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": sides, "y": sides}, dynamo=False, opset_version=17)
    about = described(path)
    assert about.layout == "NHWC"
    beside(path).write_text(description_text(replace(about, order="bgr", input_range=(0.0, 255.0),
                                                     output_range=(-1.0, 1.0),
                                                     mean=(10.0, 10.0, 10.0))))
    painted, _ = NetworkEngine(path, "f32", 1).stylize(picture()[None], [look()])
    np.testing.assert_allclose(painted[0], by_torch("local", picture()), atol=1e-4)


def written(path: Path, nodes: list[onnx.NodeProto], given: object, result: object, domain: str = "") -> Path:
    """A network of those nodes from x of that shape to y of another."""
    opsets = [helper.make_opsetid("", 17), *([helper.make_opsetid(domain, 1)] if domain else [])]
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, given)],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, result)])
    onnx.save(helper.make_model(graph, opset_imports=opsets), path)
    return path


RELU = [helper.make_node("Relu", ["x"], ["y"])]


@pytest.mark.parametrize(("nodes", "given", "result", "domain", "words"), [
    ([helper.make_node("Evil", ["x"], ["y"], domain="com.evil")], [1, 3, None, None], [1, 3, None, None], "com.evil",
     "operators of its own .com.evil.Evil"),
    (RELU, None, None, "", "unknown number of axes"),
    (RELU, [1, 1, None, None], [1, 1, None, None], "", "x has the shape 1x1x.x., which is neither a picture"),
    (RELU, [1, 3, None, 64], [1, 3, None, 64], "", "one free side only"),
    (RELU, [1, 3, 4, 4], [1, 3, 4, 4], "", "takes 4x4 pixels only"),
    (RELU, [1, 3], [1, 3], "", "takes no picture"),
    ([helper.make_node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=1)], [1, 3, None, None], [1, 1, None, None], "",
     "no picture of three colours"),
    ([helper.make_node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2])], [1, 3, None, None],
     [1, 3, None, None], "", "makes 1x3x64x64 of a picture of 128x128"),
])
def test_what_cannot_be_run_is_refused_in_a_sentence(tmp_path: Path, nodes: list[onnx.NodeProto], given: object,
                                                     result: object, domain: str, words: str) -> None:
    with pytest.raises(WeightsError, match=words) as refusal:
        described(written(tmp_path / "net.onnx", nodes, given, result, domain))
    assert "\n" not in str(refusal.value)
    assert refusal.value.hint


@pytest.mark.parametrize("content", [b"", b"junk" * 100, b"<?xml version='1.0'?><net/>", b"\x80\x04c os\nsystem\n"])
def test_what_is_no_network_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.onnx").write_bytes(content)
    with pytest.raises(WeightsError, match="is no ONNX network"):
        described(tmp_path / "net.onnx")


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "net.onnx").open("wb") as file:
        file.truncate((2 << 30) + 1)
    with pytest.raises(WeightsError, match="larger than 2 GiB"):
        described(tmp_path / "net.onnx")


@pytest.mark.parametrize(("change", "words"), [
    ({"allaprima": "style"}, "describes no network"),
    ({"inputs": []}, "makes no sense"),
    ({"inputs": [{"name": "picture", "role": "song"}]}, "role is none of picture"),
    ({"inputs": [{"name": "other", "role": "picture"}]}, "names other inputs"),
    ({"input_range": [1, 1]}, "makes no sense"),
    ({"deviation": [1, 0, 1]}, "makes no sense"),
    ({"mean": ["1", 0, 1]}, "is not 3 numbers"),
    ({"multiple": -1}, "no whole number"),
    ({"multiple": True}, "no whole number"),
    ({"sha256": "0"}, "another network"),
])
def test_a_description_that_makes_no_sense_is_refused(files: dict[str, Path], tmp_path: Path,
                                                      change: dict[str, object], words: str) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(files["cyclegan"].read_bytes())
    beside(path).write_text(json.dumps(json.loads(beside(files["cyclegan"]).read_text()) | change))
    with pytest.raises(AllaprimaError, match=words):
        NetworkEngine(path, "f32", 1)


def test_a_network_without_a_description_says_how_to_get_one(files: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(files["cyclegan"].read_bytes())
    with pytest.raises(OptionError, match=r"there is no .*net.json") as refusal:
        NetworkEngine(tmp_path / "net.onnx", "f32", 1)
    assert "allaprima network describe" in str(refusal.value.hint)


def test_the_engine_of_a_file_is_such_an_engine(files: dict[str, Path]) -> None:
    from allaprima.engines import engine_for
    from allaprima.runtimes import runtime_for

    engine = engine_for(str(files["local"]), runtime_for("cpu", "fp32"))
    assert isinstance(engine, NetworkEngine)
    assert engine.settings["weights"] == read_description(files["local"]).sha256[:12]
