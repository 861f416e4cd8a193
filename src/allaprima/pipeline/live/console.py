"""The performer's console: keys and touches come in, what is set comes out, moment by moment."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from allaprima.config import LARGEST_STRENGTH
from allaprima.io.screen.events import Event, Key, Pointer
from allaprima.pipeline.live.commands import ACTIONS, STEPS, Command, obeyed
from allaprima.pipeline.live.controls import (
    FADES_SECONDS,
    LEADINGS,
    Action,
    Controls,
    pressed,
    repeats,
    turned,
)
from allaprima.pipeline.live.cues import KEYS, Cue
from allaprima.pipeline.live.ear import Ear
from allaprima.pipeline.live.glide import Glide, glide_between
from allaprima.pipeline.live.leading import Tempo, drive, led, tapped
from allaprima.pipeline.live.panel import Layout, Touch, Widget, touched
from allaprima.pipeline.live.playlist import Playlist
from allaprima.pipeline.live.show_set import ShowSet

CATCH = 0.04            # of strength, on either side of 1, that a hand need not aim at
CROSSING_SECONDS = 0.5  # that the crossfader takes to its other end, where changes of style take less
PAGES = {"page down": 1, "page up": -1}


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that is asked for beside a change of the controls.

    key: the look's, where one is to be kept. wanted: whether a recording is to run; None to turn it over.
    """

    action: Action
    key: str | None = None
    wanted: bool | None = None


