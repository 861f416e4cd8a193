"""Exported networks: run by onnxruntime they paint what OpenVINO paints, at any size, in each of their kinds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allaprima import weights
from allaprima.engines.adain import AdaINEngine, compact
from allaprima.engines.export.checking import check_encoder, check_network, refuse_far, session_of
from allaprima.engines.export.exporting import Network, exported_encoder, exported_network, network_of
from allaprima.engines.looks import Look
from allaprima.errors import AllaprimaError, OptionError
from allaprima.functional.guides import usual_guides
from allaprima.pipeline.looks.styles import load_style
from allaprima.runtimes.calls import Modulation
from allaprima.runtimes.openvino import OpenVINORuntime

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

SIZES = ((64, 48), (50, 37), (16, 16))


@pytest.fixture(scope="module")
def runtime() -> OpenVINORuntime:
    return OpenVINORuntime("cpu", "fp32", 1)


@pytest.fixture(scope="module")
def engine(runtime: OpenVINORuntime) -> AdaINEngine:
    return compact("fast", runtime)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    smooth = [np.linspace(0, 1, height)[:, None, None] * rng.random(3) for height, _ in SIZES]
    return [np.clip(0.7 * ramp + 0.3 * rng.random((height, width, 3)), 0, 1).astype(np.float32)
            for ramp, (height, width) in zip(smooth, SIZES, strict=True)]


@pytest.fixture(scope="module")
def look(engine: AdaINEngine, pictures: list[np.ndarray]) -> Modulation:
    return engine.modulation([Look(engine.encode(pictures[0], "noise"), 0.6)])


@pytest.fixture(scope="module")
def network() -> Network:
    return network_of("fast")


@pytest.mark.parametrize("moments", ["own", "given"])
def test_a_network_paints_as_openvino_does_at_any_size(
        runtime: OpenVINORuntime, network: Network, look: Modulation, pictures: list[np.ndarray], moments: str) -> None:
    exported = exported_network(network, "fp32", moments)  # type: ignore[arg-type]
    found = check_network(exported, network, look, runtime, pictures, "fp32")
    assert [(apart.height, apart.width) for apart in found] == list(SIZES)
    assert max(apart.largest for apart in found) < 0.1


def test_given_moments_are_mixed_with_the_pictures_own(
        runtime: OpenVINORuntime, network: Network, look: Modulation, pictures: list[np.ndarray]) -> None:
    session = session_of(exported_network(network, "fp32", "given"))
    transfer = runtime.compact(network.tensors, network.shape)
    _, before = transfer.measure(pictures[1][None], look)
    expected, moments = transfer.measure(pictures[0][None], look, before, 0.25)
    painted, mean, variance = session.run(["painted", "mean", "variance"], {
        "picture": pictures[0].transpose(2, 0, 1)[None], "scale": look.scale, "bias": look.bias, "mix": look.mix,
        "given_mean": before.mean, "given_variance": before.variance, "momentum": np.full((1, 1), 0.25, np.float32)})
    assert np.abs(painted[0].transpose(1, 2, 0) - expected[0]).max() < 1e-3
    assert np.allclose(mean, moments.mean, atol=1e-3)
    assert np.allclose(variance, moments.variance, rtol=1e-3, atol=1e-3)


def test_a_fitted_style_is_a_network_that_takes_a_picture_and_nothing_else(
        runtime: OpenVINORuntime, engine: AdaINEngine, pictures: list[np.ndarray]) -> None:
    starry = Look(load_style("starry", engine), 1.0)
    exported = exported_network(network_of("fast", starry))
    assert [value.name for value in exported.inputs] == ["picture"]
    painted = session_of(exported).run(None, {"picture": pictures[0].transpose(2, 0, 1)[None]})[0]
    expected, _ = engine.networks.stylize(engine, pictures[0][None], [starry], None)  # type: ignore[union-attr]
    assert np.abs(painted[0].transpose(1, 2, 0) - expected[0]).max() < 1.5 / 255


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_fewer_bits_are_smaller_and_near(
        runtime: OpenVINORuntime, network: Network, look: Modulation, pictures: list[np.ndarray],
        precision: str) -> None:
    exported = exported_network(network, precision)  # type: ignore[arg-type]
    assert len(exported.content) < 0.55 * len(exported_network(network).content)
    found = check_network(exported, network, look, runtime, pictures[:1], precision)  # type: ignore[arg-type]
    assert 0 < found[0].mean < 1.5


def test_files_keep_to_the_rules_of_onnx_and_name_their_sizes(network: Network) -> None:
    for precision in ("fp32", "fp16", "int8"):
        exported = exported_network(network, precision, words={"what": "fast"})  # type: ignore[arg-type]
        model = onnx.load_from_string(exported.content)
        onnx.checker.check_model(model, full_check=True)
        assert model.opset_import[0].version == exported.opset
        assert {word.key: word.value for word in model.metadata_props} == {"what": "fast"}
        sides = model.graph.input[0].type.tensor_type.shape.dim
        assert [side.dim_param or side.dim_value for side in sides] == [1, 3, "height", "width"]


def test_the_encoder_measures_as_openvino_does_and_maps_as_the_engine_does(
        runtime: OpenVINORuntime, engine: AdaINEngine, pictures: list[np.ndarray]) -> None:
    exported = exported_encoder("fast")
    even = [pictures[0]]
    assert check_encoder(exported, runtime.style_encoder(weights.load("style-encoder")), even, "fp32") < 1e-4
    _, scale, bias = session_of(exported).run(None, {"picture": even[0].transpose(2, 0, 1)[None]})
    code = runtime.style_encoder(weights.load("style-encoder"))(even[0])
    style = load_style("starry", engine)
    expected = engine.modulation([Look(type(style)("own", code, style.pixels, style.encoder), 1.0)])
    assert np.allclose(scale, expected.scale, atol=1e-3)
    assert np.allclose(bias, expected.bias, atol=1e-3)


def test_what_paints_otherwise_is_refused(
        runtime: OpenVINORuntime, network: Network, look: Modulation, pictures: list[np.ndarray]) -> None:
    bent = Network(network.name, {**network.tensors, "to_rgb.bias": network.tensors["to_rgb.bias"] + 0.02},
                   network.shape, network.ranges)
    with pytest.raises(AllaprimaError, match="paints otherwise"):
        check_network(exported_network(bent), network, look, runtime, pictures[:1], "fp32")
    refuse_far([], "fp32")


def test_what_cannot_be_exported_is_refused_with_the_remedy(network: Network) -> None:
    with pytest.raises(OptionError, match="ranges"):
        exported_network(Network("own", network.tensors, network.shape, {}), "int8")
    with pytest.raises(OptionError, match="only compact networks"):
        network_of("vgg19")
    with pytest.raises(OptionError, match="int8"):
        exported_encoder(None, "int8")


def test_a_fit_that_is_told_its_places_is_refused(engine: AdaINEngine) -> None:
    starry = load_style("starry", engine)
    placed = replace(starry, fitted=tuple(replace(fitted, guides=usual_guides()) for fitted in starry.fitted))
    with pytest.raises(OptionError, match="where in the frame"):
        network_of("fast", Look(placed))


def test_a_picture_s_file_carries_the_kernels_that_its_code_mixes() -> None:
    style = compact("balanced", OpenVINORuntime("cpu", "fp32", 1)).encode(np.full((64, 64, 3), 90, np.uint8), "grey")
    [mixed] = style.fitted
    network, alone = network_of("balanced", Look(style)), weights.load("balanced")
    assert mixed.mixed
    assert network.ranges == mixed.ranges
    for name, difference in mixed.kernels.items():
        assert np.abs(network.tensors[name] - alone[name] - difference.array()).max() < 1e-6
    kernel = "quarter.0.first.convolution.weight"
    assert np.abs(network.tensors[kernel] - alone[kernel]).max() > 1e-3
