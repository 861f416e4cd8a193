"""Sound that comes in: a file in real time, and an input of the machine."""

from __future__ import annotations

import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from allaprima.errors import MissingExtra, SourceError
from allaprima.io.sound import device
from allaprima.io.sound.device import SoundInput
from allaprima.io.sound.file import SoundFile
from allaprima.io.sound.sound import open_sound

RATE = 44_100


def sound_file(path: Path, sound: np.ndarray, rate: int = RATE) -> Path:
    """A WAV of two channels, the second one silent."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        both = np.stack([sound, np.zeros_like(sound)], axis=1)
        file.writeframes((both * 32767).astype("<i2").tobytes())
    return path


def test_a_file_is_heard_in_real_time_as_one_channel(tmp_path: Path) -> None:
    tone = 0.8 * np.sin(2 * np.pi * 441 * np.arange(RATE // 2) / RATE)
    sound = open_sound(str(sound_file(tmp_path / "tone.wav", tone)))
    assert isinstance(sound, SoundFile)
    assert (sound.name, sound.rate) == ("tone.wav", 48_000)
    began, heard = time.monotonic(), []
    while (samples := sound.read()) is not None:
        heard.append(samples)
    seconds = time.monotonic() - began
    sound.close()
    whole = np.concatenate(heard)
    assert len(whole) == pytest.approx(24_000, abs=200)
    assert seconds >= 0.45                    # never faster than it would be heard
    assert np.abs(whole).max() == pytest.approx(0.8 / 2 ** 0.5, abs=0.03)  # two channels as loud as one
    crossings = np.count_nonzero(np.diff(np.signbit(whole)))
    assert crossings == pytest.approx(441, abs=4)


def test_a_film_without_sound_and_what_is_no_film_are_refused(tmp_path: Path) -> None:
    import av

    with av.open(str(tmp_path / "silent.mkv"), "w") as container:
        stream = container.add_stream("ffv1", 5)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), "rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(SourceError, match="it has no sound"):
        open_sound(str(tmp_path / "silent.mkv"))
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(SourceError, match=r"cannot listen to .*text\.wav"):
        open_sound(str(tmp_path / "text.wav"))


def test_without_its_package_an_input_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(MissingExtra, match="miniaudio") as failure:
        open_sound("default")
    assert failure.value.hint == "pip install 'allaprima[stage]'"


def test_an_input_is_heard_through_the_packages_own_silent_device(monkeypatch: pytest.MonkeyPatch) -> None:
    miniaudio = pytest.importorskip("miniaudio")
    monkeypatch.setattr(device, "backends", lambda: [miniaudio.Backend.NULL])
    sound = SoundInput("default")
    samples, ends = 0, time.monotonic() + 20
    while samples < 4800 and time.monotonic() < ends:
        block = sound.read()
        assert block is not None
        assert block.dtype == np.float32
        assert not block.any()
        samples += len(block)
    assert samples >= 4800
    sound.close()
    assert sound.read() is None


def test_an_input_that_is_not_there_is_named_with_those_that_are(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("miniaudio")
    monkeypatch.setattr(device, "inputs", lambda: [("Built-in Microphone", None)])
    with pytest.raises(SourceError, match="no sound input turntable") as failure:
        open_sound("turntable")
    assert failure.value.hint == "found inputs: Built-in Microphone"
