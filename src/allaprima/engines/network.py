"""Painting by a network of others: CycleGAN, DualGAN, Johnson's, StarGAN, SPADE: whatever makes pictures of pictures.

What it wants beside the picture comes with the look: a domain is a style, whose code holds a share for each domain, so
that domains blend, fade and have keyframes as styles do; a label map is the look's own.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from allaprima.engines.engine import Statistics
from allaprima.engines.looks import CODE_LENGTH, Look, Sight, Style
from allaprima.engines.network_descriptions import (
    Description,
    Input,
    description_text,
    lengthened,
    read_description,
    shapes_for,
    with_range,
)
from allaprima.engines.regions import painted_in_regions
from allaprima.engines.unpainted import unpainted
from allaprima.engines.upsampling import change_upsampled
from allaprima.errors import OptionError, OutOfMemory, WeightsError
from allaprima.frames import FULL_SCALE, Pixels
from allaprima.runtimes.calls import Batch, Moments
from allaprima.runtimes.compiled import Graph
from allaprima.runtimes.network_files import compiled, inputs_of, read_network, shaped

ENCODER = "domain"
TILE_PIXELS = 1 << 20     # of a tile with its overlap; larger pictures are painted in several
LARGEST_WHOLE = 1 << 23   # pixels that a network which looks at the whole picture is given at once
KEPT_GRAPHS = 4
UNKNOWN_LABEL = 255
STILL = Moments(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32))
"""What stands for a shot's statistics, of which such a network has none to be held."""

Floats = NDArray[np.float32]


def domain_style(name: str, domains: Sequence[int]) -> Style:
    """The style that stands for domains of a network, each wholly."""
    code = np.zeros(CODE_LENGTH, np.float32)
    for domain in domains:
        if not 0 <= domain < CODE_LENGTH:
            raise OptionError(f"there is no domain {domain}", "domains count from 0")
        code[domain] = 1
    return Style(name, code, (1, 1, 1, 1), ENCODER)


