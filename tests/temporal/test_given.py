"""A renderer's motion in the place of what is found: places stay exact, and films are steadier for it."""

from __future__ import annotations

import numpy as np
import pytest

from allaprima.evaluate.temporal import exact_take, warping_error
from allaprima.evaluate.temporal_layers import Clip
from allaprima.frames import Vectors
from allaprima.temporal.blend import BlendState, Stabilizer
from allaprima.temporal.fields import sampling_grid
from temporal_scenes import clips, texture

CLIPS = clips(count=10)


def vectors_of(clip: Clip) -> list[Vectors | None]:
    back = [clip.flow(index, index - 1) for index in range(1, len(clip.frames))]
    return [None, *(Vectors(field, seen.astype(np.float32)) for field, seen in back)]


def flickering(clip: Clip) -> np.ndarray:
    """The frames with strokes over them that are others in every frame."""
    random = np.random.default_rng(3)
    strokes = texture(*clip.frames[0].shape[:2], 3).astype(np.float32) - 128
    return np.stack([np.clip(frame + strokes * random.uniform(-1, 1), 0, 255).astype(np.uint8)
                     for frame in clip.frames])


def held(clip: Clip, vectors: list[Vectors | None]) -> tuple[np.ndarray, BlendState]:
    return Stabilizer(0.8)(np.stack(clip.frames), flickering(clip), vectors=vectors)


def misplaced(clip: Clip, state: BlendState) -> float:
    """How far off, in pixels, the places are that the oldest anchor is looked up at: of nine in ten trusted ones."""
    anchor, last = state.anchors[0], len(clip.frames) - 1
    exact, seen = clip.flow(last, last - anchor.age)
    gap = np.hypot(*np.moveaxis(anchor.where - sampling_grid(*anchor.where.shape[:2]) - exact, 2, 0))
    return float(np.quantile(gap[seen & (anchor.trust > 0.5)], 0.9))


@pytest.mark.parametrize("name", ["pan", "zoom", "rotation", "parallax", "crossing"])
def test_places_are_exact_and_the_excess_is_no_worse(name: str) -> None:
    clip = CLIPS[name]
    take = exact_take(clip)
    own, found = held(clip, [])
    given, known = held(clip, vectors_of(clip))
    assert misplaced(clip, known) < 0.01
    assert misplaced(clip, found) > 0.05 or name == "crossing"  # whose background rests
    assert warping_error(list(given), take, 1) <= 1.001 * warping_error(list(own), take, 1)


def test_a_field_of_another_size_is_the_same_motion() -> None:
    clip = CLIPS["pan"]
    large = [None if one is None else Vectors(
        2 * one.backward.repeat(2, axis=0).repeat(2, axis=1), one.trust.repeat(2, axis=0).repeat(2, axis=1))
        for one in vectors_of(clip)]
    assert np.abs(held(clip, large)[0].astype(int) - held(clip, vectors_of(clip))[0]).max() <= 2


def test_vectors_that_lead_to_something_else_are_not_trusted() -> None:
    """A renderer's vectors know nothing of what passes in a reflection: the pictures themselves have a say."""
    clip = CLIPS["pan"]
    wrong = [None if one is None else Vectors(one.backward + np.float32(25), one.trust) for one in vectors_of(clip)]
    shown, _ = held(clip, wrong)
    painted = flickering(clip)
    right = np.abs(shown[-1].astype(int) - painted[-1]).mean()
    assert right < 0.5 * np.abs(held(clip, vectors_of(clip))[0][-1].astype(int) - painted[-1]).mean()
