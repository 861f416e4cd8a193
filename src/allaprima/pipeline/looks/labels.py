"""Label maps read beside what they label: a picture for all frames, or numbered ones by the content's own numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from allaprima.curves import Clock
from allaprima.errors import OptionError, SourceError
from allaprima.frames import StreamInfo
from allaprima.io.sequence.patterns import is_pattern, parsed_pattern
from allaprima.io.still.picture import DEFAULT_MAX_PIXELS
from allaprima.pipeline.looks.masks import Counted, check_count, check_size

Labels = NDArray[np.uint16]
LabelsAt = Callable[[Fraction], Labels]
LOSSLESS = (".png", ".tif", ".tiff", ".bmp")
"""A lossy picture's label numbers are no longer those that were drawn."""


def open_labels(path: Path, content: StreamInfo, clock: Clock, counted: Counted | None = None) -> LabelsAt:
    """The label map (H, W) at each time of the content.

    counted: gives the number of the content's frames, so that maps of another count are refused; None for an excerpt.
    Raises OptionError where shape or length are not the content's, SourceError for what cannot be read as labels.
    """
    if not is_pattern(path):
        labels = read_labels(path)
        check_size(path, labels.shape[1], labels.shape[0], content)
        return lambda seconds: labels
    pattern = parsed_pattern(path)
    numbers = pattern.numbers()
    if not numbers:
        raise SourceError(f"found no label maps {path}", "check the name and the numbers")
    if counted is not None and len(numbers) != content.frame_count:
        check_count(path, len(numbers), counted())
    first, there, rate = clock.first_frame or numbers[0], frozenset(numbers), content.frame_rate or 1

    def at(seconds: Fraction) -> Labels:
        number = first + round(seconds * rate)
        if number not in there:
            raise OptionError(f"there is no label map {pattern.path(number)} for the frame at {float(seconds):g} s",
                              "give one for every frame, or one picture for all")
        labels = read_labels(pattern.path(number))
        check_size(path, labels.shape[1], labels.shape[0], content)
        return labels

    return at


def read_labels(path: Path) -> Labels:
    """The label numbers (H, W) in a picture: its grey values as they are, or the places in its palette.

    Raises SourceError for a picture in colours, or in a lossy format.
    """
    from PIL import Image

    if path.suffix.lower() not in LOSSLESS:
        raise SourceError(f"{path} is no label map: its format may change numbers",
                          f"give a picture in one of {', '.join(LOSSLESS)}")
    try:
        with Image.open(path, formats=("PNG", "TIFF", "BMP")) as image:
            if image.width * image.height > DEFAULT_MAX_PIXELS:
                raise SourceError(f"the label map {path} has {image.width}x{image.height} pixels, more than "
                                  f"{DEFAULT_MAX_PIXELS}", "give a smaller one")
            values = np.asarray(image)
    except FileNotFoundError:
        raise SourceError(f"there is no label map {path}", "check the name and the folder") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise SourceError(f"cannot read the label map {path}: {error}", "save it anew as PNG") from error
    if values.ndim == 3 and values.shape[2] >= 3 and (values[..., :1] == values[..., :3]).all():
        values = values[..., 0]
    if values.ndim != 2 or not (values.dtype == np.bool_ or np.issubdtype(values.dtype, np.integer)):
        raise SourceError(f"{path} is a picture in colours and no label map",
                          "give one whose grey values, or places in its palette, are the labels' numbers")
    return values.astype(np.uint16)
