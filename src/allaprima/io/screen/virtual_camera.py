"""A camera that other programs see, fed with pictures; by the package pyvirtualcam, an extra."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import MissingExtra, SinkError


class VirtualCamera:
    """A virtual camera of that size; a context manager that closes it.

    Raises ``MissingExtra`` without the package, ``SinkError`` where the system has no virtual camera to offer.
    """

    def __init__(self, width: int, height: int, fps: float) -> None:
        try:
            import pyvirtualcam
        except ImportError as error:
            raise MissingExtra("pyvirtualcam", "virtual-camera", "a virtual camera") from error
        try:
            self._camera = pyvirtualcam.Camera(width, height, fps)
        except RuntimeError as error:
            raise SinkError(f"cannot open a virtual camera: {str(error).strip().splitlines()[0]}",
                            "on Linux load the module v4l2loopback, elsewhere install OBS") from error

    @property
    def device(self) -> str:
        """What other programs find it under."""
        return str(self._camera.device)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._camera.close()

    def show(self, picture: NDArray[np.uint8]) -> None:
        """Sends a picture (H, W, 3), RGB."""
        self._camera.send(np.ascontiguousarray(picture))
