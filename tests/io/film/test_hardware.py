"""Decoding and encoding by NVIDIA's GPUs: what happens where there is none; what they give, where there is one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter

from allaprima.errors import SinkError, SourceError
from allaprima.io.film.encoding import EncoderSettings, settings_for
from allaprima.io.film.pixels import frame_of
from allaprima.io.film.source import VideoSource
from allaprima.runtimes.nvidia import card
from made_films import psnr
from places import ROOT

CLIP = ROOT / "examples" / "clip.mp4"
needs_a_gpu = pytest.mark.skipif(card() is None, reason="no CUDA device")
needs_no_gpu = pytest.mark.skipif(card() is not None, reason="there is a CUDA device")


def first_frames(source: VideoSource, count: int = 5) -> list[np.ndarray]:
    with source:
        return [frame.image for frame, _ in zip(source, range(count), strict=False)]


@needs_no_gpu
def test_without_a_gpu_the_processor_decodes_and_the_report_says_so() -> None:
    asked, plain = VideoSource(CLIP, hwaccel="cuda"), VideoSource(CLIP)
    assert asked.info == plain.info
    for one, other in zip(first_frames(asked), first_frames(plain), strict=True):
        np.testing.assert_array_equal(one, other)
    assert "cuda cannot decode it here; the processor did" in asked.report.notes
    assert not any("cuda" in note for note in plain.report.notes)


@needs_no_gpu
@pytest.mark.parametrize("codec", ["h264-nvenc", "hevc-nvenc"])
def test_without_a_gpu_its_encoder_is_refused_with_a_sentence(codec: str) -> None:
    info = VideoSource(CLIP).info
    with pytest.raises(SinkError, match=codec) as failure:
        settings_for(info, (640, 360), codec, 18, "auto").open()  # type: ignore[arg-type]
    assert "--codec" in str(failure.value.hint)


def test_what_is_no_film_is_refused_in_the_same_words(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_text("no film")
    said = []
    for hwaccel in ("none", "cuda"):
        with pytest.raises(SourceError) as failure:
            VideoSource(path, hwaccel=hwaccel)  # type: ignore[arg-type]
        said.append(str(failure.value))
    assert said[0] == said[1]


@pytest.mark.gpu
@needs_a_gpu
def test_a_gpu_decodes_the_same_pictures() -> None:
    asked = VideoSource(CLIP, hwaccel="cuda")
    for one, other in zip(first_frames(asked), first_frames(VideoSource(CLIP)), strict=True):
        assert psnr(one, other) > 45
    if any("the processor did" in note for note in asked.report.notes):
        pytest.skip("this GPU's driver came without its decoder")


@pytest.mark.gpu
@needs_a_gpu
@pytest.mark.parametrize("codec", ["h264-nvenc", "hevc-nvenc"])
def test_a_gpu_opens_its_encoder(codec: str) -> None:
    info = VideoSource(CLIP).info
    settings = settings_for(info, (640, 360), codec, 18, "auto")  # type: ignore[arg-type]
    encoder = opened(settings)
    if encoder is None:
        pytest.skip("this GPU has no encoder, as those for servers have none, or its driver came without")
    frames = first_frames(VideoSource(CLIP), 3)
    packets = [packet for number, frame in enumerate(frames)
               for packet in encoder.encode(timed_frame(frame, number, settings))]
    packets += encoder.encode(None)
    assert len(packets) == len(frames)
    decoder = av.CodecContext.create(codec.partition("-")[0], "r")
    decoder.extradata = encoder.extradata
    shown = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]  # type: ignore[attr-defined]
    for one, other in zip(shown, frames, strict=True):
        assert psnr(one.to_ndarray(format="rgb24"), other) > 30


def opened(settings: EncoderSettings) -> VideoCodecContext | None:
    with suppress(SinkError):
        return settings.open()
    return None


def timed_frame(image: np.ndarray, number: int, settings: EncoderSettings) -> av.VideoFrame:
    frame = frame_of(image, None, settings.color, settings.pix_fmt, VideoReformatter())
    frame.pts, frame.time_base = number, settings.time_base
    return frame
