"""A picture that a network can be shown of any colour space's pixels, and that picture's own light.

OpenColorIO's analytic views cost half a microsecond a pixel, more than painting does. Both ways are baked once into
lattices behind a logarithm, which OpenColorIO applies in some hundredth of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allaprima.colorspaces.configs import ColorConfig, ColorSpace, library
from allaprima.errors import OptionError

if TYPE_CHECKING:
    import PyOpenColorIO

EPSILON = 2.0 ** -10
"""Light that is added before a logarithm is taken: below it a stop is no longer seen."""
BRIGHTEST_STOPS = 8.0  # light of 256; brighter looks the same through every view
_DARKEST_STOPS = -10.0
_GRID = 65

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Views:
    """The ways between one colour space, its light, and the picture that a network sees.

    linear: the name of the colour space of the light, whose numbers are proportional to it: the space itself where
    they are, else the config's scene_linear.
    """

    linear: str
    _to_linear: PyOpenColorIO.CPUProcessor | None
    _from_linear: PyOpenColorIO.CPUProcessor | None
    _shown: PyOpenColorIO.CPUProcessor
    _stops: PyOpenColorIO.CPUProcessor

    def light(self, pixels: Floats) -> Floats:
        """The light of pixels (H, W, 3) of the colour space."""
        return applied(self._to_linear, pixels)

    def pixels(self, light: Floats) -> Floats:
        """The colour space's pixels of light."""
        return applied(self._from_linear, light)

    def shown(self, light: Floats) -> Floats:
        """The picture of light as the view shows it, [0, 1]."""
        return np.clip(applied(self._shown, light), 0, 1)

    def stops(self, picture: Floats) -> Floats:
        """The light of a picture [0, 1], looked at through the view, as the logarithm to base 2 of light + EPSILON."""
        return applied(self._stops, np.sqrt(picture))


@lru_cache(maxsize=8)
def views_of(config: ColorConfig, space: ColorSpace) -> Views:
    """The views of a colour space in a config; raises OptionError where the config has no way."""
    ocio = library()
    try:
        linear = space.name if config.is_linear(space) else str(config.config.getColorSpace("scene_linear").getName())
        same = linear == space.name
        display, view = config.view
        through = ocio.DisplayViewTransform(src=linear, display=display, view=view)
        return Views(linear, None if same else converted(config, space.name, linear),
                     None if same else converted(config, linear, space.name),
                     _baked_view(ocio, config.config, through), _baked_stops(ocio, config.config, through))
    except ocio.Exception as error:
        raise OptionError(f"the OCIO config {config.name} has no way from {space.name} to a view and back: {error}",
                          "name another colour space or another config") from error


def converted(config: ColorConfig, source: str, target: str) -> PyOpenColorIO.CPUProcessor:
    """OpenColorIO's own way from one colour space to another."""
    return config.config.getProcessor(source, target).getDefaultCPUProcessor()


def applied(processor: PyOpenColorIO.CPUProcessor | None, pixels: Floats) -> Floats:
    """Pixels (..., 3) as a way of OpenColorIO's makes them; without one, a copy."""
    if processor is None or not pixels.size:
        return np.array(pixels, np.float32)
    import cv2

    # OpenColorIO is four times as fast on four channels; OpenCV lays them out twice as fast as numpy, and what comes
    # back lies close together, as all that is done to it afterwards likes it best.
    four = cv2.cvtColor(np.ascontiguousarray(pixels, np.float32).reshape(1, -1, 3), cv2.COLOR_RGB2RGBA)
    processor.applyRGBA(four)
    return np.asarray(cv2.cvtColor(four, cv2.COLOR_RGBA2RGB).reshape(pixels.shape), np.float32)


def _lattice() -> Floats:
    """The points of a lattice over [0, 1], blue fastest."""
    axis = np.linspace(0, 1, _GRID, dtype=np.float32)
    red, green, blue = np.meshgrid(axis, axis, axis, indexing="ij")
    return np.stack((red, green, blue), axis=-1).reshape(1, -1, 3)


def _lut(ocio: ModuleType, values: Floats) -> PyOpenColorIO.Lut3DTransform:
    lut = ocio.Lut3DTransform(gridSize=_GRID)
    lut.setData(np.ascontiguousarray(values, np.float32).reshape(-1))
    lut.setInterpolation(ocio.INTERP_TETRAHEDRAL)
    return lut


def _baked_view(ocio: ModuleType, config: PyOpenColorIO.Config,
                through: PyOpenColorIO.DisplayViewTransform) -> PyOpenColorIO.CPUProcessor:
    range_stops = BRIGHTEST_STOPS - _DARKEST_STOPS
    light = np.exp2(_lattice() * range_stops + _DARKEST_STOPS) - EPSILON
    seen = applied(config.getProcessor(through).getDefaultCPUProcessor(), light)
    shaper = ocio.LogAffineTransform(
        logSideSlope=[1 / range_stops] * 3, logSideOffset=[-_DARKEST_STOPS / range_stops] * 3, linSideSlope=[1.0] * 3,
        linSideOffset=[EPSILON] * 3, direction=ocio.TRANSFORM_DIR_FORWARD)  # of base 2
    group = ocio.GroupTransform([shaper, _lut(ocio, seen)])
    return config.getProcessor(group).getDefaultCPUProcessor()


def _baked_stops(ocio: ModuleType, config: PyOpenColorIO.Config,
                 through: PyOpenColorIO.DisplayViewTransform) -> PyOpenColorIO.CPUProcessor:
    back = config.getProcessor(through, ocio.TRANSFORM_DIR_INVERSE).getDefaultCPUProcessor()
    light = np.nan_to_num(applied(back, np.square(_lattice())), nan=0.0)  # denser where it is dark
    stops = np.log2(np.clip(light, 0, 2.0 ** BRIGHTEST_STOPS) + np.float32(EPSILON))
    return config.getProcessor(_lut(ocio, stops)).getDefaultCPUProcessor()


def opened_config(path: Path | None) -> ColorConfig:
    """The config of that path, of ``$OCIO`` or the built-in one, opened once."""
    return _opened(path)


@lru_cache(maxsize=4)
def _opened(path: Path | None) -> ColorConfig:
    return ColorConfig(path)
