"""The last frame, carried: trusted as far as the motion, and as its strokes still belong to what is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allaprima.temporal.before import CARRIED_FRAMES, DOUBTFUL, carried, painted_from, renewing, shown_last
from allaprima.temporal.flow import Motion
from allaprima.temporal.proxies import proxy_of
from temporal_scenes import texture


def still(height: int, width: int) -> Motion:
    return Motion(np.zeros((height, width, 2), np.float32), np.ones((height, width), np.float32))


def test_a_place_is_carried_while_its_content_is_what_it_was_painted_from() -> None:
    """A dissolve changes little from frame to frame, and in the end everything."""
    first, second = texture(90, 160, 1).astype(np.float32), texture(90, 160, 2).astype(np.float32)
    last = shown_last(first.astype(np.uint8), proxy_of(first.astype(np.uint8)))
    trusts = []
    for step in range(1, 11):
        now = proxy_of(((1 - step / 10) * first + step / 10 * second).astype(np.uint8))
        last = carried(last, still(90, 160), now)
        trusts.append(float(last.trust.mean()))
        last = shown_last(last.picture, painted_from(last, last.trust, now), last.age)
    assert trusts[0] > 0.75
    assert min(trusts) < 0.4


def test_along_a_doubtful_motion_strokes_are_carried_in_part_and_none_where_a_renderer_says_that_they_are_new() -> None:
    picture = texture(90, 160, 1)
    content = proxy_of(picture)
    last, doubtful = shown_last(picture, content), replace(still(90, 160), trust=np.zeros((90, 160), np.float32))
    assert np.allclose(carried(last, doubtful, content).trust, DOUBTFUL)
    assert not carried(last, replace(doubtful, exact=True), content).trust.any()
    assert not carried(last, replace(doubtful, backward=doubtful.backward + 500), content).trust.any()
    assert carried(last, doubtful, proxy_of(255 - picture)).trust.mean() < 0.1 * DOUBTFUL


def test_every_stroke_is_painted_anew_once_in_a_while_and_few_at_a_time() -> None:
    picture = texture(90, 160, 1)
    last, times = shown_last(picture, proxy_of(picture)), np.zeros((90, 160))
    for _ in range(CARRIED_FRAMES):
        last = carried(last, still(90, 160), proxy_of(picture))
        anew = renewing(last) == 0
        assert 0.03 < anew.mean() < 0.06
        times += anew
    assert (times == 1).all()
