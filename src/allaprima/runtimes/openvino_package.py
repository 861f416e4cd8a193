"""The package openvino, imported without the report over the network that its import sends.

It sends through a package of its own, and goes on in silence where there is none. That is pretended while it is being
imported, and no longer: another part of the host program may use that package.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast

TELEMETRY = "openvino_telemetry"


@contextmanager
def missing(name: str) -> Iterator[None]:
    """A block in which a package seems not to be installed."""
    known = sys.modules.get(name)
    sys.modules[name] = cast(ModuleType, None)
    try:
        yield
    finally:
        if known is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = known


with missing(TELEMETRY):
    import openvino
    from openvino import Model, Node, Type
    from openvino import opset15 as ops

__all__ = ["Model", "Node", "Type", "openvino", "ops"]
