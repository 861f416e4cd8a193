"""OSC and MIDI beside the keys: what they ask for, what a key teaches them, what they are told."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from allaprima.errors import AllaprimaError
from allaprima.io.screen.events import Event
from allaprima.io.wires.messages import Argument, Message
from allaprima.io.wires.midi import MidiPort, Moved
from allaprima.io.wires.osc import OscPort, parsed_address
from allaprima.pipeline.live.commands import Command, Value, command_of
from allaprima.pipeline.live.panel import Layout
from allaprima.pipeline.live.targets import target_of
from allaprima.pipeline.live.wiring import (
    WIRES_SUFFIX,
    checked_wires,
    parsed_target,
    read_wiring,
    wired,
    write_wiring,
)

ROOT = "/allaprima/"
TELL_SECONDS = 0.05     # between two tellings of what has changed
FIGURES_SECONDS = 0.25  # between two of rate and latency
REPEAT_SECONDS = 2.0    # between two of everything, for whoever comes late
MOST_CONTROLS = 1000    # whose places are remembered
CANCEL = "escape"
WHAT = "teach: now the key, slider or style here that it should move (escape: no)"
WHICH = "teach {target}: now move the fader, or press the button, that should do it (escape: no)"


@dataclass(frozen=True, slots=True)
class WireOptions:
    """osc: a port, or host and port, to be heard on; osc_to: where the show's state is sent; midi: an input's name.

    file: the taught controls; made by the first that is taught where it does not exist.
    """

    osc: str | None = None
    osc_to: str | None = None
    midi: str | None = None
    file: Path | None = None


class Wired(Protocol):
    """What leads a show beside its keys: stage wires, or a socket. ``notes`` and ``kept`` are for the report."""

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def kept(self) -> Sequence[str]: ...

    def commands(self) -> list[Command]: ...

    def told(self) -> str | None: ...

    def learn(self) -> str: ...

    def names(self, event: Event, layout: Layout | None) -> bool: ...

    def tell(self, state: dict[str, tuple[Argument, ...]], figures: dict[str, tuple[Argument, ...]]) -> None: ...


class Wires:
    """The wires of a show; a context manager that closes them. ``folder``: where a new file of taught controls goes.

    Raises ``AllaprimaError`` where a port cannot be had or the file is none; nothing that comes in later raises.
    """

    def __init__(self, options: WireOptions, folder: Path) -> None:
        self.kept: list[str] = []
        self._path, self._folder = options.file, folder
        if options.file is not None:
            checked_wires(options.file)
        self._wiring = read_wiring(options.file) if options.file is not None and options.file.exists() else {}
        self._targets = {control: parsed_target(target) for control, target in self._wiring.items()}
        self._places: dict[str, float] = {}
        self._message: str | None = None
        self._learning, self._taught = False, ""  # what is being taught, empty until it is named
        self._told: dict[str, tuple[Argument, ...]] = {}
        self._told_at = self._figures_at = self._all_at = 0.0
        with ExitStack() as stack:
            listen = None if options.osc is None else parsed_address(options.osc)
            target = None if options.osc_to is None else parsed_address(options.osc_to)
            self.osc = stack.enter_context(OscPort(listen, target)) if listen or target else None
            self.midi = stack.enter_context(MidiPort(options.midi)) if options.midi is not None else None
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """What went wrong, as sentences."""
        refused = 0 if self.osc is None else self.osc.refused
        trouble = None if self.midi is None else self.midi.trouble
        return (*([f"datagrams that were no OSC: {refused}"] if refused else []), *([trouble] if trouble else []))

    def told(self) -> str | None:
        """A sentence about what came in; None where nothing needs one."""
        message, self._message = self._message, None
        return message

    def learn(self) -> str:
        """Begins to teach a control, or gives it up; gives back a sentence."""
        self._learning, self._taught = not self._learning, ""
        return WHAT if self._learning else "nothing was taught"

    def names(self, event: Event, layout: Layout | None) -> bool:
        """Whether a key or touch is taken for teaching: it names what is to be moved."""
        if not self._learning:
            return False
        target = target_of(event, layout)
        if target == CANCEL:
            self._learning, self._message = False, "nothing was taught"
            return True
        if target is None or self._taught:
            return target is not None
        self._taught, self._message = target, WHICH.format(target=target)
        return True

    def commands(self) -> list[Command]:
        """What has been asked for since the last call."""
        found: list[Command] = []
        for message in self.osc.received() if self.osc is not None else ():
            if message.address.startswith(ROOT):
                found += self._asked(message)
            elif message.arguments and isinstance(value := message.arguments[0], int | float):
                found += self._moved(Moved(f"osc {message.address}", min(1.0, max(0.0, float(value)))))
        for event in self.midi.received() if self.midi is not None else ():
            if event.program is not None:
                found.append(Command("style", event.program - 1))
            else:
                found += self._moved(event)
        return found

    def _asked(self, message: Message) -> Sequence[Command]:
        """What a message in our own words asks for: /allaprima/strength 0.7, or /allaprima/style/starry."""
        name, _, place = message.address.removeprefix(ROOT).partition("/")
        first: Value = message.arguments[0] if message.arguments else None
        released = isinstance(first, int | float) and not first
        try:
            command = command_of(name, place or first)
        except AllaprimaError as error:
            self._message = f"OSC: {error}"
            return ()
        # Buttons of surfaces send 1 when they are pressed, and 0 when they are let go.
        pressing = place or command.value is None or name == "look"
        return () if released and pressing and name != "record" else (command,)

    def _moved(self, event: Moved) -> Sequence[Command]:
        """What a taught control asks for; one that is being taught is bound."""
        before = self._places.get(event.control, 0.0)
        if len(self._places) < MOST_CONTROLS or event.control in self._places:
            self._places[event.control] = event.value
        if self._learning:
            if self._taught and event.value > 0:
                self._bind(event.control)
            return ()
        target = self._targets.get(event.control)
        if target is None:
            return ()
        command = wired(target, event.value, before, toggles=event.control.startswith("midi"))
        return () if command is None else (command,)

    def _bind(self, control: str) -> None:
        """Has a control do what was named, and writes the file."""
        self._learning = False
        wiring = {**self._wiring, control: self._taught}
        path = self._path or self._folder / f"allaprima-{datetime.now():%Y%m%d-%H%M%S}{WIRES_SUFFIX}"
        try:
            write_wiring(path, wiring)
        except AllaprimaError as error:
            self._message = str(error)
            return
        self._path, self._wiring = path, wiring
        self._targets[control] = parsed_target(self._taught)
        self._message = f"{control} moves {self._taught}: kept in {path.name}"
        if str(path) not in self.kept:
            self.kept.append(str(path))

    def tell(self, state: dict[str, tuple[Argument, ...]], figures: dict[str, tuple[Argument, ...]]) -> None:
        """Sends what has changed of the show's state, its figures now and then, and now and then everything."""
        now = time.monotonic()
        if self.osc is None or now - self._told_at < TELL_SECONDS:
            return
        self._told_at = now
        if now - self._all_at > REPEAT_SECONDS:
            self._all_at, self._told = now, {}
        changed = {name: values for name, values in state.items() if self._told.get(name) != values}
        self._told.update(changed)
        if now - self._figures_at > FIGURES_SECONDS:
            self._figures_at = now
            changed = changed | figures
        self.osc.send([Message(ROOT + name, values) for name, values in changed.items()])
