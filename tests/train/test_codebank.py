from pathlib import Path

import pytest
import torch

from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train import codes
from allaprima.train.codebank import codes_for, kept_bank
from allaprima.train.codes import CodeBank
from allaprima.train.pictures import Pictures
from allaprima.train.settings import Objective
from train.workshop import scene

OBJECTIVE = Objective(codes=21)


@pytest.fixture
def vgg() -> VGG19:
    torch.manual_seed(1)
    return VGG19("zeros", last="relu4_1").eval()


@pytest.fixture
def encoder() -> StyleEncoder:
    torch.manual_seed(2)
    return StyleEncoder().eval()


def test_codes_that_were_measured_before_a_run_ended_are_not_measured_again(
        tmp_path: Path, vgg: VGG19, encoder: StyleEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "BATCH", 4)
    monkeypatch.setattr(codes, "BLOCK", 8)
    styles = Pictures(tuple(scene(number) for number in range(3)), ())
    looks = list[int]()
    vgg.register_forward_hook(lambda *_: looks.append(1))

    def bank(folder: Path, ends: int) -> CodeBank:
        def tell(text: str) -> None:
            if text.startswith(f"measuring codes of styles: {ends} "):
                raise KeyboardInterrupt
        return kept_bank(folder, vgg, encoder, styles, OBJECTIVE, 5, tell)

    with pytest.raises(KeyboardInterrupt):
        bank(tmp_path / "ended", 16)
    assert len(looks) == 4
    taken_up = bank(tmp_path / "ended", -1)
    assert len(looks) == 6
    whole = bank(tmp_path / "whole", -1)
    assert len(whole) == 21
    assert torch.equal(taken_up.measured, whole.measured)
    assert torch.equal(taken_up.predicted, whole.predicted)
    assert [path.name for path in (tmp_path / "ended").iterdir()] == ["codes"]
    again = bank(tmp_path / "ended", -1)
    assert len(looks) == 12
    assert torch.equal(again.measured, whole.measured)


def test_the_number_of_codes_follows_the_number_of_pictures() -> None:
    assert [codes_for(pictures, Objective()) for pictures in (1, 12, 100, 2000)] == [64, 96, 800, 4000]
    assert codes_for(2000, OBJECTIVE) == 21
