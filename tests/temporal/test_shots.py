"""Cuts and fades: found where they were made, and nowhere else."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from allaprima.temporal.shots import Change, watched
from temporal_scenes import clips, texture


def changes(frames: list[np.ndarray]) -> list[Change]:
    state, found = None, []
    for frame in frames:
        change, state = watched(frame, state)
        found.append(change)
    return found


@pytest.fixture(scope="module")
def made() -> dict[str, list[np.ndarray]]:
    return {name: list(clip.frames) for name, clip in clips(count=24).items()}


def test_a_hard_cut_is_found_at_its_frame(made: dict[str, list[np.ndarray]]) -> None:
    assert [index for index, change in enumerate(changes(made["cut"])) if change == "cut"] == [12]


@pytest.mark.parametrize("name", ["pan", "zoom", "rotation", "parallax", "crossing", "noise", "exposure"])
def test_motion_noise_and_exposure_are_no_cuts(made: dict[str, list[np.ndarray]], name: str) -> None:
    assert "cut" not in changes(made[name])


def test_a_fade_falls_then_a_shot_begins_as_the_picture_comes_back() -> None:
    picture = texture(90, 160, 3).astype(np.float32)
    levels = [1 - step / 10 for step in range(11)] + [0.0, 0.0] + [step / 10 for step in range(1, 11)]
    found = changes([(picture * level).astype(np.uint8) for level in levels])
    assert found[4:10] == ["falling"] * 6
    assert found[13] == "cut"
    assert found[17:] == ["rising"] * (len(found) - 17)


def test_light_that_comes_up_fast_rises_at_once() -> None:
    picture = texture(90, 160, 3).astype(np.float32)
    found = changes([(picture * level).astype(np.uint8) for level in (0.3, 0.3, 0.3, 0.5, 0.7, 0.9)])
    assert found == ["none", "none", "none", "rising", "rising", "rising"]


def test_a_flash_is_no_cut() -> None:
    picture = texture(90, 160, 4)
    flash = np.clip(picture.astype(np.int32) + 60, 0, 255).astype(np.uint8)
    assert "cut" not in changes([picture] * 5 + [flash] + [picture] * 5)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_other_depths_are_seen_alike(dtype: type) -> None:
    scale = 257 if dtype is np.uint16 else 1 / 255
    frames = [(texture(90, 160, seed) * np.float32(scale)).astype(dtype) for seed in (5, 5, 6, 6)]
    assert changes(frames) == ["none", "none", "cut", "none"]


# Proposed by the detector, whose thresholds were set on these films too, then each confirmed by eye on the frames
# around it: agreement, not an independent measurement. RISING are two shots that rise from black: where
# the detector says so, a few frames after the eye does.
MARKED = {"bbb_cut_360p.mp4": [235], "bikes_640x272.mp4": [30, 76, 137, 187, 242], "davis_dogs_jump_432x240.mp4": []}
TRAILER, RISING, FROM, TO = [336, 398, 406, 573, 623], [439, 530], 300, 640


def cuts_of(path: Path, end: int = 250) -> list[int]:
    with av.open(str(path)) as container:
        frames = (frame.to_ndarray(format="rgb24", width=160, height=90)
                  for frame in islice(container.decode(video=0), end))
        return [index for index, change in enumerate(changes(list(frames))) if change == "cut"]


@pytest.mark.media
@pytest.mark.parametrize("name", MARKED)
def test_cuts_confirmed_by_eye_are_found_and_no_others(shared: Path, name: str) -> None:
    assert cuts_of(shared / "data" / "video" / name) == MARKED[name]


@pytest.mark.media
def test_a_trailer_full_of_fades_and_fast_motion_gives_its_cuts(shared: Path) -> None:
    found = cuts_of(shared / "data" / "video" / "sintel_trailer_480x204.mp4", TO)
    assert [cut for cut in found if cut >= FROM] == sorted(TRAILER + RISING)