class Console:
    """Keeps the controls of a run; ``scrolled`` is how many rows of styles stand above the control window's.

    message: a sentence that the last event deserves, taken away by ``told``.
    """

    def __init__(self, controls: Controls, playlist: Playlist, looks: ShowSet, ear: Ear | None = None) -> None:
        self.controls = controls
        self.looks, self.ear = looks, ear
        self.tempo = Tempo()
        self.scrolled = 0
        self._playlist = playlist
        self._glide: Glide | None = None
        self._dragged: Widget | None = None
        self._message: str | None = None

    def told(self) -> str | None:
        """A sentence about what came in; None where nothing needs one."""
        message, self._message = self._message, None
        return message

    def now(self, now: float) -> Controls:
        """The controls as they are at that time of the monotonic clock: on their way, and led by sound and tempo."""
        controls = self._standing(now)
        return controls if controls.leading == "off" else led(controls, self.push(now))

    def _standing(self, now: float) -> Controls:
        """The controls on their way, and not led."""
        glide = self._glide
        self._glide = None if glide is None or glide.over(now) else glide
        return self.controls if glide is None else glide.on(self.controls, now)

    def push(self, now: float) -> float:
        """How hard sound and beat push at that time, 0 to 1."""
        level = 0.0 if self.ear is None else self.ear.level(now)
        return drive(level, self.since_onset(now), self.tempo.since_beat(now))

    def since_onset(self, now: float) -> float:
        """Seconds since the last onset that was heard."""
        return float("inf") if self.ear is None else self.ear.since_onset(now)

    def take(self, event: Event, layout: Layout | None) -> Wish | None:
        """Follows a key, or a touch in the control window of that layout; gives back what else is asked for."""
        if isinstance(event, Key):
            return None if event.held and not repeats(event.name) else self._key(event.name)
        return None if layout is None else self._pointed(event, layout)

    def obey(self, command: Command) -> Wish | None:
        """Does what is asked for from afar; gives back what else that is. Raises ``OptionError`` for unknown styles."""
        now = time.monotonic()
        if command.name == "look":
            self._call(str(command.value), now)
        elif command.name == "cross":
            self._cross(0.0 if self.controls.blend > 0.5 else 1.0)
        elif command.name == "tap":
            self.tempo = tapped(self.tempo, now)
        elif command.name in STEPS:
            self._set(turned(self.controls, STEPS[command.name], len(self._playlist.entries)))
        elif command.name in ACTIONS:
            wanted = command.value if isinstance(command.value, bool) else None
            return Wish(ACTIONS[command.name], wanted=wanted)
        else:
            self._set(obeyed(command, self.controls, [entry.name for entry in self._playlist.entries]))
        return None

    def _key(self, key: str) -> Wish | None:
        now = time.monotonic()
        look = self.looks.beside(PAGES[key]) if key in PAGES else key if key in KEYS else None
        if look is not None:
            self._call(look, now)
            return None
        if key.removeprefix("ctrl ") in KEYS:
            return Wish("keep", key.removeprefix("ctrl "))
        after, action = pressed(key, self.controls, len(self._playlist.entries))
        if action == "tap":
            self.tempo = tapped(self.tempo, now)
            return None
        if key == "x":
            self._cross(after.blend)
            return None
        self._set(after)
        return None if action is None else Wish(action)

    def _cross(self, blend: float) -> None:
        """Sends the crossfader to an end."""
        now = time.monotonic()
        before = self._standing(now)
        self._set(replace(self.controls, blend=blend))
        self._glide = glide_between(before, self.controls, now, max(CROSSING_SECONDS, self.controls.fade_seconds))

    def _set(self, controls: Controls) -> None:
        """Takes over the controls; a hand on strength or crossfader ends their own way."""
        if (controls.strength, controls.blend) != (self.controls.strength, self.controls.blend):
            self._glide = None
        self.controls = controls

    def _call(self, key: str, now: float) -> None:
        """Goes to the look on a key."""
        cue = self.looks.called(key)
        if cue is None:
            self._message = f"no look on {key.upper()}: k keeps what is shown"
            return
        before, after = self._standing(now), cue.on(self.controls)
        if not same_ends(before, cue, len(self._playlist.entries)):
            before = replace(before, blend=after.blend)  # the painter fades from the old mixture to the new one
        self.controls = after
        self._glide = glide_between(before, after, now, after.fade_seconds)

    def _pointed(self, pointer: Pointer, layout: Layout) -> Wish | None:
        if pointer.kind == "wheel":
            self.scrolled = max(0, self.scrolled - pointer.turns)
            return None
        touch = touched(layout, pointer, self._dragged)
        if pointer.kind == "release":
            self._dragged = None
        if touch is None:
            return None
        if pointer.kind == "press":
            self._dragged = touch.widget if touch.widget.kind == "slider" else None
        if touch.widget.kind == "key":
            return self._key(touch.widget.name)
        if touch.widget.kind == "cue":
            self._call(touch.widget.name, time.monotonic())
            return None
        if touch.widget.kind in ("first", "other"):
            self._cross(0.0 if touch.widget.kind == "first" else 1.0)
            return None
        self._set(after_touch(self.controls, touch))
        return None


def same_ends(controls: Controls, cue: Cue, styles: int) -> bool:
    """Whether a look has the same styles at the crossfader's ends."""
    other = (controls.style + 1) % styles if controls.other is None else controls.other
    return (controls.style, other) == (cue.style, cue.other)


def strength_at(amount: float) -> float:
    """The strength at that place of its slider; near to all of the style it is all of it."""
    strength = round(amount * LARGEST_STRENGTH, 2)
    return 1.0 if abs(strength - 1) < CATCH else strength


def after_touch(controls: Controls, touch: Touch) -> Controls:
    """The controls after a slider, a choice or a style was touched."""
    widget = touch.widget
    if widget.kind == "slider":
        if widget.name == "crossfader":
            return replace(controls, blend=touch.amount)
        return (replace(controls, strength=strength_at(touch.amount)) if widget.name == "strength"
                else replace(controls, stability=touch.amount))
    if widget.kind == "choice":
        if widget.name == "brush":
            return replace(controls, brush=widget.place)
        return (replace(controls, fade_seconds=FADES_SECONDS[widget.place]) if widget.name == "fade"
                else replace(controls, leading=LEADINGS[widget.place]))
    if widget.kind == "style":
        return replace(controls, other=widget.place) if touch.second else replace(controls, style=widget.place)
    return controls
