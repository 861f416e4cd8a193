"""What a film's two ends say of their work: frozen values, ready for ``dataclasses.asdict`` and a ``--json`` report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from allaprima.frames import ColorTags

StreamFate = Literal["copied", "converted", "dropped"]
LOSSES_NAMED = 100
"""Losses beyond this many are counted and not named, so that a ruined film cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of a film that did not come out: where (seconds from the film's beginning, if known), and why.

    kind: "lost" frames are missing, "damaged" ones were decoded with errors; a "gap" in the times may be either a loss
    or a film with a variable rate, and counts as neither.
    """

    kind: Literal["lost", "damaged", "gap"]
    seconds: float | None
    reason: str
    frames: int = 1

    def __str__(self) -> str:
        where = "at an unknown time" if self.seconds is None else f"at {self.seconds:.3f} s"
        return f"{where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What reading a film gave.

    frames: handed out. frames_lost: undecodable or missing. frames_damaged: decoded with errors concealed.
    losses_unnamed: how many there are beyond those that ``losses`` lists. frames_hidden: what the edit list hides on
    purpose. frames_moved: frames whose time did not advance and was set one tick after the frame before. notes:
    decisions a user should know of, a sentence each.
    """

    path: str
    container: str
    codec: str
    frames: int
    frames_lost: int
    frames_damaged: int
    frames_hidden: int
    frames_interlaced: int
    frames_moved: int
    worst_move_seconds: float
    losses: tuple[Loss, ...]
    losses_unnamed: int
    color: ColorTags
    orientation: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamDecision:
    """What becomes of one stream of the input in the output, and why, where it is not simply copied.

    becomes: the codec that it is converted to.
    """

    index: int
    kind: str
    codec: str
    fate: StreamFate
    reason: str | None = None
    language: str | None = None
    becomes: str | None = None


@dataclass(frozen=True, slots=True)
class SinkReport:
    """What writing a film gave.

    path: where the film is, None if it was not finished. frames: written; frames_resumed: of these, by an earlier run.
    shift_seconds: taken off every stream's times alike. worst_timestamp_error_seconds: of the written frames' times,
    read back from the file that was written.
    """

    path: str | None
    container: str
    codec: str
    pix_fmt: str
    width: int
    height: int
    frames: int
    frames_resumed: int
    color: ColorTags
    streams: tuple[StreamDecision, ...] = ()
    chapters: int = 0
    shift_seconds: float = 0.0
    worst_timestamp_error_seconds: float | None = None
    bytes_written: int | None = None
    sha256: str | None = None
    notes: tuple[str, ...] = ()
