"""The plates of a shot as pictures that a network is shown, and painted pictures as plates again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from allaprima.colorspaces.transfer import transferred_by
from allaprima.colorspaces.views import opened_config
from allaprima.config import ColorManagement
from allaprima.errors import OptionError, SinkError, SourceError
from allaprima.io.plates.files import (
    WRITTEN_SUFFIXES,
    is_plate,
    library,
    plate_bytes,
    read_headers,
    read_plate,
)
from allaprima.io.plates.plate import Layer, Plate, Window, chosen_layers, layers_of, tagged, window_of
from allaprima.io.still.picture import DEFAULT_MAX_PIXELS, Picture

if TYPE_CHECKING:
    import OpenImageIO

KEPT_BYTES = 1 << 30
"""Plates that were read and are not written yet are kept up to so many bytes, and read again beyond."""
_MARKED = ("allaprima", "model", "weights", "style", "strength")


def marks_of(settings: Mapping[str, object]) -> dict[str, str]:
    """What a plate's header says of how it was painted, out of a run's settings."""
    return {name: str(settings[name]) for name in _MARKED if name in settings}


@dataclass(frozen=True, slots=True)
class _Read:
    """A plate, its painted layers, and the pictures of them that a network is shown, each of its data window."""

    plate: Plate
    layers: tuple[Layer, ...]
    shown: tuple[NDArray[np.uint16], ...]

    @property
    def size(self) -> int:
        return sum(shown.nbytes for shown in self.shown) + sum(part.samples.nbytes for part in self.plate.parts)

    def window(self, layer: Layer) -> Window:
        return self.plate.parts[layer.part].window


class ManagedPlates:
    """Reads the plates of a shot as pictures of 16 bits, and gives painted ones their numbers back.

    All are shown on one canvas, which holds every data window of the painted layers: renders have another one in every
    frame. The colour space is told by the first plate and its first layer. Raises SourceError, OptionError and
    MissingExtra.
    """

    def __init__(self, paths: Sequence[Path], color: ColorManagement, max_pixels: int = DEFAULT_MAX_PIXELS) -> None:
        self.color, self._max_pixels = color, max_pixels
        painted, windows = [], []
        for path in paths:
            specs, kind = read_headers(path, max_pixels)
            layers = self._layers_of(path, specs)
            painted.append((tuple(layer.name for layer in layers), specs[layers[0].part], kind))
            windows += [window_of(specs[layer.part]) for layer in layers]
        self.layers, first, kind = painted[0]
        others = next((path for path, one in zip(paths, painted, strict=True) if one[0] != self.layers), None)
        if others is not None:
            raise SourceError(f"{others} has other colour layers than {paths[0]}", "name those to paint by --layer")
        self.canvas: Window = reduce(or_, windows)
        if self.canvas.width * self.canvas.height > max_pixels:
            raise SourceError(f"the data windows of {paths[0]} and its neighbours span {self.canvas.width}x"
                              f"{self.canvas.height} pixels, more than the {max_pixels} allowed",
                              "paint frames whose windows lie together, or raise --max-pixels")
        config = opened_config(color.ocio)
        space = (config.asked(color.colorspace) if color.colorspace is not None
                 else config.space_of(paths[0], tagged(first, kind)))
        self.transferred = transferred_by(color, config, space)
        self._kept: OrderedDict[Path, _Read] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def settings(self) -> dict[str, str]:
        """All of the colour management that changes pixels, by name."""
        return {**self.transferred.settings, "layer": "+".join(self.layers), "canvas": repr(self.canvas)}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says of the colours, and of the layers where they were asked for."""
        named = ", ".join(name or "the main one" for name in self.layers)
        return (self.transferred.note, *([f"painted layers: {named}"] if self.color.layers else []))

    def check_target(self, target: Path) -> None:
        """Raises OptionError where a file cannot hold all painted layers."""
        if len(self.layers) > 1 and not is_plate(target):
            raise OptionError(f"cannot write {target}: it holds one picture, and {len(self.layers)} layers are painted",
                              "end the name in .exr, or paint one --layer")

    def read(self, path: Path) -> Picture:
        """The picture of a plate's first painted layer, on the canvas, black and clear outside its data window."""
        return self.read_layers(path)[0]

    def read_layers(self, path: Path) -> tuple[Picture, ...]:
        """The same of all painted layers."""
        read = self._read(path)
        return tuple(self._picture(read, *one) for one in zip(read.layers, read.shown, strict=True))

    def encode(self, path: Path, pictures: Sequence[Picture], target: Path, marks: dict[str, str]) -> bytes:
        """The file at ``target`` of the plate at ``path`` with painted pictures in its layers, in their order.

        marks: what the header says of the painting, by name. Raises SinkError.
        """
        with self._lock:
            read = self._kept.pop(path, None)
        read = read or self._read(path, keep=False)
        if path.suffix.lower() != target.suffix.lower():
            raise SinkError(f"cannot write {target}: {path.name} stays a plate of its own kind",
                            f"end the name in {path.suffix}, or in .tif or .png for a picture as it is seen")
        plate = read.plate
        for layer, shown, picture in zip(read.layers, read.shown, pictures, strict=True):
            if picture.image.shape[:2] != (self.canvas.height, self.canvas.width):
                raise SinkError(f"cannot write {target}: a plate keeps its size", "leave out --size")
            rows, columns = read.window(layer).rows_and_columns(self.canvas)
            back = self.transferred.back(plate.pixels(layer), plate.alpha(layer), shown, picture.image[rows, columns])
            plate = plate.painted(layer, back)
        return plate_bytes(self._marked(plate, {layer.part for layer in read.layers}, marks), target)

    def _picture(self, read: _Read, layer: Layer, shown: NDArray[np.uint16]) -> Picture:
        rows, columns = read.window(layer).rows_and_columns(self.canvas)
        alpha = read.plate.alpha(layer)
        image = np.zeros((self.canvas.height, self.canvas.width, 3), np.uint16)
        image[rows, columns] = shown
        if alpha is None:
            return Picture(image)
        whole = np.zeros(image.shape[:2], np.uint16)
        whole[rows, columns] = np.rint(np.clip(np.nan_to_num(alpha), 0, 1) * np.float32(65535)).astype(np.uint16)
        return Picture(image, whole)

    def _layers_of(self, path: Path, specs: tuple[OpenImageIO.ImageSpec, ...]) -> tuple[Layer, ...]:
        try:
            return chosen_layers(layers_of(specs), self.color.layers)
        except OptionError as error:
            raise OptionError(f"cannot paint {path}: {error}", error.hint) from error

    def _read(self, path: Path, *, keep: bool = True) -> _Read:
        with self._lock:
            kept = self._kept.get(path)
        if kept is not None:
            return kept
        plate = read_plate(path, self._max_pixels)
        layers = self._layers_of(path, tuple(part.spec for part in plate.parts))
        if (tuple(layer.name for layer in layers) != self.layers
                or any(plate.parts[layer.part].window | self.canvas != self.canvas for layer in layers)):
            raise SourceError(f"cannot read the plate {path}: its layers or its data window changed since the shot was "
                              "looked at", "run the command again")
        read = _Read(plate, layers, tuple(self.transferred.shown(plate.pixels(layer), plate.alpha(layer))
                                          for layer in layers))
        if keep:
            with self._lock:
                self._kept[path] = read
                while len(self._kept) > 1 and sum(one.size for one in self._kept.values()) > KEPT_BYTES:
                    self._kept.popitem(last=False)
        return read

    def _marked(self, plate: Plate, painted: set[int], marks: dict[str, str]) -> Plate:
        """The plate with what its header says of the painting, in every part that holds a painted layer."""
        parts = list(plate.parts)
        for place in painted:
            spec = library().ImageSpec(parts[place].spec)
            for name, value in marks.items():
                spec.attribute(f"allaprima:{name}", value)
            if self.transferred.output.name != self.transferred.space.name:
                spec.erase_attribute("chromaticities")
                spec.attribute("oiio:ColorSpace", self.transferred.output.name)
            parts[place] = replace(parts[place], spec=spec)
        return replace(plate, parts=tuple(parts))


