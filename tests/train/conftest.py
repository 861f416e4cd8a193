"""Small pictures, a VGG of random weights and an encoder of random weights: enough to train on for a few steps."""

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from allaprima.nets.style_encoder import StyleEncoder
from allaprima.nets.vgg import VGG19
from allaprima.train import codes, exhibits
from train.workshop import Workshop, scene


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    root = tmp_path_factory.mktemp("workshop")
    for index, kind in enumerate(("content", "style")):
        (root / kind).mkdir()
        for number in range(3):
            Image.fromarray(scene(10 * index + number).permute(1, 2, 0).numpy()).save(root / kind / f"{number}.jpg")
    torch.manual_seed(0)
    vgg = VGG19("zeros", "relu4_1")
    for convolution in vgg.convolutions.values():
        torch.nn.init.kaiming_normal_(convolution.weight)  # type: ignore[arg-type]
    save_file(vgg.state_dict(), root / "vgg.safetensors")
    save_file(StyleEncoder().state_dict(), root / "encoder.safetensors")
    return Workshop(root / "content", root / "style", root / "vgg.safetensors", root / "encoder.safetensors")


@pytest.fixture(autouse=True)
def little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(exhibits, "CONTENTS", 2)
    monkeypatch.setattr(exhibits, "STYLES", 2)
    monkeypatch.setattr(codes, "CROP_PX", (64, 96))
