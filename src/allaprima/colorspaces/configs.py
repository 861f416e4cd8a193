"""The OpenColorIO config of a run, and the colour space that a file's pixels are in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from allaprima.errors import MissingExtra, OptionError

if TYPE_CHECKING:
    import PyOpenColorIO

BUILT_IN = "studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
"""Pinned by name: what ``ocio://default`` stands for changes from release to release."""
CINEON = "Cineon Log"
REC709 = "lin_rec709"
_CODE = 1023.0
_WHITE, _DENSITY = 685 / _CODE, 0.6 / 0.002 / _CODE  # Kodak (1993): white at 685, 0.002 density a code, gamma 0.6
_BLACK = 10 ** ((95 / _CODE - _WHITE) / _DENSITY)


@dataclass(frozen=True, slots=True)
class ColorSpace:
    """A colour space of a config, and what told that pixels are in it, for the report."""

    name: str
    told_by: str

    def __str__(self) -> str:
        return f"{self.name} ({self.told_by})"


@dataclass(frozen=True, slots=True)
class Tagged:
    """What a picture's file says of its colours.

    name: a colour space by a name that configs may know. chromaticities: x and y of red, green, blue and white.
    log: whether its codes are printing densities. linear: whether its numbers are scene-linear light.
    """

    name: str | None = None
    chromaticities: tuple[float, ...] | None = None
    log: bool = False
    linear: bool = False


_PRIMARIES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("ACES2065-1", (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)),
    ("ACEScg", (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767)),
    (REC709, (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)),
    ("lin_rec2020", (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290)),
    ("lin_p3d65", (0.680, 0.320, 0.265, 0.690, 0.150, 0.060, 0.3127, 0.3290)))
_NEAR = 0.002  # of x and y: files round them


def library() -> ModuleType:
    """The package PyOpenColorIO; raises MissingExtra."""
    try:
        import PyOpenColorIO
    except ImportError:
        raise MissingExtra("opencolorio", "film", "colour management") from None
    PyOpenColorIO.SetLoggingLevel(PyOpenColorIO.LOGGING_LEVEL_NONE)
    module: ModuleType = PyOpenColorIO
    return module


