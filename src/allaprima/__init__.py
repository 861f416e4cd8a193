"""The style of any picture, on any image, video or live camera, in one pass."""

from allaprima.api import load_style, load_track, open_model, stylize_image, stylize_video
from allaprima.config import ImageOptions, ModelOptions, Size, StyleOptions, VideoOptions
from allaprima.errors import AllaprimaError
from allaprima.version import __version__

__all__ = [
    "AllaprimaError",
    "ImageOptions",
    "ModelOptions",
    "Size",
    "StyleOptions",
    "VideoOptions",
    "__version__",
    "load_style",
    "load_track",
    "open_model",
    "stylize_image",
    "stylize_video",
]
