"""A browser's camera as a live run reads it, and painted pictures on their way back: one place each, newest wins."""

from __future__ import annotations

import asyncio
import io
import threading
import time

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import SourceError
from allaprima.io.camera.taken import Taken, Waiting
from allaprima.pipeline.live.newest import Newest
from allaprima.serve.limits import FRAME_BYTES, FRAME_PIXELS

Rgb = NDArray[np.uint8]
WAIT_SECONDS = 0.5
QUALITY = 85


def decoded(content: bytes) -> Rgb:
    """The picture (H, W, 3) in a JPEG that a browser sent; raises ``SourceError`` for anything else."""
    from PIL import Image

    if len(content) > FRAME_BYTES:
        raise SourceError("a frame is too large", "send smaller ones")
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG",)) as image:
            if image.width * image.height > FRAME_PIXELS or min(image.size) < 16:
                raise SourceError(f"a frame cannot be {image.width}x{image.height}", "send smaller ones")
            return np.asarray(image.convert("RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise SourceError("a frame is no JPEG", "send each frame as JPEG") from error


def encoded(picture: Rgb) -> bytes:
    """A picture as JPEG."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=QUALITY)
    return content.getvalue()


class SocketCamera:
    """The reader of a live run whose frames come from a browser; ``ended`` ends them."""

    fps = None

    def __init__(self) -> None:
        self.ended = threading.Event()
        self._frames: Newest[tuple[bytes, int]] = Newest()
        self._given = False

    def put(self, content: bytes) -> None:
        """A frame has come; one that is still there is given up."""
        self._frames.put((content, time.monotonic_ns()))

    def read(self) -> Taken | Waiting | None:
        """The newest frame; raises ``SourceError`` where it is none."""
        found = self._frames.take(WAIT_SECONDS)
        if self.ended.is_set():
            if self._given:
                return None
            raise SourceError("no frame came from the browser", "send each frame as JPEG")
        if found is None:
            return Waiting("no frame comes from the browser")
        taken = Taken(decoded(found[0]), captured_ns=found[1])
        self._given = True
        return taken

    def close(self) -> None: ...


class Mailbox:
    """The newest painted picture and sentence, put in by a thread and taken out by the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._there = asyncio.Event()
        self._guard = threading.Lock()
        self._picture: bytes | None = None
        self._text: dict[str, object] = {}
        self._ended = False

    def put_picture(self, picture: bytes) -> None:
        """A picture, in place of one that nobody took."""
        with self._guard:
            self._picture = picture
        self._tell()

    def put_text(self, values: dict[str, object]) -> None:
        """Words, beside those that nobody took."""
        with self._guard:
            self._text.update(values)
        self._tell()

    def end(self) -> None:
        """Nothing more comes."""
        self._ended = True
        self._tell()

    def _tell(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._there.set)

    async def take(self) -> tuple[bytes | None, dict[str, object]] | None:
        """What is newest, waited for; None at the end."""
        while True:
            await self._there.wait()
            self._there.clear()
            with self._guard:
                picture, self._picture = self._picture, None
                text, self._text = self._text, {}
            if picture is not None or text:
                if self._ended:
                    self._there.set()
                return picture, text
            if self._ended:
                return None
