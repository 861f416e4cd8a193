"""What a style's code mixes for a network: a fit like any other, that no file keeps and a real fit goes before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from allaprima import weights
from allaprima.engines import Look, Style, blended, settled
from allaprima.engines.adain import AdaINEngine, compact
from allaprima.engines.encoding import at_work
from allaprima.engines.fitted import digest_of
from allaprima.engines.looks import Units, kept_fits
from allaprima.engines.mixing import KernelMixer, completed, with_kernels
from allaprima.errors import WeightsError
from allaprima.nets.tensor_shapes import tensor_shapes
from allaprima.pipeline.looks.styles import load_style, read_style, write_style
from allaprima.runtimes.pytorch import TorchRuntime
from standin import SHA256, SHAPE, chance_fit, chance_style, chance_tensors

COUNT = 3
WHITENING = np.zeros(1920, np.float32), np.ones(1920, np.float32)


def chance_kernels(seed: int = 7) -> dict[str, np.ndarray]:
    """A file of kernels by chance, as its tensors are read."""
    random = np.random.default_rng(seed)

    def drawn(size: float, *shape: int) -> np.ndarray:
        return (size * random.normal(size=shape)).astype(np.float32)

    names = [name for name in chance_tensors() if "convolution." in name or name.startswith("to_")]
    shapes = tensor_shapes(SHAPE)
    filters = sum({name.rpartition(".")[0]: shapes[name][0] for name in names}.values())
    rows = 2 * SHAPE.channels()
    tensors = {"mapping.0.weight": drawn(0.02, 512, 1920), "mapping.0.bias": drawn(0.1, 512),
               "mapping.2.weight": drawn(0.05, 256, 512), "mapping.2.bias": drawn(0.1, 256),
               "coefficients.weight": drawn(0.1, COUNT * filters, 256),
               "coefficients.bias": drawn(1, COUNT * filters), "rows.weight": drawn(0.05, rows, 256),
               "rows.bias": drawn(0.5, rows), "null_rows.weight": drawn(0.01, rows, 256),
               "null_rows.bias": drawn(0.5, rows)}
    for name, shape in shapes.items():
        if name in names:
            tensors[f"common.{name}"] = drawn(0.02, *shape)
            tensors[f"differences.{name}"] = drawn(0.02, COUNT, *shape)
    return tensors


@pytest.fixture(scope="module")
def mixer() -> KernelMixer:
    return KernelMixer(chance_kernels(), WHITENING, "fast", SHA256, None)


def test_differences_are_linear_in_the_coefficients_of_their_filter(mixer: KernelMixer) -> None:
    tensors = chance_kernels()
    code = chance_style("s", 1).code
    mapped = np.maximum(tensors["mapping.0.weight"] @ code + tensors["mapping.0.bias"], 0)
    mapped = np.maximum(tensors["mapping.2.weight"] @ mapped + tensors["mapping.2.bias"], 0)
    filters = {name.removeprefix("common.").rpartition(".")[0]: len(tensor) for name, tensor in tensors.items()
               if name.startswith("common.")}
    layer = "eighth.2.second.convolution"
    start = COUNT * sum(filters[name] for name in sorted(filters) if name < layer)
    shares = (tensors["coefficients.weight"] @ mapped + tensors["coefficients.bias"])[start:]
    shares = shares[:COUNT * filters[layer]].reshape(-1, COUNT)
    name = f"{layer}.weight"
    wanted = tensors[f"common.{name}"] + sum(
        share[:, None, None, None] * difference
        for share, difference in zip(shares.T, tensors[f"differences.{name}"], strict=True))
    assert np.abs(mixer.fit(replace(chance_style("s", 1), code=code)).kernels[name].array() - wanted).max() < 2e-3


def test_units_of_these_kernels_are_mixed_in_place_of_what_the_code_is_mapped_to() -> None:
    mixer = KernelMixer(chance_kernels(), WHITENING, "fast", SHA256, None, kernels="k" * 64)
    first, second = chance_style("s", 1), chance_style("t", 2)
    own = digest_of(mixer.fit(second))
    of_second = Units("k" * 64, mixer.units(second))
    assert digest_of(mixer.fit(replace(first, units=(Units("o" * 64, of_second.values), of_second)))) == own
    assert digest_of(mixer.fit(replace(first, units=(Units("o" * 64, of_second.values),)))) == digest_of(
        mixer.fit(first)) != own


def test_differences_in_8_bits_are_taken_by_the_scales_of_their_kernels() -> None:
    tensors = chance_kernels()
    name = "differences.to_quarter.weight"
    scales = np.full(tensors[name].shape[:2], 0.5, np.float32)
    halved = tensors | {name: 2 * tensors[name], f"scales.{name}": scales}
    ours, theirs = (KernelMixer(one, WHITENING, "fast", SHA256, None).fit(chance_style("s", 1))
                    for one in (tensors, halved))
    assert digest_of(ours) == digest_of(theirs)


def test_every_style_has_what_its_own_code_mixes_the_same_every_time(mixer: KernelMixer) -> None:
    first, second = chance_style("s", 1), chance_style("s", 2)
    assert digest_of(mixer.fit(first)) == digest_of(mixer.fit(replace(first)))
    assert digest_of(mixer.fit(first)) != digest_of(mixer.fit(second))


def test_what_was_fitted_to_a_style_goes_before(mixer: KernelMixer) -> None:
    fit = chance_fit(1)
    style = with_kernels(replace(chance_style("s", 1), fitted=(fit,)), mixer)
    assert style.fitted == (fit,)
    other = with_kernels(replace(chance_style("s", 1), fitted=(chance_fit(1, sha256="1" * 64),)), mixer)
    assert [one.mixed for one in other.fitted] == [False, True]
    assert kept_fits(other) == other.fitted[:1]


def test_each_part_of_a_blend_mixes_its_own_and_kernels_are_added_up(mixer: KernelMixer) -> None:
    first, second = (with_kernels(chance_style("s", seed), mixer) for seed in (1, 2))
    blend = settled([(first, 0.25), (second, 0.75)])
    assert [share for _, share in blend.mixture(SHA256)] == [0.25, 0.75]
    moving = blended([(first, 0.25), (second, 0.75)])
    assert [share for _, share in moving.networks(SHA256)] == [0.25, 0.75]


def test_kernels_that_lack_a_part_are_refused() -> None:
    for missing in ("coefficients.bias", "rows.weight", "common.to_half.weight"):
        tensors = {name: tensor for name, tensor in chance_kernels().items() if name != missing}
        with pytest.raises(WeightsError, match="not whole"):
            KernelMixer(tensors, WHITENING, "fast", SHA256, None)
    tensors = chance_kernels() | {"mapping.2.weight": np.zeros((256, 500), np.float32)}
    with pytest.raises(WeightsError, match="not whole"):
        KernelMixer(tensors, WHITENING, "fast", SHA256, None)


def own_network(folder: Path, **said: str) -> str:
    """A network of one's own with kernels beside it, which say that of themselves."""
    save_file(chance_tensors(), folder / "own.safetensors", {"shape": json.dumps(SHAPE._asdict())})
    words = {"base": weights.sha256_of(folder / "own.safetensors"), "count": COUNT, "ranges": {"to_half": [-0.5, 0.5]}}
    save_file(chance_kernels(), folder / "own-kernels.safetensors", {"kernels": json.dumps(words | said)})
    return str(folder / "own.safetensors")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> AdaINEngine:
    return compact(own_network(tmp_path_factory.mktemp("own")), TorchRuntime())


