"""Cameras that tests can have: streams served on the loopback address, well behaved and badly."""

from __future__ import annotations

import io
import re
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import av
import cv2
import numpy as np

Send = Callable[[bytes], None]
Play = Callable[[Send], None]


@contextmanager
def served(play: Play, content_type: str = "multipart/x-mixed-replace; boundary=frame") -> Iterator[str]:
    """The URL of a camera that plays to everyone who connects, until the block ends."""
    ended = threading.Event()

    class Camera(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()

            def send(data: bytes) -> None:
                if ended.is_set():
                    raise ConnectionAbortedError
                self.wfile.write(data)

            with suppress(OSError, av.FFmpegError):  # whoever looked has gone
                play(send)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    with serving(server, ended):
        yield f"http://127.0.0.1:{server.server_port}/"


@contextmanager
def serving(server: socketserver.BaseServer, ended: threading.Event) -> Iterator[None]:
    """A server on a thread of its own; at the end those who play are told by ``ended``."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        server.shutdown()
        thread.join()
        server.server_close()


def jpeg(number: int, width: int = 96, height: int = 64) -> bytes:
    """A picture whose grey level tells its number."""
    picture = np.full((height, width, 3), 8 * (number % 30), np.uint8)
    return bytes(cv2.imencode(".jpg", picture)[1])


def part(body: bytes) -> bytes:
    """A part of an MJPEG stream."""
    return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n" % (len(body), body)


def pictures(send: Send, numbers: Iterator[int] | range | count[int], fps: float = 25, width: int = 96,
             height: int = 64) -> None:
    """Sends pictures at that rate."""
    for number in numbers:
        send(part(jpeg(number, width, height)))
        time.sleep(1 / fps)


def mpegts(send: Send, fps: int = 25, seconds: float = 30, gop: int = 10, joined_at: int = 0, step: int = 8) -> None:
    """Sends H.264 in MPEG-TS in real time, as hardware encoders do; to one who joins at that frame, nothing before.

    step: by how much each picture is lighter than the one before; after 240 levels they begin anew at black.
    """
    joined = False

    class Wire(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            if joined:
                send(bytes(data))  # type: ignore[call-overload]
            return len(data)  # type: ignore[arg-type]

    with av.open(Wire(), "w", format="mpegts", options={"flush_packets": "1"}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt, stream.codec_context.gop_size = 96, 64, "yuv420p", gop
        for number in range(round(fps * seconds)):
            joined = number >= joined_at
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), step * (number % (240 // step)), np.uint8), "rgb24")
            container.mux(stream.encode(frame))
            if joined:
                time.sleep(1 / fps)


@contextmanager
def folder_served(folder: Path) -> Iterator[str]:
    """The address of a folder's files, from a server that sends whole files only, as Python's own does."""

    class Files(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    with serving(server, threading.Event()):
        yield f"http://127.0.0.1:{server.server_port}/"


@contextmanager
def served_by_rtsp(fps: int = 25) -> Iterator[str]:
    """The URL of a camera that speaks RTSP (RFC 2326), with H.264 in RTP (RFC 6184) on the same connection."""
    ended = threading.Event()

    class Camera(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError, av.FFmpegError):  # whoever looked has gone
                while (request := self.asked()) is not None:
                    method, sequence = request
                    self.answer(sequence, *RTSP_ANSWERS[method])
                    if method == "PLAY":
                        for packet in rtp_packets(fps, ended):
                            self.wfile.write(b"$\0" + struct.pack(">H", len(packet)) + packet)

        def asked(self) -> tuple[str, str] | None:
            """The method and the sequence number of the next request."""
            lines = []
            while (line := self.rfile.readline().decode().strip()):
                lines.append(line)
            if not lines:
                return None
            headers = dict(line.lower().split(": ", 1) for line in lines[1:])
            return lines[0].split()[0], headers["cseq"]

        def answer(self, sequence: str, headers: str, body: str) -> None:
            length = f"Content-Length: {len(body)}\r\n" if body else ""
            self.wfile.write(f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n{headers}{length}\r\n{body}".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Camera)
    server.daemon_threads = True
    with serving(server, ended):
        yield f"rtsp://127.0.0.1:{server.server_address[1]}/live"


RTSP_ANSWERS = {
    "OPTIONS": ("Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n", ""),
    "DESCRIBE": ("Content-Type: application/sdp\r\n",
                 "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=live\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
                 "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:track\r\n"),
    "SETUP": ("Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n", ""),
    "PLAY": ("Session: 1\r\n", ""),
    "TEARDOWN": ("Session: 1\r\n", ""),
    "GET_PARAMETER": ("Session: 1\r\n", ""),
}


def rtp_packets(fps: int, ended: threading.Event) -> Iterator[bytes]:
    """Pictures whose grey level tells their number as H.264 in RTP, one unit a packet, in real time."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.framerate = 96, 64, "yuv420p", fps
    encoder.time_base = Fraction(1, fps)
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "keyint=10:annexb=1"}
    sequence = count()
    for number in count():
        if ended.wait(1 / fps):
            return
        frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 8 * (number % 30), np.uint8), "rgb24")
        frame.pts = number
        units = [unit for packet in encoder.encode(frame)
                 for unit in re.split(rb"\x00\x00\x00?\x01", bytes(packet)) if unit]
        for place, unit in enumerate(units):
            last = 0x80 if place == len(units) - 1 else 0
            yield struct.pack(">BBHII", 0x80, last | 96, next(sequence) & 0xFFFF, 90000 // fps * number, 1) + unit