class ColorConfig:
    """A config of OpenColorIO: the file given, else ``$OCIO``, else the built-in one that is pinned here.

    Raises OptionError where the file is no config, MissingExtra without OpenColorIO.
    """

    def __init__(self, path: Path | None = None) -> None:
        ocio = library()
        given = str(path) if path is not None else os.environ.get("OCIO", "")
        self.name, self._given = given or BUILT_IN, bool(given)
        try:
            config = (ocio.Config.CreateFromFile(given) if given else ocio.Config.CreateFromBuiltinConfig(BUILT_IN))
            config.validate()
        except ocio.Exception as error:
            raise OptionError(f"cannot use the OCIO config {self.name}: {_first_line(error)}",
                              "name a config.ocio file by --ocio or $OCIO, or leave both out") from error
        self.config = _with_cineon(ocio, config)

    @property
    def view(self) -> tuple[str, str]:
        """The display and the view that a network looks through: the config's first ones."""
        display = self.config.getDefaultDisplay()
        return display, self.config.getDefaultView(display)

    @property
    def view_space(self) -> str:
        """The colour space that pictures of the view are in."""
        display, view = self.view
        name = str(self.config.getDisplayViewColorSpaceName(display, view))
        return display if name in ("", "<USE_DISPLAY_NAME>") else name

    def knows(self, name: str) -> str | None:
        """The config's own name of a colour space, from its name, an alias or a role; None where it has none."""
        space = self.config.getColorSpace(name)
        return None if space is None else str(space.getName())

    def asked(self, name: str, option: str = "--colorspace") -> ColorSpace:
        """The colour space of that name; raises OptionError, which tells the nearest names."""
        known = self.knows(name)
        if known is None:
            names = [*self.config.getColorSpaceNames(), *(alias for space in self.config.getColorSpaces()
                                                          for alias in space.getAliases())]
            near = get_close_matches(name, names, 3, 0.4)
            raise OptionError(f"the OCIO config {self.name} has no colour space {name!r}",
                              f"did you mean {' or '.join(near)}?" if near else f"it has, among others, {names[0]}")
        return ColorSpace(known, f"by {option}")

    def space_of(self, path: Path, tagged: Tagged) -> ColorSpace:
        """The colour space of a file: by its tags, then by the config's file rules, then by its format."""
        for name, told in self._by_tags(tagged):
            known = self.knows(name)
            if known is not None:
                return ColorSpace(known, told)
        name, rule = self.config.getColorSpaceFromFilepath(str(path))
        # The built-in config takes every OpenEXR file for ACES2065-1; OpenEXR itself says Rec.709.
        if self._given and self.config.getFileRules().getName(rule) != "Default":
            return ColorSpace(name, "by a file rule of the config")
        for name in (REC709, "scene_linear") if tagged.linear else (CINEON,) if tagged.log else ("srgb_texture",):
            known = self.knows(name)
            if known is not None:
                return ColorSpace(known, "assumed: the file does not say")
        raise OptionError(f"the colour space of {path} is not known", "name it by --colorspace")

    def _by_tags(self, tagged: Tagged) -> Sequence[tuple[str, str]]:
        found = []
        if tagged.chromaticities is not None:
            found = [(name, "by its chromaticities") for name, primaries in _PRIMARIES
                     if all(abs(own - one) < _NEAR for own, one in zip(tagged.chromaticities, primaries, strict=True))]
        if tagged.log:
            found.append((CINEON, "by its tags"))
        if tagged.name is not None:
            found.append((tagged.name, "by its tags"))
        return found

    def is_linear(self, space: ColorSpace) -> bool:
        """Whether a colour space's numbers are proportional to the scene's light."""
        return bool(self.config.isColorSpaceLinear(space.name, library().REFERENCE_SPACE_SCENE))


def _with_cineon(ocio: ModuleType, config: PyOpenColorIO.Config) -> PyOpenColorIO.Config:
    """The config with Kodak's printing densities beside its own spaces, where it lacks them: what DPX calls log."""
    if config.getColorSpace(CINEON) is not None or config.getColorSpace(REC709) is None:
        return config
    config = deepcopy(config)
    slope = 1 - _BLACK
    decode = ocio.LogAffineTransform(
        logSideSlope=[_DENSITY] * 3, logSideOffset=[_WHITE] * 3, linSideSlope=[slope] * 3, linSideOffset=[_BLACK] * 3,
        direction=ocio.TRANSFORM_DIR_INVERSE)
    decode.setBase(10.0)
    linear = ocio.ColorSpaceTransform(src=REC709, dst=config.getColorSpace("scene_linear").getName())
    reference = ocio.ColorSpaceTransform(src="scene_linear", dst=_reference(ocio, config))
    space = ocio.ColorSpace(ocio.REFERENCE_SPACE_SCENE, CINEON, encoding="log",
                            description="Kodak's printing densities, Rec.709 primaries")
    space.setTransform(ocio.GroupTransform([decode, linear, reference]), ocio.COLORSPACE_DIR_TO_REFERENCE)
    config.addColorSpace(space)
    return config


def _reference(ocio: ModuleType, config: PyOpenColorIO.Config) -> str:
    """A scene colour space that is the config's reference: one without a transform."""
    for space in config.getColorSpaces():
        if (space.getReferenceSpaceType() == ocio.REFERENCE_SPACE_SCENE and not space.isData()
                and space.getTransform(ocio.COLORSPACE_DIR_TO_REFERENCE) is None
                and space.getTransform(ocio.COLORSPACE_DIR_FROM_REFERENCE) is None):
            return str(space.getName())
    return str(config.getColorSpace("scene_linear").getName())


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else "it is damaged"
