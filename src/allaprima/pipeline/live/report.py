"""What a live run did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Latency:
    """From capture to display, in milliseconds: so many of a hundred frames were at most so late."""

    p50: float
    p95: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class LiveReport:
    """What a live run did.

    frames_dropped: captured and never painted, or painted and never shown. camera_losses: how often the camera went.
    detail: the working height at the end; steps: how often the ladder was climbed or descended.
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
    latency_ms: Latency
    paint_ms: float
    camera_losses: int
    detail: int
    steps: int
    files: tuple[str, ...]
    notes: tuple[str, ...]
