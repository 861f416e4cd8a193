"""``allaprima train``: the very command, with a tiny setting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from allaprima import weights
from allaprima.nets.vgg import VGG19
from allaprima.train import exhibits
from cli.outcome import Outcome

TINY = ("--set", "size_px=64", "--set", "batch=2", "--set", "codes=2", "--device", "cpu")


@pytest.fixture
def studio(photo: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of contents, one of styles, and a VGG-19 of random weights where the published one would lie."""
    torch.set_num_threads(1)
    monkeypatch.setattr(exhibits, "CONTENTS", 1)
    monkeypatch.setattr(exhibits, "STYLES", 1)
    for kind in ("content", "style"):
        (tmp_path / kind).mkdir()
        enlarged = np.repeat(np.repeat(photo, 2, 0), 2, 1)
        Image.fromarray(enlarged[::-1] if kind == "style" else enlarged).save(tmp_path / kind / "one.png")
    monkeypatch.setenv("ALLAPRIMA_CACHE", str(tmp_path / "cache"))
    vgg = weights.path_of("vgg19")
    vgg.parent.mkdir(parents=True)
    torch.manual_seed(0)
    save_file(VGG19().state_dict(), vgg)
    weights.record_of(vgg).write_text(f'{{"sha256": "{weights.sha256_of(vgg)}"}}')
    return tmp_path


def test_the_shipped_network_is_trained_further(studio: Path, command: Callable[..., Outcome]) -> None:
    arguments = ("train", "balanced", "--content", studio / "content", "--style", studio / "style", "-o",
                 studio / "run", "--start", "balanced", "--steps", 1, *TINY)
    outcome = command("allaprima", *arguments)
    assert outcome.code == 0, outcome.err
    trained, report = (Path(line) for line in outcome.out.split())
    assert load_file(trained).keys() >= load_file(weights.path_of("balanced")).keys()
    assert report.stat().st_size > 1000
    assert "step 1 (100.0%) balanced: total" in outcome.err
    painted = command("allaprima", "image", studio / "content" / "one.png", "--style", "starry", "--model", trained,
                      "-o", studio / "painted.png")
    assert painted.code == 0, painted.err
    assert (studio / "painted.png").stat().st_size > 1000


def test_styles_are_taught_to_mix_kernels_and_paint_with_them(studio: Path, command: Callable[..., Outcome]) -> None:
    arguments = ("train", "fast-kernels", "--content", studio / "content", "--style", studio / "style", "-o",
                 studio / "run", "--steps", 1, "--device", "cpu", "--set", "crop_px=64", "--set", "fewest_lines=72",
                 "--set", "most_lines=80", "--set", "contents=2", "--set", "styles=2", "--set", "differences=1")
    outcome = command("allaprima", *arguments)
    assert outcome.code == 0, outcome.err
    assert Path(outcome.out.split()[0]) == studio / "run" / "fast-kernels.safetensors"
    base = studio / "run" / "fast.safetensors"
    assert base.read_bytes() == weights.path_of("fast").read_bytes()
    painted = command("allaprima", "image", studio / "content" / "one.png", "--style", studio / "style" / "one.png",
                      "--model", base, "-o", studio / "painted.png")
    assert painted.code == 0, painted.err
    assert command("allaprima", *arguments).code == 0


def test_what_cannot_be_trained_is_said_in_a_sentence(studio: Path, command: Callable[..., Outcome]) -> None:
    folders = ("--style", studio / "style", "-o", studio / "run", "--start", "balanced")
    for arguments, said in ((("balanced",), "cannot train balanced without contents"),
                            (("swift",), "cannot train 'swift'"),
                            (("balanced", "--set", "stile=1"), "cannot set 'stile'"),
                            (("balanced", "--set", "style"), "cannot read 'style'"),
                            (("balanced", "--device", "abacus"), "cannot train on 'abacus'")):
        outcome = command("allaprima", "train", *arguments, *folders)
        assert outcome.code == 2
        assert said in outcome.err
        assert "hint: " in outcome.err
