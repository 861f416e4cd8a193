"""What a live run did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that so many of a hundred frames stayed within."""

    p50: float
    p95: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class RungReport:
    """A rung of the ladder: network, working height, and how long painting a frame took before the run began."""

    model: str
    detail: int
    paint_ms: float


@dataclass(frozen=True, slots=True)
class LiveReport:
    """What a live run did.

    camera: its name, without the password that its address may hold. frames_dropped: captured and never painted, or
    painted and never shown. latency_from: what latency is counted from, the camera's own stamp of a picture ("camera"),
    or the moment that its data arrived here ("arrival"), which is after its exposure, encoding and transport.
    waiting_ms: of the latency, what is not the painting itself: the frame's wait for the painter, and the painting's
    for the screen. camera_losses: how often the camera went. model, detail: the network and its working height at the
    end; steps: how often the ladder was climbed or descended; rungs: what it consists of.
    """

    camera: str
    model: str
    seconds: float
    width: int
    height: int
    frames_captured: int
    frames_shown: int
    frames_dropped: int
    fps_shown: float
    latency_from: Literal["camera", "arrival"]
    latency_ms: Latency
    waiting_ms: Latency
    paint_ms: float
    camera_losses: int
    detail: int
    steps: int
    rungs: tuple[RungReport, ...]
    files: tuple[str, ...]
    notes: tuple[str, ...]
