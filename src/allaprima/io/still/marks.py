"""The EXIF entry by which a picture that was painted here is known: the software that processed it last."""

from __future__ import annotations

from pathlib import Path

from allaprima.errors import AllaprimaError
from allaprima.io.plates.files import is_painted_plate, is_plate
from allaprima.io.still.pillow import opened
from allaprima.version import __version__

_PROCESSING_SOFTWARE = 0x000B  # of the main directory; beside it the camera's own software keeps its entry
_NAME = "Allaprima"
_LARGEST_BLOCK = 65_000  # a JPEG segment holds no more


def marked(exif: bytes | None) -> bytes | None:
    """The EXIF block with our entry; as it is where there is no room for it."""
    from PIL import Image

    block = Image.Exif()
    if exif is not None:
        block.load(exif)
    block[_PROCESSING_SOFTWARE] = f"{_NAME} {__version__}"
    written = block.tobytes()
    return written if len(written) <= _LARGEST_BLOCK else exif


def is_painted(path: Path) -> bool:
    """Whether the picture at ``path`` was painted here; False where it cannot be read."""
    try:
        if is_plate(path):
            return is_painted_plate(path)
        with path.open("rb") as file:
            image = opened(file, file.read(16))
            said = None if image is None else image.getexif().get(_PROCESSING_SOFTWARE)
    except (AllaprimaError, OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError):
        return False
    return str(said or "").startswith(f"{_NAME} ")
