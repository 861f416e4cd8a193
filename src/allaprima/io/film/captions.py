"""Closed captions (CEA-608 and 708) that lie in a film's pictures: taken from frames, put into the packets written.

Source: ATSC A/53 part 4, 6.2.3; ITU-T H.264, annex D, and H.265, annex D, for the message that carries them.
"""

from __future__ import annotations

from allaprima.config import Codec

KEEP_CAPTIONS: tuple[Codec, ...] = ("h264", "hevc", "h264-nvenc", "hevc-nvenc")
_MESSAGE_HEADS = {"h264": b"\x06", "hevc": b"\x4e\x01"}  # the head of the unit that carries messages
_REGISTERED = 4  # a message of a kind that ITU-T T.35 registers
_UNITED_STATES, _ATSC, _CAPTION_DATA = b"\xb5", b"\x00\x31GA94", b"\x03"
_PROCESS, _MARKER = 0x40, b"\xff"
_MOST_TRIPLETS = 31  # five bits count them
_MOST_WAITING = 10_000  # frames between reading and writing; more have been left behind for good


class Captions:
    """The captions of frames by their time, from when they are read until their packets are written."""

    def __init__(self) -> None:
        self.frames = 0
        self._waiting: dict[int, bytes] = {}

    def add(self, pts: int, triplets: bytes) -> None:
        """Takes what a frame carries: FFmpeg's A53 side data, three bytes for each pair of characters."""
        self.frames += 1
        self._waiting[pts] = triplets
        if len(self._waiting) > _MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]

    def into(self, packet: bytes, pts: int, codec: Codec) -> bytes:
        """The packet of the frame of that time with its captions, if it has any and the codec can hold them."""
        triplets = self._waiting.pop(pts, b"")
        count = min(len(triplets) // 3, _MOST_TRIPLETS)
        if not count or codec not in KEEP_CAPTIONS:
            return packet
        payload = (_UNITED_STATES + _ATSC + _CAPTION_DATA + bytes([_PROCESS | count, 0xFF]) + triplets[:3 * count]
                   + _MARKER)
        message = bytes([_REGISTERED, len(payload)]) + payload + b"\x80"
        return b"\0\0\0\1" + _MESSAGE_HEADS[codec.split("-")[0]] + _escaped(message) + packet


def _escaped(message: bytes) -> bytes:
    """The bytes with a 3 after every two zeros that a start code could be seen in (H.264, 7.4.1)."""
    found, zeros = bytearray(), 0
    for byte in message:
        if zeros >= 2 and byte <= 3:
            found.append(3)
            zeros = 0
        found.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(found)
