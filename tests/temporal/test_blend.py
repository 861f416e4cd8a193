"""Blending along the motion: what holds still is held, what moves is followed, what is new is new."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from allaprima.errors import OptionError
from allaprima.evaluate.temporal_layers import Clip, Disc, Layer, clip_of, moving
from allaprima.functional.flow import warping_error
from allaprima.temporal.anchors import captured, colors_of, doubled, evened, looked_up
from allaprima.temporal.before import renewing, shown_last
from allaprima.temporal.blend import Stabilizer, as_working, layered, motion_into, turned
from allaprima.temporal.detail import around, reduced
from allaprima.temporal.fields import sampling_grid
from allaprima.temporal.laying import laid, shared
from allaprima.temporal.proxies import proxy_of
from temporal_scenes import clips, texture

STROKES = 15  # pixels


def flickering(clip: Clip, seed: int = 3, strength: float = 25.0) -> list[np.ndarray]:
    """The clip's frames, each with strokes of its own over them: what a network that flickers would paint.

    It flickers in its strokes; on the mean over a place colours stay much as they are.
    """
    import cv2

    random = np.random.default_rng(seed)
    pattern = texture(*clip.frames[0].shape[:2], seed).astype(np.float32)
    pattern -= cv2.blur(pattern, (STROKES, STROKES))
    return [np.clip(frame + strength / 25 * pattern * random.uniform(-1, 1), 0, 255).astype(np.uint8)
            for frame in clip.frames]


def steadied(content: tuple[np.ndarray, ...], painted: list[np.ndarray], stability: float = 0.8) -> np.ndarray:
    return Stabilizer(stability)(np.stack(content), np.stack(painted))[0]


def as_tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float() / 255


def error(clip: Clip, frames: np.ndarray | list[np.ndarray]) -> float:
    """The mean warping error at lag 1, by the exact flow, from the third frame on."""
    errors = []
    for index in range(2, len(frames) - 1):
        flow, visible = clip.flow(index, index + 1)
        errors.append(float(warping_error(as_tensor(frames[index]), as_tensor(frames[index + 1]),
                                          torch.from_numpy(flow).permute(2, 0, 1)[None],
                                          torch.from_numpy(visible)[None, None])))
    return float(np.mean(errors))


@pytest.fixture(scope="module")
def made() -> dict[str, Clip]:
    return clips(144, 256, 10)


@pytest.mark.parametrize("name", ["pan", "zoom", "rotation", "parallax", "crossing"])
def test_flicker_on_moving_pictures_falls_below_half(made: dict[str, Clip], name: str) -> None:
    clip = made[name]
    painted = flickering(clip)
    own = error(clip, list(clip.frames))
    steady, loose = error(clip, steadied(clip.frames, painted)) - own, error(clip, painted) - own
    assert steady < 0.5 * loose


def test_a_still_scene_with_sensor_noise_changes_less_than_its_input(made: dict[str, Clip]) -> None:
    content = made["noise"].frames
    amplified = [np.clip(128 + 2.0 * (frame.astype(np.float32) - 128), 0, 255).astype(np.uint8) for frame in content]
    shown = steadied(content, amplified)

    def change(frames: np.ndarray) -> float:
        return float(np.square(np.diff(frames.astype(np.float32), axis=0)).mean())

    assert change(shown[3:]) < change(np.stack(content)[3:])
    assert change(np.stack(amplified)[3:]) > change(np.stack(content)[3:])


def test_stability_nothing_gives_back_every_frame_bit_for_bit(made: dict[str, Clip]) -> None:
    painted = flickering(made["pan"])
    assert np.array_equal(steadied(made["pan"].frames, painted, 0.0), np.stack(painted))


def test_stability_next_to_nothing_changes_next_to_nothing(made: dict[str, Clip]) -> None:
    clip = clips(144, 256, 20)["zoom"]  # long enough for one anchor to make way for the next
    painted = flickering(clip)
    assert float(np.abs(steadied(clip.frames, painted, 0.001).astype(int) - np.stack(painted)).mean()) < 0.3


def test_the_first_frame_of_a_shot_is_as_painted(made: dict[str, Clip]) -> None:
    painted = flickering(made["pan"])
    shown, _ = Stabilizer(1.0)(made["pan"].frames[3][None], painted[3][None], None)
    assert np.array_equal(shown[0], painted[3])


def test_a_new_scene_shines_through_even_without_a_cut_being_told(made: dict[str, Clip]) -> None:
    content = np.stack([texture(144, 256, 5)] * 3 + [255 - texture(144, 256, 9)] * 4)
    shown, _ = Stabilizer()(content, content, None)
    assert np.abs(shown[-1].astype(int) - content[-1]).mean() < 6


def test_a_dissolve_leaves_no_trail_and_is_not_held_back() -> None:
    first, second = texture(144, 256, 5).astype(np.float32), texture(144, 256, 9).astype(np.float32)
    shares = [0.0] * 4 + [step / 8 for step in range(1, 9)] + [1.0] * 4
    content = np.stack([np.rint((1 - share) * first + share * second).astype(np.uint8) for share in shares])
    shown, _ = Stabilizer()(content, content, None)
    late = [float(np.abs(shown[index].astype(int) - content[index]).mean()) for index in (8, 12, 15)]
    assert late[0] < 12
    assert late[1] < 6
    assert late[2] < 6


def test_colours_of_a_steady_picture_do_not_drift(made: dict[str, Clip]) -> None:
    still = made["pan"].frames[0]
    painted = [still] * 60
    random = np.random.default_rng(0)
    noisy = tuple(np.clip(still + random.normal(0, 2, still.shape), 0, 255).astype(np.uint8) for _ in range(60))
    shown = steadied(noisy, painted)
    drift = shown[-1].astype(np.float32).mean(axis=(0, 1)) - still.mean(axis=(0, 1))
    assert np.abs(drift).max() < 1.0


def test_what_an_object_uncovers_is_no_ghost_of_it() -> None:
    clip = clips(180, 320, 10)["crossing"]
    content = np.stack(clip.frames)
    shown = steadied(clip.frames, list(clip.frames))
    _, seen = clip.flow(9, 8)
    new = ~seen
    assert new.sum() > 100
    ghost = np.square(shown[9].astype(np.float32) - content[9])[new].mean()
    held = np.square(shown[8].astype(np.float32) - content[9])[new].mean()
    assert ghost < 0.1 * held


def test_detail_survives_a_long_pan() -> None:
    clip = clips(144, 256, 24)["pan"]
    shown = steadied(clip.frames, list(clip.frames))

    def sharpness(frame: np.ndarray) -> float:
        return float(np.abs(np.diff(frame.astype(np.float32), axis=1)).mean())

    assert 0.95 < sharpness(shown[-1]) / sharpness(clip.frames[-1]) < 1.1


def test_a_saved_state_goes_on_as_if_nothing_had_happened(made: dict[str, Clip]) -> None:
    content, painted = np.stack(made["zoom"].frames), np.stack(flickering(made["zoom"]))
    whole, _ = Stabilizer()(content, painted, None)
    _, state = Stabilizer()(content[:4], painted[:4], None)
    saved = pickle.loads(pickle.dumps(state))
    rest, _ = Stabilizer()(content[4:], painted[4:], saved)
    assert np.array_equal(whole[4:], rest)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_wider_pictures_are_steadied_as_eight_bits_are(made: dict[str, Clip], dtype: type) -> None:
    scale = 257 if dtype is np.uint16 else 1 / 255
    content, painted = np.stack(made["pan"].frames), np.stack(flickering(made["pan"]))
    wide, _ = Stabilizer()((content * np.float32(scale)).astype(dtype), (painted * np.float32(scale)).astype(dtype))
    assert wide.dtype == dtype
    narrow, _ = Stabilizer()(content, painted)
    assert np.abs(wide.astype(np.float32) / np.float32(scale) - narrow).mean() < 1.0


def test_a_stability_out_of_range_is_refused() -> None:
    with pytest.raises(OptionError, match=r"stability 1\.5"):
        Stabilizer(1.5)


def test_a_look_that_has_changed_is_not_held_back(made: dict[str, Clip]) -> None:
    content, painted = np.stack(made["noise"].frames), np.stack(made["noise"].frames)
    other = 255 - painted
    mixed = np.concatenate([painted[:3], other[3:]])
    held, _ = Stabilizer()(content, mixed)
    followed, _ = Stabilizer()(content, mixed, None, [0, 0, 0, 0.5] + [0] * 6)
    late = [np.abs(shown[3].astype(int) - mixed[3]).mean() for shown in (held, followed)]
    assert late[1] < 1
    assert late[1] < late[0]


def test_strokes_are_as_sharp_as_they_were_painted_after_slow_motion(made: dict[str, Clip]) -> None:
    strokes = np.random.default_rng(2).integers(0, 256, (144, 256, 3), dtype=np.uint8)
    painted = [strokes // 2 + frame // 2 for frame in made["pan"].frames]
    shown = steadied(made["pan"].frames, painted, 1.0)

    def detail(frame: np.ndarray) -> float:
        return float(np.abs(np.diff(frame[8:-8, 16:-16].astype(np.float32), axis=1)).mean())

    assert 0.85 < detail(shown[-1]) / detail(painted[-1]) < 1.15


def test_what_differs_in_colour_alone_is_not_taken_for_the_same() -> None:
    grey = texture(144, 256, 3)[..., 1].astype(np.float32)
    red, blue = np.stack([grey + 50, grey, grey - 50], axis=-1), np.stack([grey - 50, grey + 9, grey + 50], axis=-1)
    first, second = (np.clip(picture, 0, 255).astype(np.uint8) for picture in (red, red.copy()))
    second[40:100, 100:180] = np.clip(blue, 0, 255).astype(np.uint8)[40:100, 100:180]
    _, state = Stabilizer()(first[None], first[None])
    trust = Stabilizer().follow(second, state).anchors[0].trust
    assert trust[44:96, 104:176].mean() < 0.01
    assert trust[:30].mean() > 0.8


def test_where_a_pan_brings_in_something_new_nothing_is_trusted(made: dict[str, Clip]) -> None:
    frames = made["pan"].frames
    _, state = Stabilizer()(np.stack(frames[:4]), np.stack(frames[:4]))
    trust = Stabilizer().follow(frames[4], state).anchors[0].trust
    assert trust[:, -1].max() == 0
    assert trust[-1].max() == 0  # by a quarter of a pixel
    assert trust[:, 0].mean() > 0.5


@pytest.mark.parametrize("size", [(91, 163), (37, 255)])
def test_odd_sizes_are_steadied_too(size: tuple[int, int]) -> None:
    frames = np.stack([np.roll(texture(*size, 3), shift, axis=1) for shift in range(4)])
    shown, _ = Stabilizer()(frames, frames)
    assert np.abs(shown[3, 8:-8, 12:-12].astype(int) - frames[3, 8:-8, 12:-12]).mean() < 4


def test_strokes_are_replaced_one_after_another(made: dict[str, Clip]) -> None:
    anchor = captured(as_working(made["pan"].frames[0]), proxy_of(made["pan"].frames[0]))
    shares = [turned(replace(anchor, gone=gone)) for gone in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert shares[0].max() == 0
    assert shares[-1].min() > 0.9999
    for gone, share in zip((0.25, 0.5, 0.75), shares[1:-1], strict=True):
        assert abs(share.mean() - gone) < 0.1
        assert ((share > 0) & (share < 1)).mean() < 0.5  # most are either here or gone
    assert all((later >= earlier).all() for earlier, later in pairwise(shares))


def test_places_are_evened_where_they_move_alike_and_keep_apart_across_an_edge() -> None:
    rest = sampling_grid(60, 100)
    moved = np.zeros((60, 100, 2), np.float32)
    moved[:, 50:] = 3
    noisy = rest + moved + np.random.default_rng(1).normal(0, 0.5, moved.shape).astype(np.float32)
    trust = np.ones((60, 100), np.float32)
    trust[:, 48:52] = 0
    apart = np.abs(evened(noisy, trust) - rest - moved)
    assert apart[:, :35].max() < 0.4
    assert apart[:, :35].mean() < 0.1
    crisp = np.abs(evened(rest + moved, trust) - rest - moved)
    assert crisp[:, :48].max() < 0.7  # of three: what moves otherwise is hardly mixed in
    assert crisp[:, 52:].max() < 0.7


def test_a_picture_at_rest_is_looked_up_as_it_is_and_between_pixels_keeps_its_detail() -> None:
    import cv2

    picture = cv2.GaussianBlur(np.random.default_rng(3).integers(0, 256, (120, 160, 4), dtype=np.uint8), (0, 0), 0.8)
    large, rest = doubled(picture), sampling_grid(120, 160)
    assert np.array_equal(looked_up(large, rest, 120, 160), picture)

    def detail(frame: np.ndarray) -> float:
        inner = frame[10:-10, 10:-10].astype(np.float32)
        return float((inner - cv2.GaussianBlur(inner, (0, 0), 2)).std())

    for shift in (0.25, 0.5, 0.75):
        shown = looked_up(large, (rest + np.float32(shift)).astype(np.float32), 120, 160)
        assert 0.85 < detail(shown) / detail(picture) < 1.25


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("columns", [slice(40, 90), slice(10, 250)], ids=["gathered", "whole"])
def test_an_anchor_laid_in_parts_is_the_whole_of_it_where_it_is_seen(made: dict[str, Clip], columns: slice,
                                                                     dtype: type) -> None:
    import cv2

    first, second, third = (made[name].frames[index].astype(dtype)
                            for name, index in (("pan", 0), ("zoom", -1), ("rotation", 3)))
    height, width = first.shape[:2]
    anchors = [captured(as_working(frame), proxy_of(made["pan"].frames[0])) for frame in (first, second)]
    moved = [replace(anchor, where=anchor.where + np.float32(shift)) for anchor, shift in zip(anchors, (0.4, -0.7),
                                                                                             strict=True)]
    weights = [np.zeros(anchors[0].trust.shape, np.float32) for _ in anchors]
    weights[0][20:50, 30:60] = 1
    weights[1][:, columns] = 0.5
    painted = as_working(third)
    mixture = laid(moved, [weights[0], weights[1] * (1 - weights[0])], painted)
    expected = painted
    for anchor, weight in reversed(list(zip(moved, weights, strict=True))):
        whole = cv2.resize(weight, (width, height))
        expected = cv2.blendLinear(looked_up(anchor.picture, anchor.where, height, width), expected, whole, 1 - whole)
    apart = np.abs(mixture.astype(int) - expected)
    assert apart.mean() < 0.5  # of 255
    assert np.percentile(apart, 99.9) <= 2  # along an outline weights are enlarged of the mixture, not one by one


def test_where_a_picture_is_wholly_seen_nothing_below_is_looked_up() -> None:
    first, second = np.full((2, 4, 4), 0.96, np.float32)
    first[:, :2], first[:, 2] = 0, 0.48
    (upper, lower), bare = shared([first, second], 0.96)
    assert np.array_equal(upper, first)
    assert np.allclose(lower[0], [0.96, 0.96, 0.48, 0], atol=1e-6)
    assert np.allclose(bare, 0, atol=1e-6)
    assert np.allclose(shared([first], 0.96)[1][0], [1, 1, 0.5, 0], atol=1e-6)


def test_an_anchors_colours_are_those_of_what_is_looked_up(made: dict[str, Clip]) -> None:
    frame = made["zoom"].frames[0]
    anchor = captured(as_working(frame), proxy_of(frame))
    moved = replace(anchor, where=(anchor.where + np.float32([3.3, -1.7])).astype(np.float32))
    shown = looked_up(anchor.picture, moved.where, *frame.shape[:2])
    colors = colors_of(moved)
    apart = np.abs(colors - reduced(shown))[1:-1, 1:-1]
    assert apart.mean() < 0.6  # of 255, where colours half a place off would differ by ten
    assert np.abs(colors_of(anchor) - reduced(as_working(frame))).max() <= 1


def test_what_is_kept_again_and_again_does_not_sharpen_into_noise() -> None:
    import cv2

    random = np.random.default_rng(5)
    pattern = cv2.GaussianBlur(random.integers(0, 256, (160, 280, 3), dtype=np.uint8), (0, 0), 0.7)
    ground = texture(160, 280, 3)
    rest = sampling_grid(144, 256)
    steps = [(rest + np.float32([0.37 * time, 0.21 * time])).astype(np.float32) for time in range(48)]
    content, strokes = (np.stack([cv2.remap(one, step, None, cv2.INTER_CUBIC) for step in steps])
                        for one in (ground, pattern))
    painted = content // 2 + strokes // 2
    shown, _ = Stabilizer(1.0)(content, painted, None, [0.002] * len(steps))

    def detail(frame: np.ndarray) -> float:
        inner = frame[16:-16, 16:-16].astype(np.float32)
        return float((inner - cv2.GaussianBlur(inner, (0, 0), 2)).std())

    assert max(detail(frame) for frame in shown) < 1.25 * detail(painted[0])


def test_what_anchors_lose_is_carried_from_the_last_frame() -> None:
    """A thing turns so fast that no anchor keeps it, before the next is taken: its strokes turn with it."""
    size, middle = (144, 256), (128, 72)
    layers = (Layer(texture(*size, 1).astype(np.float32), moving()),
              Layer(texture(*size, 2).astype(np.float32), moving(turn=9, around=middle), Disc(*middle, 55)))
    clip = clip_of("turning", layers, size, 14)
    within = np.hypot(*(np.mgrid[:144, :256] - np.array(middle[::-1])[:, None, None])) < 45

    def change(frames: np.ndarray | list[np.ndarray]) -> float:
        errors = []
        for index in range(3, 13):
            flow, visible = clip.flow(index, index + 1)
            errors.append(float(warping_error(as_tensor(frames[index]), as_tensor(frames[index + 1]),
                                              torch.from_numpy(flow).permute(2, 0, 1)[None],
                                              torch.from_numpy(visible & within)[None, None])))
        return float(np.mean(errors))

    painted = flickering(clip)
    own = change(list(clip.frames))
    assert change(steadied(clip.frames, painted)) - own < 0.4 * (change(painted) - own)


def test_what_is_carried_and_to_be_painted_anew_passes_into_that_within_some_frames() -> None:
    """No anchor is trusted: every stroke is carried, and those whose turn has come are halfway at once."""
    picture = texture(96, 160, 1)
    content, then = proxy_of(picture), as_working(picture)
    now = as_working(np.clip(picture + 4.0, 0, 255).astype(np.uint8))
    before, kept = shown_last(then, content, age=5), 0.9
    lost = replace(captured(then, content), trust=np.zeros(content.shape[:2], np.float32))
    _, _, share = layered([lost], before, now, reduced(now), around(now), kept)
    due = renewing(before) == 0
    assert 0 < due.mean() < 0.1
    assert 0.8 < float(np.median(share[~due])) / kept <= 1
    assert 0.3 < float(np.median(share[due])) / float(np.median(share[~due])) < 0.7


def test_motion_that_was_found_before_gives_the_same_frames(made: dict[str, Clip]) -> None:
    frames, painted = made["zoom"].frames[:4], flickering(made["zoom"])
    state = ahead = None
    for index, (frame, picture) in enumerate(zip(frames, painted, strict=False)):
        motion = motion_into(frame, frames[index - 1]) if index else None
        shown, state = Stabilizer().steadied(frame, picture, state)
        also, ahead = Stabilizer().steadied(frame, picture, ahead, motion=motion)
        assert np.array_equal(shown, also)
        if motion is not None:
            by_proxy = motion_into(frame, proxy_of(frames[index - 1]))
            assert by_proxy is not None
            assert np.array_equal(by_proxy.backward, motion.backward)
            assert np.array_equal(np.asarray(motion.now), proxy_of(frame))
    assert motion_into(frames[0], frames[0][:, :100]) is None
