"""All that changes a run's pixels, as values that a manifest keeps and a resume compares."""

from __future__ import annotations

import hashlib

from allaprima.config import Size
from allaprima.engines import Engine, Look
from allaprima.version import __version__


def settings_of(engine: Engine, look: Look, size: Size | None) -> dict[str, str]:
    """The settings of a run by name: tool, network and its weights, device, style, strength, size."""
    code = hashlib.sha256(look.style.code.tobytes()).hexdigest()[:16]
    return {"allaprima": __version__, **engine.settings, "style": look.style.name, "style_code": code,
            "strength": repr(look.strength), "size": repr(size)}
