"""The style of any picture, on any image, video or live camera, in one pass."""

from allaprima.version import __version__

__all__ = ["__version__"]
