import cv2
import numpy as np
import pytest

from allaprima.temporal.fields import Plane
from allaprima.temporal.flow import averaged, gap, motion_between, opening, residue, single_threaded
from allaprima.temporal.proxies import proxy_of
from temporal_scenes import texture

LEFT, TOP, SIDE, SHIFT = 120, 60, 60, 6


def scene(shift: int) -> np.ndarray:
    """A square in front of a ground that rests."""
    picture = texture(180, 320, 1).copy()
    picture[TOP:TOP + SIDE, LEFT + shift:LEFT + shift + SIDE] = texture(SIDE, SIDE, 2)
    return picture


def parted() -> Plane:
    """The ways back at half the size where a square has moved to the right."""
    back = np.zeros((90, 160, 2), np.float32)
    back[30:60, 60:90] = [-4, 0]
    return back


def test_a_thing_is_trusted_up_to_its_outline_and_what_it_uncovers_is_not() -> None:
    motion = motion_between(proxy_of(scene(0)), proxy_of(scene(SHIFT)), 1.0)
    within = np.s_[TOP + 8:TOP + SIDE - 8, LEFT + SHIFT + 8:LEFT + SHIFT + SIDE - 8]
    assert np.abs(motion.backward[within] - [-SHIFT, 0]).max() < 0.3
    assert motion.trust[within].min() > 0.9
    rim = np.s_[TOP + 6:TOP + SIDE - 6, LEFT + SHIFT + SIDE - 10:LEFT + SHIFT + SIDE - 4]
    assert motion.trust[rim].mean() > 0.8
    uncovered = motion.trust[TOP + 4:TOP + SIDE - 4, LEFT + 1:LEFT + SHIFT - 1]
    assert uncovered.mean() < 0.02
    assert uncovered[:, :-1].max() < 0.2  # beside the outline itself a proxy's pixel is of both
    assert motion.trust[:TOP - 20].min() > 0.9
    assert not motion.backward[:TOP - 20].any()


def test_a_thing_smaller_than_a_patch_of_half_the_size_is_found_and_trusted() -> None:
    """Motion that is found at half a proxy's size alone sees patches of twice as many pixels, and loses it."""
    side, shift = 14, 5
    pictures = []
    for place in (LEFT, LEFT + shift):
        pictures.append(texture(180, 320, 1).copy())
        pictures[-1][TOP:TOP + side, place:place + side] = 255 - texture(side, side, 5) // 2
    motion = motion_between(proxy_of(pictures[0]), proxy_of(pictures[1]), 1.0)
    within = np.s_[TOP + 2:TOP + side - 2, LEFT + shift + 2:LEFT + shift + side - 2]
    assert np.abs(motion.backward[within] - [-shift, 0]).max() < 0.5
    assert motion.trust[within].mean() > 0.8


def test_a_place_found_wrong_by_less_than_noise_may_say_is_left_as_it_is() -> None:
    """To set it right each time would make strokes tremble; what is wrong by more is set right."""
    now = proxy_of(texture(180, 320, 1))[..., 3].copy()

    def off_by(pixels: float) -> Plane:
        seen = cv2.warpAffine(now, np.float32([[1, 0, pixels], [0, 1, 0]]), (320, 180), flags=cv2.INTER_CUBIC,
                              borderMode=cv2.BORDER_REPLICATE)
        return residue(seen, now)[20:-20, 20:-20, 0]

    assert np.abs(off_by(0.1)).max() < 0.02
    assert abs(np.median(off_by(0.9)) - 0.9) < 0.2


@pytest.mark.parametrize("light", [0.8, 1.25])
def test_a_change_of_light_is_no_doubt(light: float) -> None:
    before, now = (scene(shift) // 2 for shift in (0, SHIFT))
    relit = np.clip(now * light, 0, 255).astype(np.uint8)
    trusts = [motion_between(proxy_of(before), proxy_of(one), 1.0).trust.mean() for one in (now, relit)]
    assert abs(trusts[0] - trusts[1]) < 0.03


def test_the_ways_back_come_together_where_things_part_and_only_there() -> None:
    opened = opening(parted())
    assert opened[35:55, 58:62].min() == 1
    assert opened[:, 75:].max() == 0
    assert opened[:20].max() == 0


def test_a_motion_that_the_opposite_one_undoes_leaves_no_gap_and_what_is_uncovered_one() -> None:
    back = parted()
    forth = np.zeros_like(back)
    forth[30:60, 56:86] = [4, 0]
    missed = gap(back, forth)
    assert missed[30:60, 56:60].min() > 1
    missed[30:60, 56:60] = 0
    assert missed.max() == 0


def test_motion_is_averaged_over_what_moves_alike_and_kept_where_things_part() -> None:
    noisy = parted() + np.random.default_rng(3).normal(0, 0.1, (90, 160, 2)).astype(np.float32)
    apart = np.abs(averaged(noisy) - parted()).max(axis=2)
    assert apart[38:52, 68:82].max() < 0.06
    assert apart[:20].max() < 0.06
    assert apart.max() < 0.6  # of four: nothing of one motion in the other


def test_the_number_of_opencvs_threads_is_as_before_when_the_last_of_several_runs_ends() -> None:
    before = cv2.getNumThreads()
    first, second = single_threaded(), single_threaded()
    try:
        cv2.setNumThreads(3)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert cv2.getNumThreads() == 1  # another run still goes on
        second.__exit__(None, None, None)
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)


def test_a_camera_that_begins_to_move_is_followed() -> None:
    """It changes less than half a level on the mean: rounded, that fits no better than rest."""
    faint = texture(180, 320, 4).astype(np.float32) / 3 + 80
    shift = np.float32([[1, 0, 0.12], [0, 1, 0]])
    moved = cv2.warpAffine(faint, shift, (320, 180), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    first, second = (proxy_of(np.rint(picture).astype(np.uint8)) for picture in (faint, moved))
    motion = motion_between(first, second, 1.0)
    assert -0.15 < float(np.median(motion.backward[8:-8, 8:-8, 0])) < -0.07
