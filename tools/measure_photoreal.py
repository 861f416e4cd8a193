"""Measures what stays real of pairs of photographs, and of films, painted and with ``--photoreal 1``; what it costs.

``python tools/measure_photoreal.py -m balanced --content A B --style C D --film clip.mp4 --size 480 [-o sheet.png]``:
each content is painted in the style beside it, and each film in the first style. Of pairs: residual of local affine
fits, its root mean square in levels of 8 bits and what share it is of the painting's, as a root and as energy; SSIM
of edges (``functional.realism``) and the judge's style loss at 256 lines. Of films: squared warping error beyond the
content's own, lags 1 and 8, of 24 frames of 256 lines; with ``--live 640x360`` what a frame costs painted live,
steadied, ``--photoreal`` 0, 0.5 and 1 taken in turns. On the sheet, a PNG or a JPEG: style,
content, painted, real.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from allaprima.engines import Engine, Look, at_detail, engine_for
from allaprima.engines.detail import shrunk
from allaprima.engines.photoreal import photoreal
from allaprima.evaluate.judge import Judge, open_judge
from allaprima.evaluate.pictures import as_levels, load_whole
from allaprima.evaluate.temporal import Frames, as_batch, measured_take, style_loss, warping_error
from allaprima.frames import Frame
from allaprima.functional.realism import affine_residual, edge_similarity
from allaprima.io.film.source import VideoSource
from allaprima.pipeline.live.fitting import covering
from allaprima.pipeline.looks.styles import load_style
from allaprima.pipeline.stylizers.state import State
from allaprima.pipeline.stylizers.stylizer import stylized_frame, stylizer_for
from allaprima.runtimes import runtime_for
from allaprima.temporal.flow import single_threaded

SEEN, FRAMES, BRUSH, ROW = 256, 24, 400, 300
TURNS, WARMING = 80, 8

Picture = NDArray[np.uint8]


def measured_pair(engine: Engine, judge: Judge, content: Path, style: Path, size: int) -> list[Picture]:
    """The style, the content, it painted and real; their measures are printed."""
    picture, art = (as_levels(load_whole(path, size).image) for path in (content, style))
    look = Look(load_style(str(style), engine), photoreal=1.0)
    painted = np.asarray(at_detail(engine, BRUSH).stylize(picture[None], [look])[0], np.uint8)
    real = np.asarray(photoreal(picture[None], painted, [look])[0], np.uint8)
    seen = judge.features(np.asarray(shrunk(art, SEEN), np.float32) / 255)
    print(f"{content.stem} in {style.stem}: style loss of the content "
          f"{style_loss([np.asarray(shrunk(picture, SEEN), np.uint8)], judge, seen):.2f}")
    residuals = []
    for name, made in (("painted", painted[0]), ("real", real)):
        loss = style_loss([np.asarray(shrunk(made, SEEN), np.uint8)], judge, seen)
        residuals.append(affine_residual(as_batch(made), as_batch(picture)))
        print(f"  {name}: residual {residuals[-1]:.2f}, "
              f"edges {edge_similarity(as_batch(made), as_batch(picture)):.3f}, style loss {loss:.2f}", flush=True)
    share = residuals[1] / residuals[0]
    print(f"  of the painting's residual is left: {share:.3f} of its root, 1/{1 / share**2:.0f} of its energy",
          flush=True)
    return [art, picture, painted[0], real]


def measured_film(engine: Engine, film: Path, style: Path) -> None:
    """Prints the warping errors of a film."""
    frames = first_frames(film)
    take = measured_take(film.stem, frames)
    code = load_style(str(style), engine)
    own = {lag: warping_error(frames, take, lag) for lag in (1, 8)}
    print(f"{film.stem}: the content's own {own[1]:.2e}, {own[8]:.2e}")
    for share in (0.0, 1.0):
        made: Frames = painted_film(engine, frames, [Look(code, photoreal=share)] * len(frames))
        beyond = [warping_error(made, take, lag) - own[lag] for lag in (1, 8)]
        print(f"  {'real' if share else 'painted'}: beyond it {beyond[0]:+.2e}, {beyond[1]:+.2e}", flush=True)


def measured_live(engine: Engine, film: Path, style: Path, size: str) -> None:
    """Prints the milliseconds of a frame of that size, of the clock and of cores, by share of the photograph kept."""
    width, height = map(int, size.split("x"))
    with VideoSource(film) as source:
        frames = [covering(np.asarray(frame.image, np.uint8), width, height) for frame in islice(source, FRAMES)]
    code = load_style(str(style), engine)
    times: dict[float, list[tuple[float, float]]] = {0.0: [], 0.5: [], 1.0: []}
    states: dict[float, State | None] = dict.fromkeys(times)
    with ThreadPoolExecutor(1) as alongside, single_threaded():
        stylizer = stylizer_for("fast", engine, 0.8, alongside=alongside)
        looks = {share: Look(code, photoreal=share) for share in times}
        for index in range(TURNS):
            for share, look in looks.items():
                frame = Frame(frames[index % len(frames)], None, index, 1, index)
                clock, core = time.perf_counter(), time.process_time()
                _, states[share] = stylized_frame(stylizer, frame, look, states[share])
                times[share].append((time.perf_counter() - clock, time.process_time() - core))
    medians = {share: 1e3 * np.median(taken[WARMING:], axis=0) for share, taken in times.items()}
    for share, (clock_ms, core_ms) in medians.items():
        more = medians[share] / medians[0.0] - 1
        print(f"{film.stem} live at {size}, photoreal {share:g}: {clock_ms:.1f} ms ({more[0]:+.1%}), "
              f"{core_ms:.1f} core ms ({more[1]:+.1%})", flush=True)


def first_frames(film: Path) -> list[Picture]:
    """The first frames of a film, as they are measured."""
    with VideoSource(film) as source:
        return [np.asarray(shrunk(frame.image, SEEN), np.uint8) for frame in islice(source, FRAMES)]


def painted_film(engine: Engine, frames: Sequence[Picture], looks: Sequence[Look]) -> list[Picture]:
    """The frames painted, each in its look, and held steady."""
    stylizer, state, shown = stylizer_for("fast", engine, 0.8), None, []
    for index, (picture, look) in enumerate(zip(frames, looks, strict=True)):
        made, state = stylized_frame(stylizer, Frame(picture, None, index, 1, index), look, state)
        shown.append(np.asarray(made, np.uint8))
    return shown


def row_of(pictures: list[Picture]) -> Picture:
    """Pictures side by side at one height."""
    return np.concatenate([np.asarray(shrunk(picture, ROW), np.uint8) if picture.shape[0] <= picture.shape[1] else
                           np.asarray(shrunk(picture, ROW * picture.shape[1] // picture.shape[0]), np.uint8)[:ROW]
                           for picture in pictures], axis=1)


def quality_of(path: Path) -> list[int]:
    """What OpenCV is told of a picture that it writes: how good a JPEG is to be."""
    return [cv2.IMWRITE_JPEG_QUALITY, 88] if path.suffix.lower() in (".jpg", ".jpeg") else []


def main() -> None:
    """Measures what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-m", "--model", default="balanced")
    parser.add_argument("--content", type=Path, nargs="*", default=[])
    parser.add_argument("--style", type=Path, nargs="+", required=True)
    parser.add_argument("--film", type=Path, nargs="*", default=[])
    parser.add_argument("--size", type=int, default=480)
    parser.add_argument("--live", metavar="WxH")
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    engine, judge = engine_for(asked.model, runtime_for("cpu")), open_judge()
    rows = [row_of(measured_pair(engine, judge, content, style, asked.size))
            for content, style in zip(asked.content, asked.style, strict=False)]
    for film in asked.film:
        if asked.live:
            measured_live(engine, film, asked.style[0], asked.live)
            continue
        measured_film(engine, film, asked.style[0])
    if asked.output is not None and rows:
        height, width = min(row.shape[0] for row in rows), max(row.shape[1] for row in rows)
        sheet = [np.pad(row[:height], ((0, 4), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
        cv2.imwrite(str(asked.output), np.concatenate(sheet)[..., ::-1], quality_of(asked.output))


if __name__ == "__main__":
    main()
