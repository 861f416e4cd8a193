"""Steps as they lie in a file: they come back as they were, in few bytes, and nothing else is taken for them."""

import json

import numpy as np
import pytest

from allaprima.kernel_coding import (
    MOST_STEPS,
    checked_shapes,
    packed_steps,
    packed_tensors,
    unpacked_steps,
    unpacked_tensors,
)

RNG = np.random.default_rng(5)
BELL = np.clip(np.rint(4 * RNG.normal(size=(3, 16, 8, 3, 3))), -127, 127).astype(np.int8)
TENSORS = {"scales.a": np.ones((3, 16), np.float32), "a": BELL, "bias": np.zeros(4, np.float16),
           "b": np.full((2, 5), -127, np.int8)}


def test_tensors_come_back_as_they_were() -> None:
    held, words = packed_tensors(TENSORS)
    assert held.keys() == {"scales.a", "bias", "steps"}
    again = unpacked_tensors(held, words)
    assert again.keys() == TENSORS.keys()
    assert all(again[name].dtype == tensor.dtype and (again[name] == tensor).all() for name, tensor in TENSORS.items())
    assert unpacked_tensors(TENSORS, {}) == TENSORS


def test_steps_take_what_they_tell_and_filters_that_are_nothing_take_nothing() -> None:
    _, counts = np.unique(BELL, return_counts=True)
    told = -(counts / BELL.size * np.log2(counts / BELL.size)).sum() * BELL.size / 8
    assert len(packed_steps({"a": BELL})) < 1.05 * told + 100
    assert len(packed_steps({"a": np.zeros((64, 1024), np.int8)})) < 400


HELD, WORDS = packed_tensors(TENSORS)
LISTED = json.loads(WORDS["steps"])


@pytest.mark.parametrize(("held", "listed", "told"), [
    (HELD | {"steps": HELD["steps"][:-4]}, LISTED, "not the"),
    (HELD | {"steps": np.concatenate([HELD["steps"], np.zeros(3, np.uint8)])}, LISTED, "not the"),
    (HELD | {"steps": np.full(60, 255, np.uint8)}, LISTED, "decoded"),
    (HELD | {"steps": HELD["steps"].astype(np.float32)}, LISTED, "no bytes"),
    ({"bias": HELD["bias"]}, LISTED, "no bytes"),
    (HELD, LISTED[:1], "not the"),
    (HELD, [*LISTED, ["c", [4, 4]]], "not the"),
    (HELD, [["a", [MOST_STEPS, 2]]], "more than"),
    (HELD, [*LISTED[:1], ["bias", [2, 5]]], "twice"),
    (HELD, [["a", [4, -1]]], "no sense"), (HELD, [["a", ["4", 1]]], "no sense"), (HELD, {"a": [4, 4]}, "no sense"),
    (HELD, [["a", [4, 4]]] * 2, "one name"),
])
def test_what_is_damaged_or_hostile_is_refused(held: dict[str, np.ndarray], listed: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        unpacked_tensors(held, {"steps": json.dumps(listed)})


def test_no_more_is_unpacked_than_was_said() -> None:
    bomb = packed_steps({"a": np.zeros((1 << 12, 1 << 10), np.int8)})
    with pytest.raises(ValueError, match="not the 8"):
        unpacked_steps(bomb, checked_shapes([["a", [2, 4]]]))
