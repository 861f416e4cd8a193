"""Segments gathered into tasks."""

from __future__ import annotations

from itertools import pairwise

import pytest

from allaprima.farm.cutting import Piece, Segment, pieces_of


def segments(*runs: list[int]) -> list[Segment]:
    """Runs of segments by their frames, each run beginning with a shot."""
    found, first = [], 0
    for run in runs:
        for place, frames in enumerate(run):
            found.append(Segment(first, frames, place == 0))
            first += frames
    return found


def frames(piece: Piece) -> int:
    return sum(segment.frames for segment in piece.segments)


def test_short_shots_are_painted_together() -> None:
    pieces = pieces_of(segments([40], [30], [50], [60], [90]), 120)
    assert [frames(piece) for piece in pieces] == [120, 60, 90]
    assert not any(piece.goes_on for piece in pieces)
    assert [piece.first_segment for piece in pieces] == [0, 3, 4]


def test_a_long_shot_is_cut_into_even_pieces_that_go_on_from_each_other() -> None:
    pieces = pieces_of(segments([100], [120] * 16, [50]), 480)
    assert [frames(piece) for piece in pieces] == [100, 480, 480, 480, 480, 50]
    assert [piece.goes_on for piece in pieces] == [False, False, True, True, True, False]
    assert [piece.group for piece in pieces] == [0, 1, 1, 1, 1, 2]
    assert len(pieces_of(segments([120] * 16), 480, splits=False)) == 1


def test_frames_that_need_no_others_are_cut_anywhere() -> None:
    pieces = pieces_of(segments(*[[120]] * 10), 240)
    assert [frames(piece) for piece in pieces] == [240] * 5
    assert not any(piece.goes_on for piece in pieces)


@pytest.mark.parametrize("usual", [1, 100, 481, 10_000])
def test_pieces_are_all_of_the_film_in_its_order(usual: int) -> None:
    whole = segments([120, 120, 7], [15], [120] * 9, [13], [12], [44])
    pieces = pieces_of(whole, usual)
    assert [segment for piece in pieces for segment in piece.segments] == whole
    assert all(one.first_segment + len(one.segments) == two.first_segment for one, two in pairwise(pieces))
