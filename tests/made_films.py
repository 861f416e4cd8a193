"""Small films for the tests, written with the plain FFmpeg binding: the code under test does not judge itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from places import ROOT

CLIP, CLIP_CUT = ROOT / "examples" / "clip.mp4", 106  # the first frame of its second shot


def ramp(width: int, height: int, shift: int = 0) -> NDArray[np.uint8]:
    """A smooth picture: 4:2:0 keeps it, and every turn of it is another picture."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    channels = [40 + 150 * x, 30 + 180 * y, 60 + 60 * (1 - x) + 60 * y]
    return np.clip(np.stack(channels, -1) + shift % 24, 0, 255).astype(np.uint8)


@dataclass
class Film:
    """What a made film is to be; ``write`` makes it."""

    width: int = 64
    height: int = 48
    times: Sequence[int] = tuple(range(0, 24 * 512, 512))
    time_base: Fraction = Fraction(1, 12800)
    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    options: dict[str, str] = field(default_factory=lambda: {"crf": "4"})
    matrix: int = 2
    color_range: int = 0
    primaries: int = 2
    transfer: int = 2
    aspect: Fraction | None = None
    display_matrix: Sequence[int] | None = None
    pictures: Sequence[NDArray[np.uint8]] | None = None
    sounds: int = 0
    sound_delay: Fraction = Fraction(0)
    container: str | None = None
    timecode: str | None = None
    reel: str | None = None
    chapters: Sequence[tuple[int, int, str]] = ()

    def write(self, path: Path) -> Path:
        with av.open(str(path), "w", format=self.container) as output:
            stream = output.add_stream(self.codec, rate=25, options=self.options)
            stream.width, stream.height, stream.pix_fmt = self.width, self.height, self.pix_fmt
            context = stream.codec_context
            context.time_base = self.time_base
            stream.time_base = self.time_base
            context.colorspace, context.color_range = self.matrix, self.color_range
            context.color_primaries, context.color_trc = self.primaries, self.transfer
            if self.aspect is not None:
                context.sample_aspect_ratio = self.aspect
            if self.display_matrix is not None:
                stream.set_display_matrix(self.display_matrix)
            if self.timecode is not None:
                stream.metadata["timecode"] = self.timecode
            if self.reel is not None:
                stream.metadata["reel_name"] = self.reel
            output.set_chapters([{"id": number, "start": start, "end": end, "time_base": Fraction(1, 1000),
                                  "metadata": {"title": title}}
                                 for number, (start, end, title) in enumerate(self.chapters)])
            voices = [output.add_stream("aac", rate=48000, layout="mono") for _ in range(self.sounds)]
            output.start_encoding()
            for number, pts in enumerate(self.times):
                output.mux(stream.encode(self._frame(number, pts)))
            output.mux(stream.encode(None))
            seconds = float((self.times[-1] + 1) * self.time_base) if self.times else 0
            for number, voice in enumerate(voices):
                for sound in _tone(seconds, 300 + 200 * number, self.sound_delay):
                    output.mux(voice.encode(sound))
                output.mux(voice.encode(None))
        return path

    def picture(self, number: int) -> NDArray[np.uint8]:
        return self.pictures[number] if self.pictures is not None else ramp(self.width, self.height, number)

    def _frame(self, number: int, pts: int) -> av.VideoFrame:
        array = self.picture(number)
        frame = av.VideoFrame.from_ndarray(array, "rgb48le" if array.dtype == np.uint16 else "rgb24")
        matrix = {1: 1, 9: 9}.get(self.matrix, 5)
        converted = frame.reformat(format=self.pix_fmt, dst_colorspace=matrix, dst_color_range=self.color_range or 1,
                                   interpolation=0x4 | 0x2000 | 0x4000 | 0x40000)
        converted.colorspace, converted.color_range = self.matrix, self.color_range
        converted.pts, converted.time_base = pts, self.time_base
        return converted


def _tone(seconds: float, pitch: int, delay: Fraction) -> list[av.AudioFrame]:
    count = int(seconds * 48000) // 1024 + 1
    wave = np.sin(np.arange(count * 1024) * 2 * np.pi * pitch / 48000).astype(np.float32) * 0.5
    frames = []
    for number in range(count):
        frame = av.AudioFrame.from_ndarray(wave[None, number * 1024:(number + 1) * 1024], "fltp", "mono")
        frame.sample_rate, frame.time_base = 48000, Fraction(1, 48000)
        frame.pts = number * 1024 + round(delay * 48000)
        frames.append(frame)
    return frames


def around_the_cut(path: Path, before: int, after: int, width: int = 64, height: int = 36) -> Path:
    """The example clip's frames around the cut between its two shots, small: as many before and after it."""
    with av.open(str(CLIP)) as container:
        found = [frame.reformat(width, height, "rgb24").to_ndarray()
                 for number, frame in zip(range(CLIP_CUT + after), container.decode(video=0), strict=False)
                 if number >= CLIP_CUT - before]
    return Film(width, height, tuple(range(0, 512 * len(found), 512)), pictures=found).write(path)


def read_times(path: Path) -> list[Fraction]:
    """The times of all frames as a plain reader decodes them, in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.best("video")
        return [frame.pts * frame.time_base for frame in container.decode(stream)]


def read_pictures(path: Path) -> list[NDArray[np.uint8]]:
    """All frames as RGB, as a plain reader converts them by the file's own tags."""
    with av.open(str(path)) as container:
        return [frame.reformat(format="rgb24", interpolation=0x4 | 0x2000 | 0x4000 | 0x40000).to_ndarray()
                for frame in container.decode(video=0)]


def payloads(path: Path, kind: str) -> list[str]:
    """A digest of the packets of each stream of a kind, in their order."""
    with av.open(str(path)) as container:
        streams = [stream for stream in container.streams if stream.type == kind]
        digests = {stream.index: hashlib.md5() for stream in streams}
        for packet in container.demux(streams):
            if packet.size:
                digests[packet.stream.index].update(bytes(packet))
        return [digests[stream.index].hexdigest() for stream in streams]


def psnr(one: NDArray[np.generic], other: NDArray[np.generic], peak: float = 255.0) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return 99.0 if error == 0 else 10 * float(np.log10(peak * peak / error))
