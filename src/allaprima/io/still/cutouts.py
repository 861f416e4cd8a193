"""A picture read for what is to be seen of it: styles, and whatever else has no transparency of its own."""

from __future__ import annotations

from pathlib import Path

from allaprima.errors import SourceError
from allaprima.frames import Pixels
from allaprima.functional.hidden import cut_out
from allaprima.io.still.picture import Picture
from allaprima.io.still.reading import read_image


def read_shown(path: Path) -> Pixels:
    """The picture (H, W, 3) in a file: of a cut-out the part that shows, without anything of what it hides.

    Raises SourceError where it is wholly transparent, and where it cannot be read.
    """
    return shown_of(read_image(path), str(path))


def shown_of(picture: Picture, name: str) -> Pixels:
    """The same of a picture that has been read; ``name`` is what errors call it."""
    shown = cut_out(picture.image, picture.alpha)
    if shown is None:
        raise SourceError(f"the picture {name} is wholly transparent: there is nothing to be seen of it",
                          "give one that shows something")
    return shown
