"""Pictures sent as an NDI source, which mixers and media servers on the network show; by cyndilib, an extra.

Experimental: the way over the loopback address was tried, no program of another maker was.
"""

from __future__ import annotations

from fractions import Fraction
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import MissingExtra, SinkError


class NdiSender:
    """A source of that name and size; a context manager that closes it.

    Raises ``MissingExtra`` without the package, ``SinkError`` where its runtime does not open.
    """

    def __init__(self, name: str, width: int, height: int, fps: float) -> None:
        try:
            from cyndilib.sender import Sender
            from cyndilib.video_frame import VideoSendFrame
            from cyndilib.wrapper.ndi_structs import FourCC
        except ImportError as error:
            raise MissingExtra("cyndilib", "ndi", "NDI") from error
        frame = VideoSendFrame()
        frame.set_resolution(width, height)
        frame.set_frame_rate(Fraction(fps).limit_denominator(1001))
        frame.set_fourcc(FourCC.RGBX)
        self._sender = Sender(name, clock_video=False)
        self._sender.set_video_frame(frame)
        # Two, in turns: one may still be on its way while the next is written.
        self._pictures = [np.full((height, width, 4), 255, np.uint8) for _ in range(2)]
        try:
            self._sender.open()
        except Exception as error:  # the runtime's errors have no common kind
            raise SinkError(f"cannot open the NDI source {name}: {error}", "leave out --ndi") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._sender.close()

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Sends a picture (H, W, 3), RGB, of the source's size."""
        self._pictures.reverse()
        self._pictures[0][..., :3] = picture
        self._sender.write_video_async(self._pictures[0].reshape(-1))
