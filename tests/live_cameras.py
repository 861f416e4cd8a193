"""Cameras that tests can have: streams served on the loopback address, well behaved and badly."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

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

            with suppress(OSError):
                play(send)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
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


def mpegts(send: Send, fps: int = 25, seconds: float = 30) -> None:
    """Sends H.264 in MPEG-TS in real time, as hardware encoders do."""

    class Wire(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            send(bytes(data))  # type: ignore[call-overload]
            return len(data)  # type: ignore[arg-type]

    with av.open(Wire(), "w", format="mpegts", options={"flush_packets": "1"}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt, stream.codec_context.gop_size = 96, 64, "yuv420p", 10
        for number in range(round(fps * seconds)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 8 * (number % 30), np.uint8), "rgb24")
            container.mux(stream.encode(frame))
            time.sleep(1 / fps)
