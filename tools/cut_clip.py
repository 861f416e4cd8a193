"""Make examples/clip.mp4 again: ten seconds of Big Buck Bunny with their sound, two shots, 640x360.

`python tools/cut_clip.py [--source film.mp4] [--to examples/clip.mp4]` (by default the film comes from its package)
"""

import argparse
import tempfile
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.filter import Graph
from av.video.frame import VideoFrame

from sources import BIG_BUCK_BUNNY, fetch

EXAMPLES = Path(__file__).parents[1] / "examples"
START_SECONDS = Fraction(928256, 12288)  # the first frame after a cut; the next cut is 4.4 seconds later
FRAMES = 240
WIDTH, HEIGHT = 640, 360
X264 = {
    "crf": "20",
    "preset": "slower",
    "x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv:keyint=48",
}


def cut(source: Path, target: Path) -> None:
    """Write FRAMES frames of `source` from START_SECONDS on, with the sound that belongs to them, to `target`."""
    with av.open(str(source)) as film, av.open(str(target), "w", options={"movflags": "+faststart"}) as clip:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        rate = picture.average_rate
        assert rate is not None
        video = clip.add_stream("libx264", rate=rate, options=X264)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = clip.add_stream("aac", rate=sound.rate, options={"b": "128k"})
        audio.layout = "stereo"

        packets = []
        for index, image in enumerate(_images(source)):
            # The size changes but not the matrix: both ends are BT.709, limited range.
            small = image.reformat(WIDTH, HEIGHT, interpolation="AREA")
            small.pts, small.time_base, small.pict_type = index, 1 / rate, 0
            packets += video.encode(small)
        packets += video.encode(None)
        for samples in _samples(source, START_SECONDS, FRAMES / rate):
            packets += audio.encode(samples)
        packets += audio.encode(None)
        # The muxer holds packets back until it can interleave them by time.
        clip.mux(packets)


def _images(source: Path) -> list[VideoFrame]:
    with av.open(str(source)) as film:
        film.streams.video[0].thread_type = "AUTO"
        film.seek(int(START_SECONDS * av.time_base))
        images = []
        for image in film.decode(video=0):
            if _seconds(image) >= START_SECONDS:
                images.append(image)
            if len(images) == FRAMES:
                break
        return images


def _samples(source: Path, start: Fraction, duration: Fraction) -> list[AudioFrame]:
    """Sound from `start` on, cut to the sample, so that it keeps its place against the pictures."""
    with av.open(str(source)) as film:
        sound = film.streams.audio[0]
        graph = Graph()
        trim = graph.add("atrim", f"start={float(start):.6f}:end={float(start + duration):.6f}")
        frames = graph.add("asetnsamples", "n=1024:p=0")
        ends = (graph.add_abuffer(template=sound), trim, graph.add("asetpts", "PTS-STARTPTS"), frames)
        sink = graph.add("abuffersink")
        for left, right in zip(ends, (*ends[1:], sink), strict=True):
            left.link_to(right)
        graph.configure()
        film.seek(int((start - 1) * av.time_base))
        for samples in film.decode(audio=0):
            graph.push(samples)
            if _seconds(samples) > start + duration:
                break
        graph.push(None)
        cut_samples: list[AudioFrame] = []
        while True:
            try:
                pulled = graph.pull()
                assert isinstance(pulled, AudioFrame)
                cut_samples.append(pulled)
            except (av.BlockingIOError, av.EOFError):
                return cut_samples


def _seconds(frame: VideoFrame | AudioFrame) -> Fraction:
    assert frame.pts is not None
    assert frame.time_base is not None
    return frame.pts * frame.time_base


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path)
    parser.add_argument("--to", type=Path, default=EXAMPLES / "clip.mp4")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cut(arguments.source or fetch(BIG_BUCK_BUNNY, Path(folder)), arguments.to)
