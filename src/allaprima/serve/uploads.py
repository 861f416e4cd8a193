"""What browsers send: bounded while it comes, written under names of ours, looked at in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from allaprima.parsing import parsed_count
from allaprima.serve.limits import LONGEST_JSON, MOST_PROBES, MOST_UPLOADS, PROBE_SECONDS, Limits
from allaprima.serve.refusals import Refused
from allaprima.serve.shelf import Shelf, Upload, UploadKind, check_room, new_id, shown_name
from allaprima.serve.worker import Said, Worker

PIECE_BYTES = 1 << 20
LARGEST_LENGTH = 1 << 62
Probe = Callable[[str, str, str], Sequence[str]]
"""The program that looks at an upload of that id, kind and name."""


@dataclass(slots=True)
class Counter:
    """How many do something at once, at most so many."""

    most: int
    now: int = 0

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """A block that counts; raises ``Refused`` where there are as many as may be."""
        if self.now >= self.most:
            raise Refused(503, f"{self.most} uploads are coming in already", "try again in a moment")
        self.now += 1
        try:
            yield
        finally:
            self.now -= 1


class Uploads:
    """Takes in what is sent; probe: the program that looks at it."""

    def __init__(self, shelf: Shelf, limits: Limits, probe: Probe) -> None:
        self._shelf, self._limits, self._probe = shelf, limits, probe
        self._coming = Counter(MOST_UPLOADS)
        self._probing = threading.Semaphore(MOST_PROBES)

    async def take(self, request: Request, kind: UploadKind, name: str) -> Upload:
        """The upload that a request's body is; raises ``Refused`` for what is too large, stalls, or is none."""
        most = self._limits.film_bytes if kind == "film" else self._limits.picture_bytes
        declared = declared_length(request)
        if declared is not None and declared > most:
            raise too_large(kind, most)
        check_room(self._shelf, declared or 0, self._limits.spare_bytes)
        with self._coming.one_more():
            upload = new_id()
            try:
                await self._write(request.stream(), upload, kind, most)
                return await run_in_threadpool(self._looked_at, upload, kind, shown_name(name))
            except BaseException as error:
                self._shelf.remove_upload(upload)
                if isinstance(error, ClientDisconnect):
                    raise Refused(400, "the upload was broken off", "send it again") from error
                raise

    async def _write(self, pieces: AsyncIterator[bytes], upload: str, kind: UploadKind, most: int) -> None:
        """Writes what comes, up to so many bytes, in pieces that are worth a thread's while."""
        count, waiting = 0, bytearray()
        with self._shelf.raw_path(upload).open("xb") as file:
            async for piece in pieces:
                count += len(piece)
                if count > most:
                    raise too_large(kind, most)
                waiting += piece
                if len(waiting) >= PIECE_BYTES:
                    await run_in_threadpool(file.write, bytes(waiting))
                    waiting.clear()
                    check_room(self._shelf, 0, self._limits.spare_bytes)
            file.write(bytes(waiting))
        if count == 0:
            raise Refused(400, "nothing was sent", f"send the {kind} as the body of the request")

    def _looked_at(self, upload: str, kind: UploadKind, name: str) -> Upload:
        """What was sent, as a program of its own finds it."""
        found: Said = {}
        with self._probing:
            failure = Worker(self._probe(upload, kind, name), self._shelf.folder).run(found.update, PROBE_SECONDS)
        if failure is not None or "upload" not in found:
            hint = found.get("hint")
            message = str(found.get("error") or f"this {kind} cannot be read: {failure}")
            raise Refused(422, message, None if hint is None else str(hint))
        return self._shelf.upload(upload, kind)


def too_large(kind: UploadKind, most: int) -> Refused:
    """The refusal of what has more bytes than may be."""
    return Refused(413, f"this {kind} is larger than the {most / 2**30:,.2f} GiB that are allowed here",
                   "send a smaller one, or start the server with a larger --max-upload")


def declared_length(request: Request) -> int | None:
    """How many bytes a request says it sends; None where it does not; raises ``Refused`` for no number."""
    text = request.headers.get("content-length")
    if text is None:
        return None
    number = parsed_count(text, LARGEST_LENGTH)
    if number is None:
        raise Refused(400, "the request does not say how long it is")
    return number


async def small_body(request: Request) -> bytes:
    """The body of a request in JSON; raises ``Refused`` where it is longer than any of ours."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_JSON:
            raise Refused(413, "that is longer than any request has to be")
    return bytes(body)
