"""An NDI source: without its package; and with it, seen by a receiver on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from allaprima.errors import MissingExtra
from allaprima.io.screen.ndi import NdiSender

RECEIVING = """
import sys, time
import numpy as np
from cyndilib.finder import Finder
from cyndilib.receiver import Receiver
from cyndilib.video_frame import VideoFrameSync
from allaprima.io.screen.ndi import NdiSender

picture = np.zeros((72, 128, 3), np.uint8)
picture[:, 64:] = 255
finder, frame = Finder(), VideoFrameSync()
finder.open()
with NdiSender("allaprima test", 128, 72, 30) as sender:
    def shown(what):
        for _ in range(400):
            sender.show(picture)
            time.sleep(0.02)
            if (found := what()):
                return found
        sys.exit("it did not come about")

    source = shown(lambda: [finder.get_source(name) for name in finder.get_source_names() if "allaprima test" in name])
    receiver = Receiver()
    receiver.frame_sync.set_video_frame(frame)
    receiver.set_source(source[0])

    def came():
        receiver.frame_sync.capture_video()
        return [np.frombuffer(frame, np.uint8).reshape(72, 128, 2)[..., 1].copy()] if frame.xres else []  # UYVY

    [light] = shown(came)
    receiver.disconnect()
assert light[:, :60].mean() < 24 and light[:, 68:].mean() > 225, light.mean(axis=0)
finder.close()
"""


def test_without_its_package_an_ndi_source_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cyndilib", "cyndilib.sender"):
        monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]  # what importing then finds
    with pytest.raises(MissingExtra, match="cyndilib") as missing:
        NdiSender("allaprima", 128, 72, 30)
    assert missing.value.hint == "pip install 'allaprima[ndi]'"


@pytest.mark.skipif(find_spec("cyndilib") is None, reason="cyndilib, which brings NDI's runtime, is not here")
def test_a_receiver_on_this_machine_sees_what_is_sent(tmp_path: Path) -> None:
    """In a process of its own: the runtime reads at its start where to look without a name service."""
    (tmp_path / "ndi-config.v1.json").write_text(json.dumps({"ndi": {"networks": {"ips": "127.0.0.1,"}}}),
                                                 encoding="utf-8")
    subprocess.run([sys.executable, "-c", RECEIVING], check=True, timeout=60,
                   env={**os.environ, "NDI_CONFIG_DIR": str(tmp_path)})
