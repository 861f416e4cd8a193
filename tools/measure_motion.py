"""Measures what a renderer's motion vectors are worth: steadied by them, and by the motion that is found.

``python tools/measure_motion.py [--size 640x360] [--frames 12] [--style starry] [--model fast]``: clips made of the
example photographs, whose motion is known exactly, are written as OpenEXR plates with backward and forward vectors and
a depth, and painted by ``paint_sequence``. Printed for each: the excess warping error between neighbouring frames
(squared, of colours in [0, 1], times 10^4, less the content's own) and the paint left behind in newly uncovered places,
by our own flow, by backward vectors, by these with depth, and by forward vectors with depth.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813  its own documentation calls it so
from numpy.typing import NDArray

from allaprima.config import MotionVectors, SequenceOptions
from allaprima.engines import Look, engine_for
from allaprima.evaluate.temporal import exact_take, left_behind, warping_error
from allaprima.evaluate.temporal_clips import exact_clips, large_motions
from allaprima.evaluate.temporal_layers import Clip, grid, topmost
from allaprima.io.plates.files import read_plate
from allaprima.io.still.reading import read_image
from allaprima.pipeline.jobs.sequences import paint_sequence
from allaprima.pipeline.looks.styles import load_style
from allaprima.runtimes import runtime_for

ROOT = Path(__file__).parents[1]
CLIPS = ("pan", "zoom", "rotation", "parallax", "crossing", "pan of 20", "hand", "passing")
LIMIT = 10**8
CHANNELS = ("R", "G", "B", "Z", "backward.u", "backward.v", "forward.u", "forward.v")


def write(clip: Clip, folder: Path) -> Path:
    """The clip as plates of scene-linear light with motion both ways, up above 0, and a depth."""
    count = len(clip.frames)
    for index, frame in enumerate(clip.frames):
        height, width = frame.shape[:2]
        back, forth = (clip.flow(index, min(max(to, 0), count - 1))[0] * (1, -1) for to in (index - 1, index + 1))
        depth = 20.0 / (1 + topmost(clip.scenes[index], *grid(height, width), index))
        samples = np.concatenate(((frame / 255) ** 2.2, depth[..., None], back, forth), axis=2).astype(np.float32)
        spec = oiio.ImageSpec(width, height, len(CHANNELS), "float")
        spec.channelnames = CHANNELS
        file = oiio.ImageOutput.create(str(folder / f"shot.{1001 + index}.exr"))
        file.open(str(folder / f"shot.{1001 + index}.exr"), spec)
        file.write_image(samples)
        file.close()
    return folder / "shot.%04d.exr"


def frames_of(pattern: Path, count: int) -> list[NDArray[np.uint8]]:
    """Painted plates as pictures, by the same curve that the plates were made with."""
    light = [read_plate(Path(str(pattern) % (1001 + index)), LIMIT).parts[0].samples[..., :3] for index in range(count)]
    return [np.rint(np.clip(one, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8) for one in light]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--style", default="starry")
    parser.add_argument("--model", default="fast")
    parser.add_argument("--clips", nargs="+", default=CLIPS)
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    pictures = [read_image(ROOT / "examples" / "photos" / f"{name}.jpg").image for name in ("mountains", "pagoda")]
    clips = {**exact_clips(*pictures, (height, width), asked.frames),
             **large_motions(*pictures, (height, width), asked.frames)}
    engine = engine_for(asked.model, runtime_for("cpu"))
    look = Look(load_style(asked.style, engine))
    print(f"{'clip':12} excess: own flow, backward, with depth, forward with depth; left behind likewise")
    for name in asked.clips:
        clip = clips[name]
        take = exact_take(clip)
        with tempfile.TemporaryDirectory() as folder:
            plates = write(clip, Path(folder))
            depth = Path(f"{plates}:Z")
            given = [MotionVectors(Path(f"{plates}:{layer}"), depth=by) for layer, by in (
                ("backward", None), ("backward", depth), ("forward", depth))]
            painted = {}
            ways = [("off", None), *(("fast", one) for one in (None, *given))]
            for number, (temporal, motion) in enumerate(ways):
                out = Path(folder) / f"out{number}.%04d.exr"
                paint_sequence(plates, out, engine, look, SequenceOptions(temporal=temporal, motion=motion))
                painted[number] = frames_of(out, asked.frames)
        own = warping_error(clip.frames, take, 1)
        excess = [1e4 * (warping_error(painted[number], take, 1) - own) for number in range(1, 5)]
        trails = [left_behind(painted[number], painted[0], take) for number in range(1, 5)]
        print(f"{name:12} {'  '.join(f'{value:6.2f}' for value in excess)}   "
              f"{'  '.join('  none' if value is None else f'{value:6.3f}' for value in trails)}", flush=True)


if __name__ == "__main__":
    main()
