"""What is remembered from frame to frame, of every way of painting: one value, to be kept, sent and read again.

``as_arrays`` takes a state apart into arrays by name and ``State.to_bytes`` packs these into one file's content
(safetensors); what comes back is the same to the bit, in this process or in another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from allaprima.config import PreserveColor
from allaprima.errors import SourceError
from allaprima.functional.bilateral_grid import Sums
from allaprima.pipeline.looks.changes import Traits
from allaprima.pipeline.stylizers.projecting import Grids
from allaprima.runtimes.calls import Moments, Row
from allaprima.temporal.anchors import Anchor
from allaprima.temporal.blend import BlendState
from allaprima.temporal.detail import WorkingPicture
from allaprima.temporal.fields import Grey, Plane
from allaprima.temporal.proxies import Proxy
from allaprima.temporal.shots import ShotState
from allaprima.temporal.statistics import Running

Array = NDArray[np.generic]
Arrays = Mapping[str, Array]

PICTURES = ("picture", "content", "around")
PLANES = ("where", "trust", "offset", "outdated")
NUMBERS = ("age", "gone", "staleness", "wear")
COLORS: tuple[PreserveColor, ...] = get_args(PreserveColor)


@dataclass(frozen=True, slots=True)
class Before:
    """A proxy of a frame's content, and what was painted of it, uint8 or float32 in [0, 1]."""

    content: Proxy
    picture: WorkingPicture


@dataclass(frozen=True, slots=True)
class PaintState:
    """What painting remembers within a shot.

    look: the traits of the last frame's. running: the moments of the shot so far, where they are followed. before: the
    last frame, where an optimiser goes on from it.
    """

    look: Traits
    running: Running | None = None
    before: Before | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What a stylizer remembers after a frame; None in its place begins anew, as at a cut.

    painting: of painting. shown: of holding steady. seen: what the detector of shots knows after the same frame, kept
    here by whoever runs it, so that one value is all that it takes to go on. grids: of fits to frames that stay
    photographs.
    """

    painting: PaintState | None = None
    shown: BlendState | None = None
    seen: ShotState | None = None
    grids: Grids = ()

    def to_bytes(self) -> bytes:
        """The state as one file's content (safetensors), which runs nothing when it is read."""
        from safetensors.numpy import save

        return save({name: np.ascontiguousarray(array) for name, array in as_arrays(self).items()})

    @staticmethod
    def from_bytes(content: bytes) -> State:
        """The state that ``to_bytes`` packed; raises SourceError where it is none."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            state = from_arrays(load(content))
        except SafetensorError as error:
            raise SourceError(f"cannot read a state of painting: {error}", "give one that a stylizer saved") from error
        if state is None:
            raise SourceError("cannot read a state of painting: something of it is missing",
                              "give one that this version of a stylizer saved")
        return state


def as_arrays(state: State) -> dict[str, Array]:
    """The state as arrays by name, to be kept as they are: every value comes back to the bit."""
    found: dict[str, Array] = {}
    if state.seen is not None:
        found["seen.small"] = state.seen.small
        found["seen.numbers"] = numbers(state.seen.motion, state.seen.steps, state.seen.flat)
    if state.painting is not None:
        found |= painting_arrays(state.painting)
    if state.shown is not None:
        found["shown.content"] = state.shown.content
        if state.shown.greys is not None:
            found["shown.greys"] = state.shown.greys
        for index, anchor in enumerate(state.shown.anchors):
            found |= anchor_arrays(f"anchor{index}", anchor)
        if state.shown.before is not None:
            found |= anchor_arrays("last", state.shown.before)
    return found | {f"grid{index}": sums for index, sums in enumerate(state.grids)}


def from_arrays(arrays: Arrays) -> State | None:
    """The state that ``as_arrays`` took apart; None where something of it is missing, as an older program kept it."""
    try:
        seen = painting = shown = None
        if "seen.small" in arrays:
            motion, steps, flat = numbers_of(arrays["seen.numbers"])
            seen = ShotState(cast(Plane, arrays["seen.small"]), motion, int(steps), bool(flat))
        if "shown.content" in arrays:
            anchors: list[Anchor] = []
            while f"anchor{len(anchors)}.content" in arrays:
                anchors.append(anchor_of(arrays, f"anchor{len(anchors)}"))
            shown = BlendState(cast(Proxy, arrays["shown.content"]), tuple(anchors),
                               anchor_of(arrays, "last") if "last.content" in arrays else None,
                               greys=cast("Grey | None", arrays.get("shown.greys")))
        if "look.numbers" in arrays:
            painting = painting_of(arrays)
        grids: list[Sums] = []
        while f"grid{len(grids)}" in arrays:
            grids.append(cast(Sums, arrays[f"grid{len(grids)}"]))
    except (KeyError, ValueError):
        return None
    return None if painting is None and shown is None and seen is None else State(painting, shown, seen, tuple(grids))


def painting_arrays(state: PaintState) -> dict[str, Array]:
    """What painting remembers, as arrays by name."""
    found = look_arrays("look", state.look)
    if state.running is not None:
        found |= {"running.mean": state.running.moments.mean, "running.variance": state.running.moments.variance,
                  "running.networks": text("\n".join(state.running.moments.networks)),
                  "running.frames": numbers(state.running.frames, state.running.unmeasured)}
    if state.before is not None:
        found |= {"before.content": state.before.content, "before.picture": state.before.picture}
    return found


def painting_of(arrays: Arrays) -> PaintState:
    """What ``painting_arrays`` took apart; raises KeyError where something is missing."""
    running = before = None
    if "running.mean" in arrays:
        networks = tuple(filter(None, text_of(arrays["running.networks"]).split("\n")))
        moments = Moments(cast(Row, arrays["running.mean"]), cast(Row, arrays["running.variance"]), networks)
        counted, unmeasured = numbers_of(arrays["running.frames"])
        running = Running(moments, counted, int(unmeasured))
    if "before.content" in arrays:
        before = Before(cast(Proxy, arrays["before.content"]), cast(WorkingPicture, arrays["before.picture"]))
    return PaintState(look_of(arrays, "look"), running, before)


def look_arrays(name: str, look: Traits) -> dict[str, Array]:
    """A look's traits as arrays by name."""
    found: dict[str, Array] = {
        f"{name}.code": look.code, f"{name}.fits": text("\n".join(fit for fit, _ in look.fits)),
        f"{name}.shares": numbers(*(share for _, share in look.fits)),
        f"{name}.numbers": numbers(look.strength, COLORS.index(look.color), look.keeps_rest, len(look.regions))}
    for index, (region, mask) in enumerate(look.regions):
        found |= {f"{name}.mask{index}": mask, **look_arrays(f"{name}.region{index}", region)}
    return found


