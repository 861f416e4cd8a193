"""The virtual camera: without its package, without a device, and with a device of the tests' own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from allaprima.errors import MissingExtra, SinkError
from allaprima.io.screen.virtual_camera import VirtualCamera

NO_PACKAGE = "pyvirtualcam is not installed (pip install pyvirtualcam)"


class Paper:
    """A device that remembers what it was sent, in the manner of the package's own."""

    sent: ClassVar[list[np.ndarray]] = []
    closed: ClassVar[int] = 0

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str | None, **rest: object) -> None:
        self.shape = height, width, 3

    def send(self, frame: np.ndarray) -> None:
        Paper.sent.append(frame.reshape(self.shape).copy())

    def close(self) -> None:
        Paper.closed += 1

    def device(self) -> str:
        return "paper"

    def native_fourcc(self) -> int | None:
        return None


def test_without_its_package_a_virtual_camera_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)
    with pytest.raises(MissingExtra, match="pyvirtualcam") as failure:
        VirtualCamera(64, 48, 25.0)
    assert failure.value.hint == "pip install 'allaprima[virtual-camera]'"


@pytest.mark.skipif(sys.platform != "linux" or bool(list(Path("/dev").glob("video*"))), reason="there may be a device")
def test_without_a_device_a_virtual_camera_names_the_module_to_load() -> None:
    pytest.importorskip("pyvirtualcam", reason=NO_PACKAGE)
    with pytest.raises(SinkError, match="cannot open a virtual camera") as failure:
        VirtualCamera(64, 48, 25.0)
    assert failure.value.hint is not None
    assert "v4l2loopback" in failure.value.hint


def test_pictures_reach_the_device_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    package = pytest.importorskip("pyvirtualcam", reason=NO_PACKAGE)
    monkeypatch.setattr("pyvirtualcam.camera.BACKENDS", {"paper": Paper})
    assert package.Camera is not None
    picture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    with VirtualCamera(64, 48, 25.0) as camera:
        assert camera.device == "paper"
        camera.show(picture)
        camera.show(picture[:, ::-1])
    assert np.array_equal(Paper.sent[0], picture)
    assert np.array_equal(Paper.sent[1], picture[:, ::-1])
    assert Paper.closed == 1
