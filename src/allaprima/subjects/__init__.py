"""Where people and faces are in a picture: small networks of others, square by square; regions by features."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from allaprima.config import Subject
from allaprima.fetching import FetchProgress
from allaprima.subjects.squares import WORKING_LINES, shrunk

Cover = NDArray[np.float32]
"""How surely a subject is at each place, (h, w), 0 to 1."""
Find = Callable[[NDArray[np.uint8]], Cover]
"""The cover of a picture (h, w, 3), RGB, of its own size."""


def finder_of(subject: Subject, progress: FetchProgress | None = None) -> Find:
    """What finds people, or faces; its networks are fetched on first use, see ``weights.file_of``."""
    from allaprima.subjects.people import people_finder

    people = people_finder(progress)
    if subject == "people":
        return people
    from allaprima.subjects.faces import face_finder

    return face_finder(people, progress)


__all__ = ["WORKING_LINES", "Cover", "Find", "finder_of", "shrunk"]
