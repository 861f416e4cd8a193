"""The bundled styles as the page takes them: a small picture, and for each network a style file with its fit alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from allaprima.bundled import bundled_fits, bundled_styles
from allaprima.engines.style_files import StyleFile, parsed_style_bytes, style_bytes
from allaprima.errors import SourceError

THUMBNAIL = 192  # pixels of a side
QUALITY = 82


@dataclass(frozen=True, slots=True)
class PageStyle:
    """A style for the page.

    thumbnail: a JPEG, square. fits: of each network that was fitted to it a style file. brush: the height that it was
    fitted at, None where it was fitted at none.
    """

    name: str
    thumbnail: bytes
    fits: dict[str, bytes]
    brush: int | None


def page_styles(networks: dict[str, str]) -> Iterator[PageStyle]:
    """The bundled styles that networks were fitted to; networks: names by sha256."""
    fitted = bundled_fits()
    for name, picture in bundled_styles().items():
        if name not in fitted:
            continue
        try:
            style = parsed_style_bytes(fitted[name].read_bytes()).style
        except SourceError as error:
            raise SourceError(f"cannot read {fitted[name]}: {error}", error.hint) from error
        fits = {networks[fit.sha256]: style_bytes(StyleFile(replace(style, fitted=(fit,), pictures=())))
                for fit in style.fitted if fit.sha256 in networks}
        yield PageStyle(name, thumbnail(picture), fits,
                        next((fit.brush for fit in style.fitted if fit.sha256 in networks), None))


def thumbnail(path: Path) -> bytes:
    """The middle of a picture as a small square JPEG."""
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        small = ImageOps.fit(picture.convert("RGB"), (THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    content = io.BytesIO()
    small.save(content, "JPEG", quality=QUALITY, progressive=True)
    return content.getvalue()