def look_of(arrays: Arrays, name: str) -> Traits:
    """The traits that ``look_arrays`` took apart."""
    strength, color, keeps_rest, regions = numbers_of(arrays[f"{name}.numbers"])
    fits = zip(text_of(arrays[f"{name}.fits"]).split("\n"), numbers_of(arrays[f"{name}.shares"]), strict=False)
    return Traits(cast(Row, arrays[f"{name}.code"]), tuple(fits), strength, COLORS[int(color)],
                  tuple((look_of(arrays, f"{name}.region{index}"), cast(Plane, arrays[f"{name}.mask{index}"]))
                        for index in range(int(regions))), bool(keeps_rest))


def anchor_arrays(name: str, anchor: Anchor) -> dict[str, Array]:
    """An anchor as arrays by name."""
    found = {f"{name}.{part}": cast(Array, getattr(anchor, part)) for part in (*PICTURES, *PLANES)}
    return found | {f"{name}.numbers": numbers(*(float(getattr(anchor, part)) for part in NUMBERS))}


def anchor_of(arrays: Arrays, name: str) -> Anchor:
    """The anchor of that name."""
    picture, content, around = (arrays[f"{name}.{part}"] for part in PICTURES)
    where, trust, offset, outdated = (cast(Plane, arrays[f"{name}.{part}"]) for part in PLANES)
    age, gone, staleness, wear = numbers_of(arrays[f"{name}.numbers"])
    return Anchor(cast(WorkingPicture, picture), cast(Proxy, content), where, trust, cast(WorkingPicture, around),
                  offset, outdated, int(age), gone, staleness, wear)


def numbers(*values: float) -> Array:
    """Numbers as an array that keeps every bit of them."""
    return np.array(values, np.float64)


def numbers_of(array: Array) -> list[float]:
    """The numbers in an array."""
    return cast("list[float]", cast(NDArray[np.float64], array).tolist())


def text(words: str) -> Array:
    """Words as an array of bytes."""
    return np.frombuffer(words.encode(), np.uint8)


def text_of(array: Array) -> str:
    """The words in an array of bytes."""
    return array.tobytes().decode()
