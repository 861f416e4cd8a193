"""What a compact network's file must hold, tensor by tensor: known from its sizes, without a tensor library."""

from __future__ import annotations

from allaprima.nets.shape import Shape

CODE_LENGTH, MAPPING_HIDDEN, MAPPED = 1920, 512, 256  # of the mapping from a style's code
LARGEST = 1024   # channels; far more than pays
MOST_BLOCKS = 64


def tensor_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor of a compact network of those sizes, by name."""
    half, quarter, eighth = shape.half, shape.quarter, shape.eighth
    found: dict[str, tuple[int, ...]] = {
        "null_style": (MAPPED,), "mapping.0.weight": (MAPPING_HIDDEN, CODE_LENGTH), "mapping.0.bias": (MAPPING_HIDDEN,),
        "mapping.2.weight": (MAPPED, MAPPING_HIDDEN), "mapping.2.bias": (MAPPED,)}
    for name, incoming, outgoing in (("to_half", 12, half), ("to_quarter", half, quarter),
                                     ("to_eighth", quarter, eighth), ("to_rgb", half, 3)):
        found |= {f"{name}.weight": (outgoing, incoming, 3, 3), f"{name}.bias": (outgoing,)}
    incoming_of = {"up_to_quarter": eighth, "up_to_half": quarter}
    for name, layer in shape.normalised_layers().items():
        width = layer.channels.stop - layer.channels.start
        side = 1 if name == "skip_half" else 3
        found |= {f"{name}.convolution.weight": (width, incoming_of.get(name, width), side, side),
                  f"{name}.modulation.weight": (2 * width, MAPPED), f"{name}.modulation.bias": (2 * width,)}
    return found


def checked_shape(said: object) -> Shape:
    """The sizes that a file says it was made with; raises ValueError where they are no network's."""
    if not isinstance(said, dict) or not set(said) <= set(Shape._fields):
        raise ValueError("it names no sizes of a compact network")
    sizes = {name: value for name, value in said.items() if name != "skip_half"}
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in sizes.values()):
        raise ValueError("its sizes are no whole numbers")
    shape = Shape(**sizes, skip_half=bool(said.get("skip_half", False)))
    if (not all(1 <= width <= LARGEST for width in (shape.half, shape.quarter, shape.eighth))
            or not 0 <= shape.eighth_blocks <= MOST_BLOCKS or not 0 <= shape.quarter_blocks <= MOST_BLOCKS):
        raise ValueError("its sizes are no compact network's")
    return shape
