"""A network of others looked into: what it takes and gives, by its graph and a trial.

What a graph cannot say, the order of colours, and the range where no activation bounds it, is guessed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from allaprima.engines.network_descriptions import (
    LARGEST_SIDE,
    MOST_CHANNELS,
    Description,
    Input,
    Layout,
    lengthened,
    shapes_for,
)
from allaprima.errors import WeightsError
from allaprima.runtimes.network_files import (
    Port,
    compiled,
    constant_of,
    file_digest,
    inputs_of,
    last_operator,
    outputs_of,
    read_network,
    shaped,
)
from allaprima.runtimes.network_reach import reach_of
from allaprima.runtimes.openvino_package import Model

TRIAL = 128            # pixels of a side, at least


def described(path: Path) -> Description:
    """What a network takes and gives, as its graph and a trial tell; raises WeightsError for what is none of ours."""
    model = read_network(path)
    ports = inputs_of(model)
    inputs, layout = roles_of(ports)
    output = outputs_of(model)[0]
    side = 1 if layout == "NCHW" else 3
    if len(output.shape) != 4 or output.shape[side] not in (3, None):
        raise WeightsError(f"the network's result {output.name} has the shape {shape_text(output.shape)}, which is no "
                           "picture of three colours", "export one whose first result is the painted picture")
    fixed = size_of(ports, inputs, layout)
    trial = fixed or (TRIAL, TRIAL)
    reach = reach_of(shaped(model, shapes_for(ports, inputs, layout, trial)))
    if fixed is None:
        trial = (lengthened(TRIAL, reach.multiple),) * 2
    own = shaped(model, shapes_for(ports, inputs, layout, trial))
    given = tuple(int(each) for each in own.outputs[0].get_shape())
    if given != ((1, 3, *trial) if layout == "NCHW" else (1, *trial, 3)):
        raise WeightsError(f"the network makes {shape_text(given)} of a picture of {trial[1]}x{trial[0]} pixels",
                           "export one whose result has the size of the picture that goes in")
    values = range_of(own, ports)
    return Description(file_digest(path), inputs, output.name, layout, "rgb", values, values,
                       multiple=reach.multiple, height=None if fixed is None else fixed[0],
                       width=None if fixed is None else fixed[1], overlap=reach.pixels, over_all=reach.over_all)


def roles_of(ports: list[Port]) -> tuple[tuple[Input, ...], Layout]:
    """What each input is for, and how pictures lie in memory; raises WeightsError for what is none of ours."""
    layout: Layout = "NHWC" if any(len(port.shape) == 4 and port.shape[3] == 3 and port.shape[1] != 3
                                   for port in ports) else "NCHW"
    channel = 1 if layout == "NCHW" else 3
    found: list[Input] = []
    for port in ports:
        count = port.shape[channel] if len(port.shape) == 4 else port.shape[-1] if len(port.shape) == 2 else None
        if len(port.shape) == 4 and count == 3:
            found.append(Input(port.name, "picture"))
        elif len(port.shape) == 2 and count is not None and 0 < count <= MOST_CHANNELS and port.floats:
            found.append(Input(port.name, "domain", count))
        elif len(port.shape) == 4 and count is not None and 3 < count <= MOST_CHANNELS and port.floats:
            found.append(Input(port.name, "labels", count))
        elif not port.floats and (len(port.shape) == 3 or (len(port.shape) == 4 and count == 1)):
            found.append(Input(port.name, "label numbers", 256))
        else:
            raise WeightsError(f"the network's input {port.name} has the shape {shape_text(port.shape)}, which is "
                               "neither a picture of three colours nor a domain nor a label map",
                               "docs/networks.md tells how to export what goes in")
    roles = [one.role for one in found]
    if "picture" not in roles and ("labels" in roles or "label numbers" in roles):  # a generator's noise beside them
        found = [Input(one.name, "latent", one.count) if one.role == "domain" else one for one in found]
        roles = [one.role for one in found]
    twice = next((role for role in roles if roles.count(role) > 1), None)
    if twice is not None or not {"picture", "labels", "label numbers"}.intersection(roles):
        what = f"takes {roles.count(twice)} inputs that look like a {twice}" if twice else "takes no picture"
        raise WeightsError(f"the network {what}", "export one that takes a picture, and a domain or a label map")
    return tuple(found), layout


def size_of(ports: list[Port], inputs: tuple[Input, ...], layout: Layout) -> tuple[int, int] | None:
    """The only (height, width) that a network takes; None where both are free."""
    where = 2 if layout == "NCHW" else 1
    for port, one in zip(ports, inputs, strict=True):
        if one.role in ("domain", "latent"):
            continue
        sides = port.shape[-2:] if len(port.shape) == 3 else port.shape[where:where + 2]
        if (sides[0] is None) != (sides[1] is None):
            raise WeightsError(f"the network's input {port.name} has one free side only",
                               "export it with free height and width, or with both given")
        if sides[0] is not None and sides[1] is not None:
            if min(sides[0], sides[1]) < 8 or max(sides[0], sides[1]) > LARGEST_SIDE:
                raise WeightsError(f"the network takes {sides[1]}x{sides[0]} pixels only, from 8 to {LARGEST_SIDE} can "
                                   "be", "export it with free height and width")
            return sides[0], sides[1]
    return None


def range_of(model: Model, ports: list[Port]) -> tuple[float, float]:
    """The values of black and white: by the activation that the network ends with, else by how large a trial comes out.

    Networks that are bounded at both ends were trained on pictures of the same range.
    """
    last = last_operator(model)
    kind = last.get_type_name()
    if kind == "Tanh":
        return -1.0, 1.0
    if kind == "Sigmoid":
        return 0.0, 1.0
    if kind == "Clamp":
        said = last.get_attributes()
        return float(said["min"]), float(said["max"])
    if kind in ("Minimum", "Maximum") and (bound := constant_of(last, 1)) is not None and abs(float(bound.flat[0])) > 8:
        return 0.0, 255.0
    graph = compiled(model, "f32", 1)
    noise = np.random.default_rng(0)
    given = {}
    for port, shape in zip(ports, [tuple(one.get_shape()) for one in model.inputs], strict=True):
        values = noise.uniform(0, 255, shape) if port.floats and len(shape) == 4 else np.zeros(shape)
        given[port.name] = values.astype(np.float32 if port.floats else np.int64)
    [[painted, *_]] = graph([given])
    if float(np.percentile(np.abs(np.asarray(painted, np.float32)), 90)) > 8:
        return 0.0, 255.0
    return (-1.0, 1.0) if float(np.min(painted)) < -0.25 else (0.0, 1.0)


def shape_text(shape: tuple[int | None, ...]) -> str:
    """A shape as people read it."""
    return "x".join("?" if side is None else str(side) for side in shape)
