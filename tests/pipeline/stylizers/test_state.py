"""What is remembered is one value: kept, sent and read again, it goes on to the bit, for every way of painting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allaprima.engines import Engine, Look, Region, Style
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import CODE_LENGTH
from allaprima.errors import SourceError
from allaprima.frames import Frame, Pixels
from allaprima.pipeline.stylizers.state import State, as_arrays, from_arrays
from allaprima.pipeline.stylizers.stylizer import Stylizer, stylized_frame, stylizer_for
from normalizing import Normalizing
from temporal_scenes import clips

STYLE = Style("a style", np.linspace(-1, 1, CODE_LENGTH, dtype=np.float32), (4, 3, 2, 1), "encoder")


class Inverting(IdentityEngine):
    """Paints negatives, half of them from where it is told to begin."""

    name = "inverting"

    def optimise(self, image: Pixels, look: Look, start: Pixels | None = None) -> Pixels:
        negative = 255 - image.astype(int)
        return np.asarray(negative if start is None else (negative + start) // 2, np.uint8)


def frames(dtype: type = np.uint8) -> list[Frame]:
    full = 1.0 if dtype == np.float32 else np.iinfo(dtype).max
    pictures = clips(60, 96, 24)["cut"].frames[4:20]
    return [Frame((picture / 255 * full).astype(dtype), None, index, 1, index)
            for index, picture in enumerate(pictures)]


def looks() -> list[Look]:
    """A look with two regions, whose strength moves slowly: one has a mask, the other was found and moves."""
    mask = np.zeros((60, 96), np.float32)
    mask[:, :40] = 1
    return [Look(STYLE, 0.5 + 0.01 * index, "luminance", (
        Region(Look(STYLE, 0.25), mask), Region(Look(STYLE, 0.6), np.roll(mask, 41 + index, axis=1), found=True)),
        keeps_rest=True) for index in range(16)]


def painted(stylizer: Stylizer, some: list[Frame], state: State | None) -> tuple[list[Pixels], State]:
    shown = []
    for frame in some:
        picture, state = stylized_frame(stylizer, frame, looks()[frame.index], state)
        shown.append(picture)
    assert state is not None
    return shown, state


@pytest.mark.parametrize("engine", [Normalizing(), Inverting()], ids=lambda engine: engine.name)
@pytest.mark.parametrize("temporal", ["off", "fast"])
@pytest.mark.parametrize("parted", [3, 11])
def test_a_state_that_was_packed_and_read_again_goes_on_as_if_nothing_had_happened(engine: Engine, temporal: str,
                                                                                   parted: int) -> None:
    stylizer = stylizer_for(temporal, engine, 0.8)
    whole, _ = painted(stylizer, frames(), None)
    _, state = painted(stylizer, frames()[:parted], None)
    rest, _ = painted(stylizer, frames()[parted:], State.from_bytes(state.to_bytes()))
    assert all(np.array_equal(one, other) for one, other in zip(whole[parted:], rest, strict=True))


def test_every_array_and_number_of_a_state_comes_back_to_the_bit() -> None:
    _, state = painted(stylizer_for("fast", Inverting(), 0.8), frames(np.float32)[:6], None)
    arrays = as_arrays(state)
    again = as_arrays(State.from_bytes(state.to_bytes()))
    assert state.shown is not None
    assert len(state.shown.anchors) > 0
    assert state.shown.before is not None
    assert sorted(again) == sorted(arrays)
    assert all(np.array_equal(array, again[name]) and array.dtype == again[name].dtype
               for name, array in arrays.items())


@pytest.mark.parametrize("missing", ["anchor0.around", "last.picture", "before.picture", "look.code"])
def test_what_an_older_program_remembered_is_not_taken_for_a_state(missing: str) -> None:
    _, state = painted(stylizer_for("fast", Inverting(), 0.8), frames()[:3], None)
    assert from_arrays({name: array for name, array in as_arrays(state).items() if name != missing}) is None


def test_what_is_no_state_is_refused_in_a_sentence() -> None:
    with pytest.raises(SourceError, match="cannot read a state"):
        State.from_bytes(b"no state")


def test_a_cut_is_a_state_of_none() -> None:
    stylizer = stylizer_for("fast", Normalizing(), 0.8)
    _, state = painted(stylizer, frames()[:8], None)
    frame, look = frames()[8], looks()[8]
    cut, _ = stylizer([frame], [look], ["cut"], state)
    begun, _ = stylizer([frame], [look], ["none"], None)
    held, _ = stylizer([frame], [look], ["none"], replace(state, seen=None))
    assert np.array_equal(cut, begun)
    assert not np.array_equal(cut, held)
