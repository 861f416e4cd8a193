"""Films, numbered frames, pictures and a live show through networks of others, as a shell would run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from cli.outcome import Outcome
from made_films import Film
from made_networks import LABELS, exported

Command = Callable[..., Outcome]
KINDS = ("cyclegan", "dualgan", "stargan", "spade")
FRAMES = 6


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("networks")
    return {kind: exported(kind, folder) for kind in KINDS}


@pytest.fixture
def folder(tmp_path: Path, networks: dict[str, Path], command: Command, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for kind, path in networks.items():
        (tmp_path / path.name).write_bytes(path.read_bytes())
        if not path.with_suffix(".json").exists():
            assert command("allaprima", "network", "describe", path).code == 0
        (tmp_path / f"{kind}.json").write_bytes(path.with_suffix(".json").read_bytes())
    Film(times=range(0, FRAMES * 512, 512)).write(tmp_path / "clip.mp4")
    for number in range(1, FRAMES + 1):
        rows = np.arange(48)[:, None] + number
        Image.fromarray(((rows // 9 + np.arange(64) // 11) % LABELS).astype(np.uint8)).save(f"seg.{number:04d}.png")
    return tmp_path


def frames_of(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(float) for frame in container.decode(video=0)]


def test_what_a_network_wants_is_told(command: Command, folder: Path) -> None:
    told = command("allaprima", "network", "describe", "stargan.onnx", "--overwrite")
    assert "a domain, --domain 0 to 4" in told.err
    assert "the whole picture at once (MVN)" in told.err
    assert "painted in tiles" in command("allaprima", "network", "describe", "dualgan.onnx", "--overwrite").err
    assert "exists already" in command("allaprima", "network", "describe", "dualgan.onnx").err


@pytest.mark.parametrize(("kind", "options", "result"), [
    ("cyclegan", (), "clip-cyclegan.mp4"),
    ("dualgan", (), "clip-dualgan.mp4"),
    ("stargan", ("--domain", "0:1,3f:4"), "clip-stargan-domain-1-domain-4.mp4"),
    ("spade", ("--labels", "seg.%04d.png"), "clip-spade.mp4"),
])
def test_a_film_goes_through_each_kind(command: Command, folder: Path, kind: str, options: tuple[str, ...],
                                       result: str) -> None:
    outcome = command("stylize-video", "clip.mp4", "-m", f"{kind}.onnx", *options)
    assert outcome.code == 0, outcome.err
    before, after = frames_of(folder / "clip.mp4"), frames_of(folder / result)
    assert len(after) == len(before) == FRAMES
    assert min(np.abs(one - other).mean() for one, other in zip(before, after, strict=True)) > 2


def test_frames_that_are_numbered_take_the_labels_of_their_numbers(command: Command, folder: Path) -> None:
    for number in range(1, FRAMES + 1):
        Image.new("RGB", (64, 48), (90, 120, 60)).save(f"shot.{number:04d}.png")
    outcome = command("stylize-video", "shot.%04d.png", "-m", "spade.onnx", "--labels", "seg.%04d.png",
                      "-o", "out.%04d.png", "--temporal", "off")
    assert outcome.code == 0, outcome.err
    alone = command("stylize-image", "shot.0004.png", "-m", "spade.onnx", "--labels", "seg.0004.png", "-o", "one.png")
    assert alone.code == 0, alone.err
    np.testing.assert_array_equal(np.asarray(Image.open("out.0004.png")), np.asarray(Image.open("one.png")))
    Path("seg.0006.png").unlink()
    assert "has 5 frames, the content 6" in command(
        "stylize-video", "shot.%04d.png", "-m", "spade.onnx", "--labels", "seg.%04d.png", "-o", "b.%04d.png").err


def test_masks_put_domains_where_they_go(command: Command, folder: Path) -> None:
    Image.new("RGB", (64, 48), (90, 120, 60)).save("photo.png")
    mask = np.zeros((48, 64), np.uint8)
    mask[:, :32] = 255
    Image.fromarray(mask).save("left.png")
    asked = ("stylize-image", "photo.png", "-m", "stargan.onnx")
    assert command(*asked, "-s", "domain-2", "--mask", "left.png", "-o", "left-painted.png").code == 0
    assert command(*asked, "--domain", "2", "-o", "all.png").code == 0
    left, whole = (np.asarray(Image.open(name)) for name in ("left-painted.png", "all.png"))
    np.testing.assert_array_equal(left[:, :32], whole[:, :32])
    np.testing.assert_array_equal(left[:, 32:], np.broadcast_to((90, 120, 60), (48, 32, 3)))


def test_it_paints_live(command: Command, folder: Path) -> None:
    outcome = command("stylize-webcam", "--camera", "clip.mp4", "--headless", "--duration", "0.5", "--size", "48",
                      "-m", "stargan.onnx", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["frames_shown"] > 0


@pytest.mark.parametrize(("arguments", "words"), [
    (("-m", "stargan.onnx", "--domain", "9"), "no such domain as domain-9"),
    (("-m", "stargan.onnx", "--domain", "x"), "'x' is no domain"),
    (("-m", "stargan.onnx", "--domain", "1", "-s", "starry"), "in place of --style"),
    (("-m", "stargan.onnx", "-s", "starry"), "has its style in itself"),
    (("-m", "fast", "-s", "starry", "--domain", "1"), "the model fast has no domains"),
    (("-m", "spade.onnx",), "paints by a label map"),
    (("-m", "spade.onnx", "--labels", "clip.mp4"), "is no label map"),
    (("-m", "spade.onnx", "--labels", "colours.png"), "a picture in colours and no label map"),
    (("-m", "spade.onnx", "--labels", "seg.0001.png", "-o", "seg.0001.png", "--overwrite"), "the input itself"),
    (("-m", "missing.onnx",), "missing.json"),
    (("-m", "balanced", "-s", "domain-1"), "is a domain of a network"),
])
def test_what_does_not_go_together_is_refused_in_a_sentence(command: Command, folder: Path,
                                                            arguments: tuple[str, ...], words: str) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)).save("colours.png")
    outcome = command("stylize-image", "colours.png", *arguments)
    assert outcome.code != 0
    assert words in outcome.err
    assert outcome.err.count("error:") == 1
