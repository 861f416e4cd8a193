"""The style of any picture, on any image, video or live camera, in one pass."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from allaprima.api.jobs import stylize_camera, stylize_image, stylize_sequence, stylize_video
from allaprima.api.looks import load_style, load_track
from allaprima.api.model import FrameStylizer, Model, open_model
from allaprima.config import (
    ImageOptions,
    LiveOptions,
    ModelOptions,
    OptimiserOptions,
    SequenceOptions,
    StyleOptions,
    VideoOptions,
)
from allaprima.errors import (
    AllaprimaError,
    DeviceError,
    Interrupted,
    MissingExtra,
    OptionError,
    OutOfMemory,
    SinkError,
    SourceError,
    WeightsError,
)
from allaprima.sizes import Size
from allaprima.version import __version__

if TYPE_CHECKING:
    from allaprima.engines import Style
    from allaprima.pipeline.looks.tracks import Track
    from allaprima.pipeline.stylizers.state import State

__all__ = [
    "AllaprimaError",
    "DeviceError",
    "FrameStylizer",
    "ImageOptions",
    "Interrupted",
    "LiveOptions",
    "MissingExtra",
    "Model",
    "ModelOptions",
    "OptimiserOptions",
    "OptionError",
    "OutOfMemory",
    "SequenceOptions",
    "SinkError",
    "Size",
    "SourceError",
    "State",
    "Style",
    "StyleOptions",
    "Track",
    "VideoOptions",
    "WeightsError",
    "__version__",
    "load_style",
    "load_track",
    "open_model",
    "stylize_camera",
    "stylize_image",
    "stylize_sequence",
    "stylize_video",
]

_LATER = {"State": "allaprima.pipeline.stylizers.state", "Style": "allaprima.engines",
          "Track": "allaprima.pipeline.looks.tracks"}


def __getattr__(name: str) -> object:
    """Values that calls give back, imported when they are asked for by name: a command answers at once without."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
