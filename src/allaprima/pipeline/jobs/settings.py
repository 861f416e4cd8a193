"""All that changes a run's pixels, as values that a manifest keeps and a resume compares."""

from __future__ import annotations

import hashlib

from allaprima.config import Temporal
from allaprima.engines import Engine, Look
from allaprima.engines.fitted import digest_of
from allaprima.engines.looks import all_fits
from allaprima.loops.readiness import loops_are_ready
from allaprima.pipeline.looks.tracks import Track
from allaprima.sizes import Size
from allaprima.version import __version__


def settings_of(engine: Engine, look: Look | Track, size: Size | None, temporal: Temporal = "off",
                stability: float = 0.0) -> dict[str, str]:
    """The settings of a run by name: tool, network and its weights, device, style, strength, size, steadying."""
    return {"allaprima": __version__, **engine.settings, **look_settings(look), "size": repr(size),
            "temporal": temporal, "stability": repr(stability if temporal != "off" else 0.0)}


def look_settings(look: Look | Track) -> dict[str, str]:
    """All of a look that changes pixels, by name."""
    if isinstance(look, Track):
        return look.settings
    fits = "".join(map(digest_of, all_fits(look.style)))
    code = hashlib.sha256(look.style.code.tobytes() + fits.encode()).hexdigest()[:16]
    return {"style": look.style.name, "style_code": code, "strength": repr(look.strength),
            "preserve_color": look.color, **({"photoreal": repr(look.photoreal)} if look.photoreal else {})}


def form_for(engine: Engine, look: Look | Track, temporal: Temporal) -> bool:
    """Whether a run that begins now uses compiled loops: for what is held steady, or followed along the motion."""
    held = temporal != "off" and engine.name != "none"
    follows = isinstance(look, Track) and (look.kept is not None or look.regions is not None)
    return (held or follows) and loops_are_ready()