def test_styles_are_measured_by_what_their_kernels_have_learnt_from(engine: AdaINEngine, photo: np.ndarray,
                                                                    tmp_path: Path) -> None:
    measuring = compact(own_network(tmp_path, codes="slim-vgg19"), TorchRuntime())
    ours, older = measuring.encode(photo, "a"), engine.encode(photo, "a")
    assert (ours.encoder, older.encoder) == tuple(weights.named(name).sha256[:12]
                                                  for name in ("slim-vgg19", "style-encoder"))
    [seen] = at_work(photo, "a", weights.STYLE_SIZE)
    assert (ours.code == TorchRuntime().vgg_code(weights.load("slim-vgg19"))(seen)).all()
    far = replace(ours, code=ours.code * 5)  # far numbers count by their logarithms
    rows = [one.mixer.fit(style).row for one in (measuring, engine) for style in (ours, far)]
    assert np.abs(rows[1] - rows[0]).mean() < 0.7 * np.abs(rows[3] - rows[2]).mean()


def test_kernels_of_codes_that_are_not_known_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not know"):
        compact(own_network(tmp_path, codes="another"), TorchRuntime())


def test_a_style_s_file_keeps_its_code_alone_and_is_painted_the_same(engine: AdaINEngine, photo: np.ndarray,
                                                                     tmp_path: Path) -> None:
    image = photo[None, :48, :64]
    first, second = engine.encode(photo, "a"), engine.encode(photo[::-1, :, ::-1] // 2, "b")
    assert first.fitted[0].mixed
    for style in (first, settled([(first, 0.4), (second, 0.6)])):
        path = tmp_path / f"{len(style.parts)}.style"
        write_style(path, style)
        assert path.stat().st_size < 40_000
        again = load_style(str(path), engine)
        ours, theirs = (engine.stylize(image, [Look(one)])[0] for one in (again, style))
        assert (ours == theirs).all()
        assert not kept_fits(read_style(path))


def test_what_was_fitted_is_painted_to_the_bit_as_without_kernels(engine: AdaINEngine, photo: np.ndarray,
                                                                   tmp_path: Path) -> None:
    own = tmp_path / "own.safetensors"
    own.write_bytes(Path(engine.name).read_bytes())
    plain = compact(str(own), TorchRuntime())
    fitted = chance_style("fitted", 3, chance_fit(3, sha256=weights.sha256_of(own)))
    image = photo[None, :48, :64]
    assert with_kernels(fitted, engine.mixer) is fitted
    for look in (Look(fitted), Look(fitted, 0.4), Look(chance_style("by its code", 4))):
        ours, theirs = (one.stylize(image, [look])[0] for one in (engine, plain))
        assert (ours == theirs).all()


def test_strength_and_blends_move_steadily_from_end_to_end(engine: AdaINEngine, photo: np.ndarray) -> None:
    image = photo[None, :48, :64].astype(np.float32) / 255
    first, second = engine.encode(photo, "a"), engine.encode(photo[::-1, :, ::-1] // 2, "b")
    for looks in ([Look(first, strength) for strength in (0.0, 0.25, 0.5, 0.75, 1.0)],
                  [Look(blended([(first, 1 - share), (second, share)])) for share in (1e-6, 0.25, 0.5, 0.75, 1.0)]):
        pictures = [engine.stylize(image, [look])[0] for look in looks]
        away = [float(np.abs(picture - pictures[0]).mean()) for picture in pictures]
        assert away == sorted(away)
        assert away[-1] > 0.02


def test_a_model_without_kernels_leaves_styles_as_they_are(engine: AdaINEngine) -> None:
    style = Style("plain", chance_style("s", 1).code, (1, 1, 1, 1), "")
    assert completed(style, engine).fitted[0].mixed

    class Other:
        name = "reference"
        settings = {"weights": "0" * 12}  # noqa: RUF012  a stand-in's

    assert completed(style, Other()) is style  # type: ignore[arg-type]
