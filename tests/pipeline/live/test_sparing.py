"""Pictures painted by moments that were measured a little earlier: as good as measured ones, and rarely measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from allaprima.engines import Engine, Look, Statistics, engine_for
from allaprima.io.camera_film import FilmReader
from allaprima.pipeline.live.fitting import covering
from allaprima.pipeline.live.sparing import EVERY, Sparing
from allaprima.runtimes import runtime_for
from allaprima.runtimes.calls import Batch
from allaprima.temporal.statistics import Running, followed
from places import ROOT


class Counting:
    """An engine that counts how often it had to measure."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.measured = engine, 0
        self.name, self.batch_size, self.style_size = engine.name, engine.batch_size, engine.style_size
        self.settings, self.encode = engine.settings, engine.encode

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        self.measured += statistics is None or statistics.momentum > 0
        return self.engine.stylize(images, looks, statistics)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return engine_for("balanced", runtime_for("cpu", "fp32"))


def film(count: int) -> list[np.ndarray]:
    """The first frames of the example clip, small."""
    reader = FilmReader(ROOT / "examples" / "clip.mp4")
    taken = [reader.read() for _ in range(count)]
    reader.close()
    return [covering(each.image, 256, 144)[None] for each in taken if each is not None]


def painted(engine: Engine | Sparing, images: list[np.ndarray], look: Look) -> list[np.ndarray]:
    """The film painted one by one by running moments, as the live loop has it."""
    running: Running | None = None
    pictures = []
    for image in images:
        wanted = None if running is None else Statistics(running.moments, running.momentum)
        picture, used = engine.stylize(image, [look], wanted)
        running = followed(running, used.moments, 1)
        if isinstance(engine, Sparing) and engine.due:
            engine.refresh()
        pictures.append(picture.astype(int))
    return pictures


def test_pictures_are_as_steady_as_if_each_were_measured_at_a_fraction_of_the_measuring(engine: Engine,
                                                                           photo: np.ndarray) -> None:
    look, images = Look(engine.encode(photo[::-1, :, ::-1], "art")), film(40)
    counting = Counting(engine)
    sparing, exact = painted(Sparing(counting), images, look), painted(engine, images, look)
    assert counting.measured <= 6 + 40 / EVERY
    assert gap(sparing, exact) < 0.25 * gap(exact, images)  # late, not other
    assert gap(sparing[1:], sparing[:-1]) < 1.03 * gap(exact[1:], exact[:-1])


def gap(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """The mean difference of two films."""
    return float(np.mean([np.abs(one.astype(int) - other).mean() for one, other in zip(first, second, strict=True)]))


def test_another_look_begins_anew_and_is_measured_once_it_stays(engine: Engine, photo: np.ndarray) -> None:
    style = engine.encode(photo[::-1], "art")
    counting = Counting(engine)
    sparing = Sparing(counting)
    given = Statistics(engine.stylize(photo[None], [Look(style)])[1].moments, 0.05)
    for step in range(4):  # a fade: no two pictures in the same look
        picture, used = sparing.stylize(photo[None], [Look(style, 1 - 0.2 * step)], given)
        assert used.moments is given.moments
        assert not sparing.due
    expected, _ = engine.stylize(photo[None], [Look(style, 0.4)], Statistics(given.moments))
    np.testing.assert_array_equal(picture, expected)
    assert counting.measured == 0
    look = Look(style)
    for _ in range(2):
        sparing.stylize(photo[None] // 2, [look], given)
    assert sparing.due
    sparing.refresh()
    _, target = engine.stylize(photo[None] // 2, [look], Statistics(given.moments, 1 - 0.95**EVERY))
    moments = given.moments
    for _ in range(EVERY):
        moments = sparing.stylize(photo[None] // 2, [look], Statistics(moments, 0.05))[1].moments
    np.testing.assert_allclose(moments.mean, target.moments.mean, atol=1e-4)
    assert counting.measured == 1


def test_a_picture_that_goes_dark_keeps_the_moments(engine: Engine, photo: np.ndarray) -> None:
    look = Look(engine.encode(photo[::-1], "art"))
    sparing = Sparing(engine)
    given = engine.stylize(photo[None], [look])[1].moments
    for _ in range(2):
        sparing.stylize(photo[None] // 2, [look], Statistics(given, 0.05))
    sparing.refresh()
    assert sparing.stylize(photo[None] // 2, [look], Statistics(given, 0.001))[1].moments is given
