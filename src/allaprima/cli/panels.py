"""Help in panels: which options belong together, in the order in which one meets them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

PANELS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Camera", frozenset({"--camera", "--camera-patience", "--fps", "--mirror"})),
    ("Style", frozenset({
        "--style", "--styles", "--look", "--strength", "--style-scale", "--fit", "--preserve-color", "--photoreal",
        "--model", "--domain", "--labels", "--peer", "--brush", "--style-weight", "--content-weight", "--variation",
        "--layers", "--content-layers", "--distance", "--init"})),
    ("Over time", frozenset({"--easing", "--controls", "--temporal", "--stability"})),
    ("Regions", frozenset({"--mask", "--background", "--keep", "--keep-detail", "--regions",
                          "--save-regions"})),
    ("Film", frozenset({"--start", "--end", "--frames", "--allow-gaps", "--audio", "--hdr", "--deinterlace", "--strict",
                        "--hwaccel"})),
    ("Timeline", frozenset({"--media", "--handles", "--clip", "--rate", "--dry-run"})),
    ("Plates", frozenset({"--ocio", "--colorspace", "--output-colorspace", "--transfer", "--layer", "--motion",
                          "--motion-direction", "--motion-scale", "--motion-offset", "--motion-depth"})),
    ("Stage", frozenset({"--fullscreen", "--screen", "--control-window", "--set", "--listen", "--lead", "--osc",
                         "--osc-to", "--midi", "--wires", "--virtual-camera", "--ndi", "--headless", "--duration"})),
    ("Server", frozenset({"--host", "--port", "--token", "--max-upload", "--max-minutes", "--max-size",
                          "--page"})),
    ("Output", frozenset({
        "--output", "--keep-metadata", "--size", "--depth", "--seamless", "--codec", "--crf", "--pix-fmt", "--preview",
        "--overwrite", "--resume", "--record", "--folder", "--save-every", "--max-pixels", "--json", "--report"})),
    ("Farm", frozenset({"--farm", "--plan", "--fetch", "--workers", "--threads", "--gpus", "--task-frames", "--into",
                        "--on", "--to"})),
    ("Speed", frozenset({"--detail", "--device", "--precision", "--batch-size", "--max-latency", "--steps",
                         "--optimiser", "--smallest", "--seed", "--moments", "--turns",
                         "--part", "--seconds"})),
)
REST = "Help"
"""Where options stand that no panel names."""


class Named(Protocol):
    """An option, by its names on the command line."""

    @property
    def opts(self) -> list[str]: ...


def panel_of(option: Named) -> str:
    """The panel of an option."""
    return next((title for title, names in PANELS if not names.isdisjoint(option.opts)), REST)


def titles_in_order() -> Iterable[str]:
    """The panels' titles, as they follow each other."""
    return [*(title for title, _ in PANELS), REST]
