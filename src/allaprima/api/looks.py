"""Styles and looks over time, from whatever holds a picture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from allaprima.config import LARGEST_STRENGTH, PreserveColor, StyleOptions
from allaprima.curves import Easing, parsed_curve
from allaprima.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image
    from torch import Tensor

    from allaprima.api.model import Model
    from allaprima.engines import Style
    from allaprima.frames import Pixels
    from allaprima.pipeline.looks.tracks import Track

UNNAMED = "style"


def load_style(source: str | Path | bytes | BinaryIO | Image | NDArray[np.generic] | Tensor, model: Model,
               scale: float = StyleOptions.style_scale, *, name: str = UNNAMED, refined: bool = True) -> Style:
    """The style of a picture, or a saved style.

    source: a path, a bundled style by name, a blend such as ``"a.jpg:0.7+b.jpg:0.3"``; the content of a picture's or a
    ``.style`` file, or such a file, opened; PIL's picture; an array (H, W, 3), or torch's (3, H, W), as painted ones
    are. scale: larger gives coarser strokes. name: of a style whose source has none. refined: whether a picture is
    looked at twice, which takes seconds the first time. Raises SourceError for what cannot be read.
    """
    if isinstance(source, (str, Path)):
        from allaprima.pipeline.looks.styles import load_style as load

        return load(str(source), model.engine, scale, refined=refined)
    if isinstance(source, (bytes, bytearray, memoryview)) or hasattr(source, "read"):
        content = bytes(source) if not hasattr(source, "read") else cast(BinaryIO, source).read()
        return style_of_content(content, model, scale, name, refined=refined)
    return encoded(picture_of(source, name), model, scale, name, refined=refined)


def style_of_content(content: bytes, model: Model, scale: float, name: str, *, refined: bool) -> Style:
    """The style in a file of that content: a saved one, or a picture."""
    from allaprima.engines.look_files import parsed_style_text
    from allaprima.engines.style_files import is_style_bytes, parsed_style_bytes
    from allaprima.io.still.cutouts import shown_of
    from allaprima.io.still.reading import read_image_from

    if is_style_bytes(content):
        return parsed_style_bytes(content).style
    if content.lstrip().startswith(b"{"):
        return parsed_style_text(content.decode())
    return encoded(shown_of(read_image_from(BytesIO(content), name), name), model, scale, name, refined=refined)


def encoded(picture: Pixels, model: Model, scale: float, name: str, *, refined: bool) -> Style:
    """The style of a picture (H, W, 3)."""
    from allaprima.engines.looks import Sight

    return model.engine.encode(picture, name, scale, sight=Sight(picture, scale) if refined else None)


def picture_of(source: Image | NDArray[np.generic] | Tensor, name: str) -> Pixels:
    """The picture (H, W, 3) that PIL or an array holds; of a cut-out the part that shows."""
    from allaprima.api.arrays import as_batch

    if hasattr(source, "convert") and hasattr(source, "getexif"):
        from PIL import ImageOps

        from allaprima.io.still.cutouts import shown_of
        from allaprima.io.still.picture import Picture

        pixels = np.asarray(ImageOps.exif_transpose(cast("Image", source)).convert("RGBA"), np.uint8)
        alpha = None if pixels[..., 3].min() == 255 else pixels[..., 3]
        return shown_of(Picture(pixels[..., :3], alpha), name)
    batch, _ = as_batch(source)
    if len(batch) != 1:
        raise OptionError(f"{len(batch)} pictures are no one style", "give one, or blend styles of each")
    return cast("Pixels", batch[0])


def load_track(spec: str | Path, model: Model, strength: str | float = StyleOptions.strength,
               scale: float = StyleOptions.style_scale, easing: Easing = "linear",
               preserve_color: PreserveColor = "none", photoreal: float = StyleOptions.photoreal) -> Track:
    """A look over time by keyframes: styles such as ``"0:a.jpg,5:b.jpg"``, strengths such as ``"0:0.2,120f:1"``.

    preserve_color: "luminance" keeps the content's chroma; "histogram" and "coral" give the style pictures the
    content's colours first, a film's shot by shot. photoreal: 0 to 1, how far only light and colours change.
    """
    from allaprima.pipeline.looks.tracks import load_track as load

    curve = parsed_curve(str(strength), "strength", 0, LARGEST_STRENGTH, easing)
    return load(str(spec), model.engine, curve, scale, easing, color=preserve_color, photoreal=photoreal)
