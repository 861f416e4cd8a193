"""What x264's presets and threads make of painted films: size, quality and core time, side by side.

    python tools/measure_encoding.py painted.mkv --crf 18 --preset faster --preset veryfast

The film is best one that was painted losslessly (``--codec ffv1``): results are compared with it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext

from allaprima.io.film.encoding import EncoderSettings, settings_for
from allaprima.io.film.source import VideoSource

WINDOW = (11, 11), 1.5  # of SSIM, as published (Wang et al. 2004)
STABILISERS = (0.01 * 255) ** 2, (0.03 * 255) ** 2


@dataclass(frozen=True, slots=True)
class Encoded:
    """One encoding: kilobytes a frame, dB and SSIM of the luma, milliseconds a frame of all cores and by the clock."""

    kilobytes: float
    psnr: float
    ssim: float
    core_ms: float
    wall_ms: float


def encoded(frames: list[av.VideoFrame], settings: EncoderSettings, options: dict[str, str], threads: int) -> Encoded:
    """The frames encoded by those settings, with some options of the encoder's changed."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    settings.apply(context)
    context.options = context.options | options
    context.thread_count = threads
    context.open()
    core, wall, packets = time.process_time(), time.perf_counter(), []
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base, frame.pict_type = number, settings.time_base, 0
        packets += context.encode(frame)
    packets += context.encode(None)
    core, wall = time.process_time() - core, time.perf_counter() - wall
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = context.extradata
    shown = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    pairs = [(luma(one), luma(other)) for one, other in zip(frames, shown, strict=True)][::4]
    error = np.mean([np.square(one - other).mean() for one, other in pairs])
    count = len(frames) / 1e3
    return Encoded(sum(packet.size for packet in packets) / 1e6 / count, float(10 * np.log10(255**2 / error)),
                   float(np.mean([ssim(*pair) for pair in pairs])), core / count, wall / count)


def luma(frame: av.VideoFrame) -> np.ndarray:
    """A frame's luma (H, W), float32."""
    plane = frame.planes[0]
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, :plane.width].astype(np.float32)


def ssim(one: np.ndarray, other: np.ndarray) -> float:
    """The structural similarity of two luma pictures (H, W)."""
    def mean(values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values, *WINDOW)

    first, second = mean(one), mean(other)
    deviations = mean(one * one) - first**2 + mean(other * other) - second**2
    together = mean(one * other) - first * second
    a, b = STABILISERS
    alike = (2 * first * second + a) * (2 * together + b)
    return float((alike / ((first**2 + second**2 + a) * (deviations + b))).mean())


def main() -> None:
    """Prints a row for every preset, crf and number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--preset", action="append", help="x264's presets, each with options behind: veryfast,subme=4")
    parser.add_argument("--crf", action="append", type=int)
    parser.add_argument("--threads", action="append", type=int, help="0 for as many as x264 likes")
    parser.add_argument("--frames", type=int, default=96)
    given = parser.parse_args()
    source = VideoSource(given.film)
    with av.open(str(given.film)) as container:
        frames = [frame.reformat(format="yuv420p") for frame, _ in zip(container.decode(video=0), range(given.frames),
                                                                        strict=False)]
    print(f"{given.film.name} {source.info.width}x{source.info.height}")
    print(f"{'preset':40} crf threads  kB/frame   PSNR    SSIM  core ms  ms")
    for preset in given.preset or ["faster", "veryfast", "superfast"]:
        name, *changes = preset.split(",")
        for crf in given.crf or [18]:
            settings = settings_for(source.info, (source.info.width, source.info.height), "h264", crf, "yuv420p")
            for threads in given.threads or [0]:
                options = {"preset": name} | dict(change.split("=") for change in changes)
                row = encoded(frames, settings, options, threads)
                print(f"{preset:40} {crf:3} {threads:7} {row.kilobytes:9.1f} {row.psnr:6.2f} {row.ssim:7.4f} "
                      f"{row.core_ms:8.1f} {row.wall_ms:5.1f}", flush=True)


if __name__ == "__main__":
    main()
