"""What an optimised film remembers of its last frame, as arrays by name: kept beside its segments, so that a resume
need not paint a shot again that took hours.
"""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.io.film.segments import Arrays
from allaprima.pipeline.stylizers.following import Before, FollowState
from allaprima.temporal.anchors import Anchor
from allaprima.temporal.blend import BlendState
from allaprima.temporal.copies import Copy
from allaprima.temporal.detail import Picture
from allaprima.temporal.fields import Plane

PICTURES = ("picture", "content", "around")
PLANES = ("where", "trust", "offset")
NUMBERS = ("age", "gone", "staleness", "wear")


def as_arrays(state: FollowState) -> dict[str, NDArray[np.generic]]:
    """The state as arrays by name, to be kept as they are: every value comes back to the bit."""
    found: dict[str, NDArray[np.generic]] = {
        "painted.content": state.painted.content, "painted.picture": state.painted.picture,
        "shown.content": state.shown.content}
    for index, anchor in enumerate(state.shown.anchors):
        for name in (*PICTURES, *PLANES):
            found[f"anchor{index}.{name}"] = cast(NDArray[np.generic], getattr(anchor, name))
        found[f"anchor{index}.numbers"] = np.array([float(getattr(anchor, name)) for name in NUMBERS], np.float64)
    return found


def from_arrays(arrays: Arrays) -> FollowState | None:
    """The state that ``as_arrays`` took apart; None where something of it is missing, as an older program kept it."""
    anchors: list[Anchor] = []
    try:
        while f"anchor{len(anchors)}.content" in arrays:
            own = {name: arrays[f"anchor{len(anchors)}.{name}"] for name in (*PICTURES, *PLANES, "numbers")}
            age, gone, staleness, wear = (float(number) for number in cast(Plane, own["numbers"]))
            where, trust, offset = (cast(Plane, own[name]) for name in PLANES)
            anchors.append(Anchor(cast(Picture, own["picture"]), cast(Copy, own["content"]), where, trust,
                                  cast(Picture, own["around"]), offset, int(age), gone, staleness, wear))
        painted = Before(cast(Copy, arrays["painted.content"]), cast(Picture, arrays["painted.picture"]))
        return FollowState(painted, BlendState(cast(Copy, arrays["shown.content"]), tuple(anchors)))
    except KeyError:
        return None