class NetworkEngine:
    """Paints with a network of others; called from several threads, whose calls take turns in the graph."""

    batch_size = 1
    style_size = 256

    def __init__(self, path: Path, precision: str, threads: int) -> None:
        self.name = str(path)
        self.description = read_description(path)
        self._model = read_network(path)
        self._precision, self._threads = precision, threads
        self._ports = inputs_of(self._model)
        self._graphs: OrderedDict[tuple[int, int], Graph] = OrderedDict()
        told = {one.name for one in self.description.inputs}
        if told != {port.name for port in self._ports} or len(told) != len(self.description.inputs):
            raise OptionError(f"the description of {path.name} names other inputs than the network has",
                              f"have it written anew: allaprima network describe {path}")
        by_name = {one.name: one for one in self.description.inputs}
        self._inputs = tuple(by_name[port.name] for port in self._ports)
        digest = hashlib.sha256(description_text(self.description).encode()).hexdigest()[:12]
        self.settings = {"model": path.name, "weights": self.description.sha256[:12], "description": digest,
                         "runtime": f"openvino cpu {precision}"}

    def encode(self, picture: Pixels, name: str, scale: float = 1.0, *, sight: Sight | None = None) -> Style:
        """Such a network has its style in itself: raises OptionError."""
        raise OptionError(f"the network {self.settings['model']} has its style in itself and takes no {name}",
                          self._advice())

    def _advice(self) -> str:
        count = self.description.domains
        return f"leave out --style, and choose a domain: --domain 0 to {count - 1}" if count else "leave out --style"

    def stylize(self, images: Batch, looks: Sequence[Look],
                statistics: Statistics | None = None) -> tuple[Batch, Statistics]:
        """The images (N, H, W, 3), each painted in its look's domain and by its labels, mixed with itself by strength.

        Raises OptionError where the network wants a label map and the look has none, or a domain that there is not.
        """
        if any(look.regions for look in looks):
            return painted_in_regions(self.stylize, images, looks, statistics)
        painted = np.stack([self._painted(image, look) for image, look in zip(images, looks, strict=True)])
        momentum = 1.0 if statistics is None else statistics.momentum
        return unpainted(images, cast(Batch, painted), looks), Statistics(STILL, momentum)

    def _painted(self, image: Pixels, look: Look) -> Pixels:
        """One picture (H, W, 3), of its own type."""
        if look.strength == 0:
            return image.copy()
        full = np.float32(FULL_SCALE[image.dtype.name])
        content = np.asarray(image, np.float32) / full
        about = self.description
        if about.height is None or about.width is None:
            result = self._whole_or_tiled(content, look)
        elif content.shape[:2] == (about.height, about.width):
            result = self._called(content, self._labels(look, content.shape[0], content.shape[1]), look)
        else:
            result = self._at_its_size(content, look, about.height, about.width)
        mixed = content + np.float32(look.strength) * (result - content)
        mixed = np.clip(mixed, 0, 1) * full
        return cast(Pixels, (mixed if image.dtype == np.float32 else np.rint(mixed)).astype(image.dtype))

    def _at_its_size(self, content: Floats, look: Look, height: int, width: int) -> Floats:
        """A picture painted at the only size that the network takes, the change brought to its own."""
        import cv2

        small = np.asarray(cv2.resize(content, (width, height), interpolation=cv2.INTER_AREA), np.float32)
        painted = np.clip(self._called(small, self._labels(look, height, width), look), 0, 1)
        return np.asarray(change_upsampled(content, small, painted), np.float32)

    def _whole_or_tiled(self, content: Floats, look: Look) -> Floats:
        height, width = content.shape[:2]
        labels = self._labels(look, height, width)
        overlap = self.description.overlap
        if height * width <= TILE_PIXELS or (overlap is None and height * width <= LARGEST_WHOLE):
            return self._padded(content, labels, look)
        if overlap is None:
            raise OutOfMemory(f"the network {self.settings['model']} looks at the whole picture at once "
                              f"({self.description.over_all}), and {width}x{height} pixels are too many for that",
                              "a smaller working height: --detail 1080")
        return self._tiled(content, labels, look, overlap)

    def _tiled(self, content: Floats, labels: NDArray[np.int64] | None, look: Look, overlap: int) -> Floats:
        """The same result from tiles, each with as much of its surroundings as the network looks at."""
        height, width = content.shape[:2]
        margin = lengthened(overlap, self.description.multiple)
        core = lengthened(max(128, int(TILE_PIXELS ** 0.5) - 2 * margin), self.description.multiple)
        result = np.empty_like(content)
        for top in range(0, height, core):
            for left in range(0, width, core):
                above, before = min(margin, top), min(margin, left)
                rows = slice(top - above, min(height, top + core + margin))
                columns = slice(left - before, min(width, left + core + margin))
                painted = self._padded(content[rows, columns], None if labels is None else labels[rows, columns], look)
                inner = result[top:top + core, left:left + core]
                inner[...] = painted[above:above + inner.shape[0], before:before + inner.shape[1]]
        return result

    def _padded(self, content: Floats, labels: NDArray[np.int64] | None, look: Look) -> Floats:
        """A picture painted whole, its sides lengthened to what the network takes."""
        height, width = content.shape[:2]
        rows, columns = (lengthened(side, self.description.multiple) - side for side in (height, width))
        if rows or columns:
            content = np.pad(content, ((0, rows), (0, columns), (0, 0)), mode="symmetric")
            labels = None if labels is None else np.pad(labels, ((0, rows), (0, columns)), mode="symmetric")
        return self._called(content, labels, look)[:height, :width]

    def _called(self, content: Floats, labels: NDArray[np.int64] | None, look: Look) -> Floats:
        """What the network makes of a picture (H, W, 3) in [0, 1], in the same range, not clipped."""
        about, size = self.description, (content.shape[0], content.shape[1])
        shapes = shapes_for(self._ports, self._inputs, about.layout, size)
        given = {one.name: self._value(one, shapes[one.name], content, labels, look) for one in self._inputs}
        [[painted, *_]] = self._graph(size, shapes)([given])
        result = np.asarray(painted, np.float32)[0]
        result = result.transpose(1, 2, 0) if about.layout == "NCHW" else result
        if result.shape != content.shape:
            raise WeightsError(f"the network {about.output} makes {result.shape[1]}x{result.shape[0]} pixels of "
                               f"{size[1]}x{size[0]}", "correct the multiple in its description")
        low, high = about.output_range
        result = (result - np.float32(low)) / np.float32(high - low)
        return np.ascontiguousarray(result[..., ::-1] if about.order == "bgr" else result)

    def _value(self, one: Input, shape: tuple[int, ...], content: Floats, labels: NDArray[np.int64] | None,
               look: Look) -> NDArray[np.float32] | NDArray[np.int64]:
        """What goes into one input."""
        about = self.description
        if one.role == "latent":
            return np.zeros(shape, np.float32)
        if one.role == "domain":
            if look.style.code[one.count:].any():
                raise OptionError(f"the network {self.settings['model']} has no such domain as {look.style.name}",
                                  f"choose --domain 0 to {one.count - 1}")
            return np.ascontiguousarray(look.style.code[None, :one.count], np.float32)
        if one.role == "picture":
            values = with_range(content[..., ::-1] if about.order == "bgr" else content, *about.input_range)
            values = np.asarray((values - np.array(about.mean)) / np.array(about.deviation), np.float32)
            return np.ascontiguousarray(values.transpose(2, 0, 1)[None] if about.layout == "NCHW" else values[None])
        assert labels is not None
        if one.role == "label numbers":
            return np.ascontiguousarray(labels.reshape(shape))
        maps = (labels[None] == np.arange(one.count)[:, None, None]).astype(np.float32)
        return np.ascontiguousarray(maps[None] if about.layout == "NCHW" else maps.transpose(1, 2, 0)[None])

    def _labels(self, look: Look, height: int, width: int) -> NDArray[np.int64] | None:
        """The look's label map at that size, its numbers checked; None where the network wants none."""
        import cv2

        wanted = self.description.of("labels", "label numbers")
        if wanted is None:
            return None
        if look.labels is None:
            raise OptionError(f"the network {self.settings['model']} paints by a label map, and none was given",
                              "give a picture of label numbers, or numbered ones: --labels seg.%04d.png")
        given = look.labels
        if given.shape != (height, width):
            given = np.asarray(cv2.resize(given, (width, height), interpolation=cv2.INTER_NEAREST), np.uint16)
        labels = given.astype(np.int64)
        if self.description.unknown is not None:
            labels = np.where(labels == UNKNOWN_LABEL, self.description.unknown, labels)
        largest = int(labels.max())
        if largest >= wanted.count:
            known = f"the network {self.settings['model']} knows 0 to {wanted.count - 1}"
            raise OptionError(f"the label map has the label {largest}, and {known}",
                              "number the labels as the network's authors do, or say in its description which channel "
                              "is the unknown's (255)")
        return labels

    def _graph(self, size: tuple[int, int], shapes: dict[str, tuple[int, ...]]) -> Graph:
        if size not in self._graphs:
            self._graphs[size] = compiled(shaped(self._model, shapes), self._precision, self._threads)
            if len(self._graphs) > KEPT_GRAPHS:
                self._graphs.popitem(last=False)
        self._graphs.move_to_end(size)
        return self._graphs[size]


def network_engine(name: str, precision: str) -> NetworkEngine:
    """The engine of a network's file. precision: of a runtime; in full floats unless fewer bits were asked for."""
    from allaprima.runtimes.openvino import HINTS, usable_cores

    hint = HINTS[precision] if precision in ("bf16", "fp16") else "f32"  # type: ignore[index]
    return NetworkEngine(Path(name), hint, usable_cores())


__all__ = ["Description", "NetworkEngine", "domain_style", "network_engine"]
