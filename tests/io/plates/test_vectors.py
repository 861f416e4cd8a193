"""Motion vectors of a renderer: whichever way they lead, however they are scaled, they are the same motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allaprima.config import MotionVectors
from allaprima.errors import AllaprimaError
from allaprima.evaluate.temporal_layers import Clip, Disc, Layer, clip_of, moving
from allaprima.io.plates.plate import Window
from allaprima.io.plates.vectors import PlateMotion
from made_plates import channels_exr
from temporal_scenes import texture

HEIGHT, WIDTH = 90, 160
DISC = Layer(texture(HEIGHT, WIDTH, 2).astype(np.float32), moving(x=6, y=1.5, start=(-20, 0)), Disc(80, 45, 20))
CLIP = clip_of("parallax", (Layer(texture(200, 300, 1).astype(np.float32), moving(x=1.3, zoom=1.004, start=(30, 30))),
                            DISC), (HEIGHT, WIDTH), 3)
PLACE = Window(0, 0, WIDTH, HEIGHT)
LIMIT = 10 ** 7


def depth_of(clip: Clip, index: int) -> np.ndarray:
    """The depth of a clip whose disc is at 2 and whose background at 10."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    layer = clip.scenes[index][1]
    return np.where(layer.cover(*layer.places(x, y, index)) > 0.5, np.float32(2), np.float32(10))


def written(folder: Path, clip: Clip = CLIP, *, window: Window = PLACE, scale: float = 1, offset: float = 0,
            up: float = 1) -> Path:
    """Plates with vectors both ways, and a depth, as renderers write them: in pixels, up above 0."""
    rows = slice(window.y, window.y + window.height)
    columns = slice(window.x, window.x + window.width)
    for index in range(len(clip.frames)):
        channels = {}
        for name, to in (("backward", index - 1), ("forward", index + 1)):
            field = clip.flow(index, to)[0] if 0 <= to < len(clip.frames) else np.zeros((HEIGHT, WIDTH, 2))
            channels[f"{name}.u"] = field[rows, columns, 0] / scale + offset
            channels[f"{name}.v"] = -up * field[rows, columns, 1] / scale + offset
        channels["depth.Z"] = depth_of(clip, index)[rows, columns]
        channels_exr(folder / f"v.{1001 + index}.exr", channels, window=(window.x, window.y))
    return folder / "v.%04d.exr"


def motion(pattern: Path, name: str = "backward", **options: object) -> PlateMotion:
    return PlateMotion(MotionVectors(Path(f"{pattern}:{name}"), **options), (1001, 1002, 1003), PLACE, LIMIT)  # type: ignore[arg-type]