def seen_plate(path: Path, max_pixels: int = DEFAULT_MAX_PIXELS) -> Picture:
    """The picture of a plate by its own tags, as a style or a mask is read."""
    plates = ManagedPlates([path], ColorManagement(), max_pixels)
    return replace(plates.read(path), warnings=plates.notes)


def refuse_mixed(source: Path, target: Path, color: ColorManagement) -> None:
    """Raises OptionError where plates and pictures are mixed in ways that have no meaning."""
    if target.suffix.lower() in WRITTEN_SUFFIXES and not is_plate(source):
        raise OptionError(f"cannot write {target} of {source.name}: plates are made of plates",
                          "end the name in .tif or .png; they keep 16 bits")
    if is_plate(target) and target.suffix.lower() not in WRITTEN_SUFFIXES:
        raise OptionError(f"cannot write {target}: plates are written as OpenEXR and DPX", "end the name in .exr")
    given = [name for name, value in (("--ocio", color.ocio), ("--colorspace", color.colorspace),
                                      ("--output-colorspace", color.output_colorspace),
                                      ("--layer", color.layers or None))
             if value is not None]
    if given and not is_plate(source):
        raise OptionError(f"{given[0]} is for plates (.exr, .dpx, .cin, .hdr), and {source.name} is none",
                          "leave it out")
