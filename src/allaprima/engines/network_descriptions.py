"""What a network of others takes and gives, told in a file beside it: ``net.json`` beside ``net.onnx``.

``network_examination`` writes it; a person corrects in the file what a graph cannot say.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import OptionError
from allaprima.parsing import parsed_json, shown
from allaprima.runtimes.network_files import Port, file_digest

Layout = Literal["NCHW", "NHWC"]
Order = Literal["rgb", "bgr"]
Role = Literal["picture", "domain", "labels", "label numbers", "latent"]
ROLES: tuple[Role, ...] = ("picture", "domain", "labels", "label numbers", "latent")
MOST_CHANNELS = 1024   # of a label map, or domains
LARGEST_SIDE = 4096    # of a network that takes one size
_REMEDY = "correct it, or have it written anew: allaprima network describe"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that a network takes. count: of domains, of labels or of latent numbers; 0 for a picture."""

    name: str
    role: Role
    count: int = 0


@dataclass(frozen=True, slots=True)
class Description:
    """How a network is to be called.

    sha256: of its file. layout, order: of pictures. input_range, output_range: the values of black and white. mean,
    deviation: taken from, and divided into, the input's values after that, by channel. multiple: what sides must be
    multiples of; height, width: the only size, where there is one. overlap: pixels of overlap between tiles; None where
    the network looks at the whole picture, as ``over_all`` says. unknown: the channel of the label 255; None where
    there is none.
    """

    sha256: str
    inputs: tuple[Input, ...]
    output: str
    layout: Layout = "NCHW"
    order: Order = "rgb"
    input_range: tuple[float, float] = (-1.0, 1.0)
    output_range: tuple[float, float] = (-1.0, 1.0)
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    deviation: tuple[float, float, float] = (1.0, 1.0, 1.0)
    multiple: int = 1
    height: int | None = None
    width: int | None = None
    overlap: int | None = None
    over_all: str = ""
    unknown: int | None = None

    def of(self, *roles: Role) -> Input | None:
        """The input that has one of those roles."""
        return next((one for one in self.inputs if one.role in roles), None)

    @property
    def domains(self) -> int:
        """How many domains there are to choose from; 0 for none."""
        found = self.of("domain")
        return 0 if found is None else found.count


def beside(network: Path) -> Path:
    """Where a network's description lies."""
    return network.with_suffix(".json")


def shapes_for(ports: list[Port], inputs: tuple[Input, ...], layout: Layout,
               size: tuple[int, int]) -> dict[str, tuple[int, ...]]:
    """The shapes of all inputs for pictures of that (height, width)."""
    shapes: dict[str, tuple[int, ...]] = {}
    for port, one in zip(ports, inputs, strict=True):
        if one.role in ("domain", "latent"):
            shapes[port.name] = (1, one.count)
        elif one.role == "label numbers":
            shapes[port.name] = (1, *size) if len(port.shape) == 3 else (
                (1, 1, *size) if layout == "NCHW" else (1, *size, 1))
        else:
            channels = one.count or 3
            shapes[port.name] = (1, channels, *size) if layout == "NCHW" else (1, *size, channels)
    return shapes


def lengthened(length: int, multiple: int) -> int:
    """The next multiple."""
    return -(-length // multiple) * multiple


def description_text(description: Description) -> str:
    """The text of a description's file."""
    return json.dumps({"allaprima": "network", "version": 1, **asdict(description)}, indent=1) + "\n"


def read_description(network: Path) -> Description:
    """The description beside a network; raises OptionError where there is none, or it is of another network."""
    path = beside(network)
    try:
        said = parsed_json(path.read_bytes())
    except FileNotFoundError:
        raise OptionError(f"there is no {path}, which says what the network {network.name} takes",
                          f"allaprima network describe {network} writes it") from None
    except (OSError, ValueError) as error:
        raise OptionError(f"cannot read {path}: {error}", _REMEDY) from error
    if not isinstance(said, dict) or said.get("allaprima") != "network" or said.get("version") != 1:
        raise OptionError(f"{path} describes no network", _REMEDY)
    try:
        found = parsed_description(said)
    except (KeyError, TypeError, ValueError) as error:
        raise OptionError(f"{path} makes no sense: {shown(str(error))}", _REMEDY) from error
    if found.sha256 != file_digest(network):
        raise OptionError(f"{path} describes another network than {network.name} is now", _REMEDY)
    return found


def parsed_description(said: Mapping[str, object]) -> Description:
    """The description that a file's values are; raises ValueError for what makes no sense."""
    inputs = said["inputs"]
    if not isinstance(inputs, list) or not 0 < len(inputs) <= 4:
        raise ValueError("inputs")
    if said["layout"] not in ("NCHW", "NHWC") or said["order"] not in ("rgb", "bgr"):
        raise ValueError("layout or order")
    sizes = [whole(said.get(name), LARGEST_SIDE) for name in ("height", "width")]
    deviation = numbers(said["deviation"], 3)
    ranges = [numbers(said[name], 2) for name in ("input_range", "output_range")]
    if min(deviation) <= 0 or any(low >= high for low, high in ranges) or (sizes[0] is None) != (sizes[1] is None):
        raise ValueError("deviation, input_range, output_range, height or width")
    return Description(
        str(said["sha256"]), tuple(parsed_input(one) for one in inputs), str(said["output"]),
        said["layout"], said["order"], cast("tuple[float, float]", ranges[0]),
        cast("tuple[float, float]", ranges[1]), cast("tuple[float, float, float]", numbers(said["mean"], 3)),
        cast("tuple[float, float, float]", deviation), whole(said["multiple"], LARGEST_SIDE) or 1, sizes[0], sizes[1],
        whole(said.get("overlap"), 1 << 20), str(said.get("over_all", ""))[:100],
        whole(said.get("unknown"), MOST_CHANNELS))


def parsed_input(said: object) -> Input:
    """One input of a description."""
    if not isinstance(said, dict) or said.get("role") not in ROLES:
        raise ValueError(f"an input's role is none of {', '.join(ROLES)}")
    return Input(str(said["name"]), said["role"], whole(said.get("count", 0), MOST_CHANNELS) or 0)


def numbers(value: object, count: int) -> tuple[float, ...]:
    """So many finite numbers."""
    if not isinstance(value, list) or len(value) != count or not all(
            isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in value):
        raise ValueError(f"{shown(value)} is not {count} numbers")
    return tuple(float(one) for one in value)


def whole(value: object, largest: int) -> int | None:
    """A whole number from 0 on, or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        raise ValueError(f"{shown(value)} is no whole number up to {largest}")
    return value


def with_range(values: NDArray[np.float32], low: float, high: float) -> NDArray[np.float32]:
    """Values in [0, 1] in a network's own range."""
    return np.asarray(values * np.float32(high - low) + np.float32(low), np.float32)