def hidden_at(exact: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The places that the disc hid in the frame before."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] + np.moveaxis(exact, 2, 0)[::-1]
    hidden = ~seen & (x > 0) & (x < WIDTH - 1) & (y > 0) & (y < HEIGHT - 1)
    assert hidden.sum() > 100
    return hidden


def gap(found: np.ndarray, exact: np.ndarray, counted: np.ndarray) -> float:
    return float(np.quantile(np.abs(found - exact).max(axis=2)[counted], 0.99))


def test_backward_vectors_are_the_motion(tmp_path: Path) -> None:
    found = motion(written(tmp_path)).vectors(1002, 1001, (HEIGHT, WIDTH))
    exact, seen = CLIP.flow(1, 0)
    assert np.abs(found.backward - exact).max() < 1e-4
    assert (found.trust[seen] == 1).all()


@pytest.mark.parametrize("depth", [True, False])
def test_forward_vectors_are_turned_round(tmp_path: Path, depth: bool) -> None:
    pattern = written(tmp_path)
    found = motion(pattern, "forward", depth=Path(f"{pattern}:depth.Z") if depth else None).vectors(
        1002, 1001, (HEIGHT, WIDTH))
    exact, seen = CLIP.flow(1, 0)
    trusted = (found.trust > 0.5) & seen
    assert trusted.sum() > (0.98 if depth else 0.9) * seen.sum()
    assert gap(found.backward, exact, trusted) < 0.02
    assert (found.trust[hidden_at(exact, seen)] > 0.5).mean() < 0.2  # the places that the disc has left


def test_depth_tells_what_was_hidden(tmp_path: Path) -> None:
    pattern = written(tmp_path)
    exact, seen = CLIP.flow(1, 0)
    without = motion(pattern).vectors(1002, 1001, (HEIGHT, WIDTH)).trust
    known = motion(pattern, depth=Path(f"{pattern}:depth.Z")).vectors(1002, 1001, (HEIGHT, WIDTH)).trust
    hidden = hidden_at(exact, seen)
    assert (without[hidden] == 1).all()
    assert (known[hidden] > 0.5).mean() < 0.2
    assert (known[seen] > 0.5).mean() > 0.99


@pytest.mark.parametrize(("written_as", "options"), [
    ({"scale": 40}, {"scale": (40.0, 40.0)}),
    ({"scale": -1}, {"scale": (-1.0, -1.0)}),
    ({"up": -1}, {"scale": (1.0, -1.0)}),
    ({"scale": 64, "offset": 0.5}, {"scale": (64.0, 64.0), "offset": 0.5}),
])
def test_scale_sign_and_offset_are_chosen(tmp_path: Path, written_as: dict[str, float],
                                          options: dict[str, object]) -> None:
    found = motion(written(tmp_path, **written_as), **options).vectors(1002, 1001, (HEIGHT, WIDTH))  # type: ignore[arg-type]
    assert np.abs(found.backward - CLIP.flow(1, 0)[0]).max() < 1e-3


def test_the_way_is_told_by_the_layers_name(tmp_path: Path) -> None:
    pattern = written(tmp_path)
    assert motion(pattern).direction == "backward"
    assert motion(pattern, "forward").note == "motion: forward of v.####.exr, forward"
    assert motion(pattern, "forward", direction="backward").direction == "backward"
    pair = motion(pattern, "backward.u,backward.v").vectors(1002, 1001, (HEIGHT, WIDTH))
    assert np.abs(pair.backward - CLIP.flow(1, 0)[0]).max() < 1e-4


def test_frames_left_out_are_passed_along_the_vectors(tmp_path: Path) -> None:
    found = motion(written(tmp_path)).vectors(1003, 1001, (HEIGHT, WIDTH))
    exact, seen = CLIP.flow(2, 0)
    assert gap(found.backward, exact, seen & (found.trust > 0.5)) < 0.02


def test_vectors_lie_where_their_window_lies_and_are_made_smaller(tmp_path: Path) -> None:
    found = motion(written(tmp_path, window=Window(8, 6, WIDTH - 8, HEIGHT - 6))).vectors(
        1002, 1001, (HEIGHT // 2, WIDTH // 2))
    exact, _ = CLIP.flow(1, 0)
    inside = np.s_[4:, 6:]
    assert np.abs(found.backward - exact[1::2, 1::2] / 2)[inside].max() < 1e-4
    assert (found.trust[:3] == 0).all()
    assert (found.trust[:, :4] == 0).all()


@pytest.mark.parametrize(("name", "said"), [
    ("normal", "no channel normal.u or normal.x"), ("backward.u,backward.w", "no channel backward.u,backward.w"),
    ("backward.u", "no channel backward.u.u")])
def test_a_layer_that_there_is_not_is_told(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(AllaprimaError, match=said):
        motion(written(tmp_path), name)


def test_a_missing_file_is_told_before_anything_is_painted(tmp_path: Path) -> None:
    pattern = written(tmp_path)
    (tmp_path / "v.1003.exr").unlink()
    with pytest.raises(AllaprimaError, match="no motion vectors for frame 1003"):
        motion(pattern)
    assert motion(pattern, "forward").direction == "forward"  # the last frame's lead beyond the shot
