"""What a network painted, taken back to the numbers that its picture was made from.

A view is flat where light is bright: a network's error of 0.01 in a picture of light 16 stands for light of 25. So the
default takes back differences of exposure and not values, and holds them down where the view is flat.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allaprima.colorspaces.configs import ColorConfig, ColorSpace
from allaprima.colorspaces.views import EPSILON, Floats, Views, applied, converted, views_of
from allaprima.config import ColorManagement, Transfer
from allaprima.frames import FULL_SCALE, Pixels

STEEPEST = 10.0
"""Stops that a change of the whole of a picture's range may mean where the view is flat; a middle grey's own is 8."""
BAND_PIXELS = 1 << 14             # that are worked on at once
_FLAT_FROM, _FLAT_TO = -1.0, 1.0  # stops of light: from half of the light of white to twice as much it becomes flat
_THINNEST = 1 / 256               # alpha below which colours are no longer divided by it


@dataclass(frozen=True)
class Transferred:
    """The picture of pixels that a network is shown, and the way back of what it painted.

    Pixels are float32 (H, W, 3) of ``space``, premultiplied by alpha (H, W) where there is one. Raises OptionError
    where the config knows no way.
    """

    config: ColorConfig
    space: ColorSpace
    output: ColorSpace
    transfer: Transfer

    @property
    def views(self) -> Views:
        return views_of(self.config, self.space)

    @property
    def settings(self) -> dict[str, str]:
        """All of it that changes pixels, by name."""
        return {"ocio": self.config.name, "colorspace": self.space.name, "output_colorspace": self.output.name,
                "transfer": self.transfer}

    @property
    def note(self) -> str:
        """What a report says of the colours."""
        display, view = self.config.view
        written = "" if self.output.name == self.space.name else f", written in {self.output}"
        return f"colours: {self.space}, seen through {view} on {display}{written}"

    def shown(self, pixels: Floats, alpha: Floats | None) -> NDArray[np.uint16]:
        """The picture that a network sees, 16 bits of the whole range; what is no number is black."""
        levels = np.empty(pixels.shape, np.uint16)
        for rows in bands(pixels.shape):
            light = self._light(pixels[rows], _part(alpha, rows))
            picture = self._log(light) if self.transfer == "log" else self.views.shown(light)
            levels[rows] = picture * np.float32(65535) + np.float32(0.5)
        return levels

    def back(self, pixels: Floats, alpha: Floats | None, shown: NDArray[np.uint16], painted: Pixels) -> Floats:
        """The pixels with what was painted on their picture, in ``output``; untouched ones bit for bit.

        shown: their picture, from ``shown``. painted: that picture painted. What is no number stays as it is.
        """
        out = np.empty(pixels.shape, np.float32)
        for rows in bands(pixels.shape):
            out[rows] = self._back(pixels[rows], _part(alpha, rows), shown[rows], painted[rows])
        return out

    def _back(self, pixels: Floats, alpha: Floats | None, shown: NDArray[np.uint16], painted: Pixels) -> Floats:
        after = painted.astype(np.float32) * np.float32(1 / FULL_SCALE[painted.dtype.name])
        if self.transfer == "display":
            return after if alpha is None else after * alpha[..., None]
        before = shown.astype(np.float32) * np.float32(1 / 65535)
        out = pixels
        if not np.array_equal(before, after):
            out = self._painted(pixels, alpha, before, after)
            np.copyto(out, pixels, where=(before == after) | ~np.isfinite(pixels))
        if self.output.name == self.space.name:
            return out
        there = applied(converted(self.config, self.space.name, self.output.name), _numbers(out))
        return np.where(np.isfinite(out), there, out)

    def _light(self, pixels: Floats, alpha: Floats | None) -> Floats:
        """The light of straight pixels; what codes beyond any light stand for is the largest half float."""
        return _numbers(self.views.light(_straight(_numbers(pixels), alpha)))

    def _painted(self, pixels: Floats, alpha: Floats | None, before: Floats, after: Floats) -> Floats:
        thickness = np.float32(1) if alpha is None else np.maximum(alpha, _THINNEST)[..., None]
        light = self._light(pixels, alpha)
        if self.transfer == "log":
            light = self._from_log(self._log(light, clipped=False) + (after - before))
        elif self.transfer == "invert":
            light = np.exp2(self.views.stops(after)) - np.float32(EPSILON)
        else:
            light = exposed(light, self.views.stops(before), self.views.stops(after), before, after)
        return self.views.pixels(light) * thickness

    def _log(self, light: Floats, *, clipped: bool = True) -> Floats:
        code = applied(converted(self.config, self.views.linear, "ACEScct"), light)
        return np.clip(code, 0, 1) if clipped else code

    def _from_log(self, code: Floats) -> Floats:
        return applied(converted(self.config, "ACEScct", self.views.linear), code)


def transferred_by(color: ColorManagement, config: ColorConfig, space: ColorSpace) -> Transferred:
    """The way that is asked for from a colour space; raises OptionError for an output space that there is not."""
    if color.output_colorspace is not None:
        output = config.asked(color.output_colorspace, "--output-colorspace")
    else:
        output = ColorSpace(config.view_space, "by --transfer display") if color.transfer == "display" else space
    return Transferred(config, space, output, color.transfer)


def exposed(light: Floats, stops_before: Floats, stops_after: Floats, before: Floats, after: Floats) -> Floats:
    """Light (H, W, 3) whose exposure is changed as a picture of it was: ``(light + e) 2^D - e``, negative parts kept.

    stops_before, stops_after: log2(light + e) of the picture [0, 1] before and after it was painted. D is their
    difference; where the view is flat it is at most ``STEEPEST`` times the change of the picture itself.
    """
    import cv2

    change = cv2.subtract(stops_after, stops_before)
    red, green, blue = cv2.split(cv2.absdiff(after, before))
    most = np.maximum(cv2.max(cv2.max(red, green), blue) * np.float32(STEEPEST), np.float32(1e-9))
    ratio = cv2.divide(np.abs(change), cv2.merge([most] * 3))
    squared = np.square(np.minimum(ratio, np.float32(1e4)))
    held = cv2.divide(change, cv2.sqrt(cv2.sqrt(1 + cv2.multiply(squared, squared))))
    brightest = cv2.max(stops_before, stops_after)
    flat = np.clip((brightest - np.float32(_FLAT_FROM)) / np.float32(_FLAT_TO - _FLAT_FROM), 0, 1)
    change = cv2.add(change, cv2.multiply(flat, cv2.subtract(held, change)))
    lit = np.maximum(light, 0)
    e = np.float32(EPSILON)
    times = cv2.exp(np.multiply(change, np.float32(np.log(2))))
    return np.asarray((lit + e) * times - e + (light - lit), np.float32)


def bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """Rows of a picture (H, W, ...) in parts that stay in a processor's cache, from step to step."""
    rows = max(1, BAND_PIXELS // max(1, shape[1]))
    for first in range(0, shape[0], rows):
        yield slice(first, first + rows)


def _part(alpha: Floats | None, rows: slice) -> Floats | None:
    return None if alpha is None else alpha[rows]


def _numbers(pixels: Floats) -> Floats:
    """Pixels with black in place of what is no number, and the largest of half floats for what has no end."""
    import cv2

    largest = np.float32(65504)
    if cv2.checkRange(np.ascontiguousarray(pixels), True, -65504.0, 65504.0)[0]:
        return pixels
    numbers: Floats = np.nan_to_num(pixels, nan=0.0, posinf=65504.0, neginf=0.0)
    return np.clip(numbers, -largest, largest)


def _straight(pixels: Floats, alpha: Floats | None) -> Floats:
    if alpha is None:
        return pixels
    return np.asarray(pixels / np.maximum(alpha, np.float32(_THINNEST))[..., None], np.float32)
