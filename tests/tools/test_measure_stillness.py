"""The tool that measures shots which hold still: what it tells of a few frames, and that its figures can fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from allaprima.engines import Engine, Look, Statistics
from allaprima.engines.identity import NOTHING, IdentityEngine
from allaprima.runtimes.calls import Batch
from measure_stillness import WINDOW, Figures, Shown, grown, held, measured, scene
from temporal_scenes import texture

FRAMES = 3 * WINDOW
PHOTOGRAPH = texture(48, 64, 3)


class Negatives(IdentityEngine):
    """Paints without a network, and is held steady."""

    name = "negatives"

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images' negatives."""
        return 255 - images, NOTHING


def taken(name: str) -> list[Shown]:
    engine: Engine = Negatives()
    look = Look(engine.encode(PHOTOGRAPH, "any"))
    return list(held(scene(name, PHOTOGRAPH, (32, 48), FRAMES), engine, look, "fast"))


def told(frames: list[Shown]) -> dict[int, Figures]:
    return measured(frames, FRAMES)


@pytest.mark.parametrize("name", ["still", "flat", "noisy"])
def test_what_is_held_still_is_measured_at_three_times_and_nothing_grows(name: str) -> None:
    found = told(taken(name))
    assert list(found) == [WINDOW, FRAMES // 2, FRAMES]
    assert grown(found) == []
    last = found[FRAMES]
    assert last.change <= last.of_content
    assert (last.of_content > 0) == (name != "still")
    if name == "noisy":
        assert last.change < 0.5 * last.of_content


def redder(frame: Shown, way: float) -> Shown:
    return replace(frame, shown=np.clip(frame.shown + 40 * way * np.array([1, 0, 0]), 0, 255).astype(np.uint8))


def noisier(frame: Shown, way: float) -> Shown:
    noise = np.random.default_rng(int(1000 * way)).normal(0, 30 * way, frame.shown.shape)
    return replace(frame, shown=np.clip(frame.shown + noise, 0, 255).astype(np.uint8))


def blurred(frame: Shown, way: float) -> Shown:
    import cv2

    return replace(frame, shown=np.asarray(cv2.blur(frame.shown, (3, 3)), np.uint8) if way > 0.5 else frame.shown)


@pytest.mark.parametrize(("spoilt", "said"), [(redder, "colors"), (noisier, "change"), (blurred, "detail")])
def test_what_accumulates_is_told(spoilt: Callable[[Shown, float], Shown], said: str) -> None:
    def frames() -> Iterator[Shown]:
        for number, frame in enumerate(taken("still")):
            yield spoilt(frame, number / FRAMES)

    assert any(line.startswith(said) for line in grown(told(list(frames()))))
