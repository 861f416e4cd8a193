"""What a served machine takes upon itself: every bound in one place."""

from __future__ import annotations

from dataclasses import dataclass

from allaprima.errors import OptionError

GIB = 1 << 30
LONGEST_JSON = 64 * 1024
LONGEST_NAME = 100
MOST_STYLES = 8           # of a blend, and of a live playlist
RECEIVE_SECONDS = 30.0    # that the next bytes of a request may take to come
SEND_SECONDS = 60.0       # that a reader may leave an answer lying
HEADER_SECONDS = 15.0     # that a request may take to be asked
MOST_CONNECTIONS = 256
MOST_UPLOADS = 4          # at once
MOST_PROBES = 2
PROBE_SECONDS = 120.0
PROBE_BYTES = 8 * GIB     # of address space for looking at a file, where the system can hold a program to that
MOST_SHOWS = 2            # painted live at once
FRAME_BYTES = 4 << 20
FRAME_PIXELS = 2048 * 2048
IDLE_SECONDS = 30.0       # without a frame, after which a live socket is closed
MOST_SECONDS_A_FIT = 3600.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What visitors may ask for: bytes of a film, its pixels a frame, its minutes; of a picture; jobs on the list.

    spare_bytes: of the disk, that are left free.
    """

    film_bytes: int = 4 * GIB
    picture_bytes: int = 200 << 20
    film_pixels: int = 8192 * 4320
    picture_pixels: int = 100_000_000
    minutes: float = 60.0
    jobs: int = 200
    spare_bytes: int = 2 * GIB

    def __post_init__(self) -> None:
        if not 0 < self.minutes < float("inf"):
            raise OptionError(f"{self.minutes:g} minutes are no limit for films", "give a number above 0")
        if self.film_bytes < 1 or self.film_pixels < 1:
            raise OptionError("a limit below 1 would refuse every film", "give a larger one")
