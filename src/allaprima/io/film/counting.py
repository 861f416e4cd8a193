"""How many frames a film truly shows, where its header only tells how long it is."""

from __future__ import annotations

from pathlib import Path

from allaprima.io.film.decoding import Decoding

ANY_SIZE = 1 << 62  # nothing is decoded


def frames_shown(path: Path) -> int:
    """Counts the packets of the film's best video stream that its edit list does not hide; nothing is decoded.

    Headers of Matroska, FLV and others tell the length of their longest stream, which may be the sound. Raises
    ``SourceError`` where the file cannot be read.
    """
    with Decoding(path, ANY_SIZE) as film:
        return sum(packet.size > 0 and not packet.is_discard for packet in film.container.demux(film.stream))
