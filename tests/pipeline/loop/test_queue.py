"""Frames between two threads: how many may wait."""

import threading

import numpy as np

from allaprima.frames import Frame
from allaprima.pipeline.loop.queue import MOST_FRAMES, FrameQueue


def frame(index, side=4):
    return Frame(np.zeros((side, side, 3), np.uint8), None, index, 1, index)


def given_until_full(queue, side):
    """How many frames a giver gets rid of while nobody takes any."""
    given = []

    def give():
        while queue.give(frame(len(given), side)):
            given.append(1)

    thread = threading.Thread(target=give)
    thread.start()
    thread.join(timeout=0.5)
    queue.close()
    thread.join()
    return len(given)


def test_small_frames_are_bounded_in_number():
    assert given_until_full(FrameQueue(1 << 30), side=4) == MOST_FRAMES


def test_large_frames_are_bounded_in_bytes():
    assert given_until_full(FrameQueue(3 * 100 * 100 * 3), side=100) == 3


def test_a_frame_larger_than_the_limit_fits_alone():
    assert given_until_full(FrameQueue(10), side=100) == 1


def test_frames_come_out_in_order_and_then_the_end():
    queue = FrameQueue(1 << 20)
    for index in range(3):
        assert queue.give(frame(index))
    queue.end()
    taken = [queue.take() for _ in range(4)]
    assert [one.index if one is not None else None for one in taken] == [0, 1, 2, None]
