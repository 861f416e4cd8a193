"""Live by the server's own engine: a browser's frames come by a socket, and go back painted."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.websockets import WebSocket, WebSocketDisconnect

from allaprima.errors import AllaprimaError
from allaprima.io.screen.events import Event
from allaprima.io.wires.messages import Argument
from allaprima.parsing import parsed_count
from allaprima.pipeline.live.commands import ACTIONS, Command, command_of
from allaprima.pipeline.live.panel import Layout
from allaprima.serve.frames import Mailbox, Rgb, SocketCamera, encoded
from allaprima.serve.limits import FRAME_BYTES, IDLE_SECONDS, LONGEST_JSON, MOST_SHOWS, MOST_STYLES, SEND_SECONDS
from allaprima.serve.refusals import Refused, told
from allaprima.serve.requests import FILM_MODELS, values_in
from allaprima.serve.shelf import Shelf

SMALLEST, LARGEST, USUAL = 64, 1080, 360
MOST_COMMANDS = 256
FIGURES_SECONDS = 0.5  # between two tellings of rate and latency
POLICY, TOO_MANY, NORMAL, FAILED = 1008, 1013, 1000, 1011


@dataclass(slots=True)
class SocketWires:
    """What a browser asks of its show, in the words that OSC has too, and what it is told."""

    mailbox: Mailbox
    asked: deque[Command] = field(default_factory=lambda: deque(maxlen=MOST_COMMANDS))
    notes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    told_state: dict[str, tuple[Argument, ...]] = field(default_factory=dict)
    told_at: float = 0.0

    def commands(self) -> list[Command]:
        """What has been asked for since the last call."""
        found = []
        with suppress(IndexError):
            while True:
                found.append(self.asked.popleft())
        return found

    def told(self) -> str | None:
        """Nothing: sentences go to whoever asked."""
        return None

    def learn(self) -> str:
        """A browser has nothing to teach."""
        return ""

    def names(self, event: Event, layout: Layout | None) -> bool:
        """No key is taken."""
        return False

    def tell(self, state: dict[str, tuple[Argument, ...]], figures: dict[str, tuple[Argument, ...]]) -> None:
        """Sends what has changed, and the figures now and then."""
        now = time.monotonic()
        changed: dict[str, object] = {name: values[0] for name, values in state.items()
                                     if self.told_state.get(name) != values}
        if now - self.told_at > FIGURES_SECONDS:
            self.told_at = now
            changed |= {name: values[0] for name, values in figures.items()}
        if changed:
            self.told_state = dict(state)
            self.mailbox.put_text(changed)


@dataclass(frozen=True, slots=True)
class Show:
    """A live show as it is asked for; styles: as ``--style`` takes them."""

    camera: SocketCamera
    wires: SocketWires
    styles: tuple[str, ...]
    model: str
    size: int
    on_picture: Callable[[Rgb], None]


Perform = Callable[[Show], None]
"""Paints a show until its camera ends, blocking."""


class Live:
    """Answers live sockets; a context manager that ends their shows."""

    def __init__(self, shelf: Shelf, perform: Perform) -> None:
        self._shelf, self._perform = shelf, perform
        self._cameras: set[SocketCamera] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        for camera in list(self._cameras):
            camera.ended.set()

    async def answer(self, socket: WebSocket) -> None:
        """Paints what comes by a socket until it is closed, stalls, or sends what is no frame."""
        await socket.accept()
        try:
            show = self._asked(socket.query_params, Mailbox())
        except AllaprimaError as error:
            await leave(socket, error, TOO_MANY if isinstance(error, Refused) and error.status == 503 else POLICY)
            return
        self._cameras.add(show.camera)
        mailbox = show.wires.mailbox
        failure: list[BaseException] = []
        thread = threading.Thread(target=self._paint, args=(show, failure), name="live socket", daemon=True)
        thread.start()
        try:
            await first_of(listen(socket, show), speak(socket, mailbox))
        finally:
            show.camera.ended.set()
            await run_in_threadpool(thread.join)
            self._cameras.discard(show.camera)
        met = failure[0] if failure else None
        with suppress(RuntimeError, WebSocketDisconnect):  # whoever asked may have gone
            if isinstance(met, AllaprimaError):
                await leave(socket, met, POLICY)
            else:
                await socket.close(NORMAL if met is None else FAILED)

    def _asked(self, query: QueryParams, mailbox: Mailbox) -> Show:
        """The show that a socket's address asks for; raises ``Refused`` for one that cannot be."""
        if len(self._cameras) >= MOST_SHOWS:
            raise Refused(503, f"{MOST_SHOWS} are being painted live already", "try again later")
        names = query.getlist("style") or ["starry"]
        if len(names) > MOST_STYLES:
            raise Refused(400, f"a show has {MOST_STYLES} styles at most")
        model, size = query.get("model", "fast"), parsed_count(query.get("size", str(USUAL)), LARGEST)
        if model not in FILM_MODELS or size is None or size < SMALLEST:
            raise Refused(400, f"a show cannot be painted by {model!r} at {query.get('size')!r} lines",
                          f"give {' or '.join(FILM_MODELS[:2])}, and a size from {SMALLEST} to {LARGEST}")
        styles = tuple(self._shelf.style_spec(name, whole=True) for name in names)
        return Show(SocketCamera(), SocketWires(mailbox), styles, model, size,
                    lambda picture: mailbox.put_picture(encoded(picture)))

    def _paint(self, show: Show, failure: list[BaseException]) -> None:
        try:
            self._perform(show)
        except BaseException as error:  # told to whoever asked
            failure.append(error)
        finally:
            show.wires.mailbox.end()


async def first_of(*coroutines: Coroutine[object, object, None]) -> None:
    """Runs several until the first of them ends; the others are given up."""
    tasks = [asyncio.create_task(each) for each in coroutines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def listen(socket: WebSocket, show: Show) -> None:
    """Takes in frames and wishes until nothing comes any more."""
    with suppress(TimeoutError):
        while True:
            message = await asyncio.wait_for(socket.receive(), IDLE_SECONDS)
            if message["type"] == "websocket.disconnect":
                return
            content, text = message.get("bytes"), message.get("text")
            if content is not None:
                show.camera.put(content[:FRAME_BYTES + 1])
            elif text is not None:
                try:
                    show.wires.asked.extend(commands_in(text[:LONGEST_JSON]))
                except AllaprimaError as error:
                    show.wires.mailbox.put_text(dict(told(error)))


async def speak(socket: WebSocket, mailbox: Mailbox) -> None:
    """Sends what was painted; one who does not read it in time is left."""
    with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        while (found := await mailbox.take()) is not None:
            picture, text = found
            if text:
                await asyncio.wait_for(socket.send_text(json.dumps(text)), SEND_SECONDS)
            if picture is not None:
                await asyncio.wait_for(socket.send_bytes(picture), SEND_SECONDS)


def commands_in(text: str) -> Sequence[Command]:
    """The commands of a JSON object, by name; raises ``AllaprimaError`` where it is none, or one is unknown.

    What writes files or starts fits on this machine is not for browsers.
    """
    found = []
    for name, value in values_in(text, "that").items():
        if name in ACTIONS or not isinstance(value, str | int | float | None):
            raise Refused(400, f"{name} is nothing that a browser can ask for")
        found.append(command_of(name, value))
    return found


async def leave(socket: WebSocket, error: AllaprimaError, code: int) -> None:
    """Says what was wrong, and closes."""
    await socket.send_text(json.dumps(told(error)))
    await socket.close(code)
