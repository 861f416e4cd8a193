"""Two windows on the screens, through SDL: the stage's, which is the picture and nothing else, and the controls'.

SDL keeps every key until it is asked for, however long a picture takes.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from allaprima.errors import OptionError, SinkError
from allaprima.io.screen.events import Event, Key, Pointer
from allaprima.io.screen.monitors import Monitor, monitors_of_x11
from allaprima.plurals import counted

if TYPE_CHECKING:
    import pygame

Rgb = NDArray[np.uint8]
CONTROLS_SIZE = 480, 760
MARGIN = 48              # between windows, and around them: room for their frames
REPEAT_AFTER_MS, REPEAT_MS = 350, 40
CENTRED = 0x2FFF0000     # SDL_WINDOWPOS_CENTERED_MASK; the screen's number is added
BUTTONS = {1: False, 3: True}
GRAPHICS = Path("/dev/dri")
_HEADLESS = "run without a window: --headless"
_SETTINGS = {"PYGAME_HIDE_SUPPORT_PROMPT": "1",       # the library would greet on stdout
             "SDL_VIDEO_X11_WMCLASS": "allaprima",     # what the desktop groups windows by
             "SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS": "0",  # the picture stays while the controls are used
             "SDL_MOUSE_FOCUS_CLICKTHROUGH": "1"}      # a click on a control works while the stage has the focus


def drawing_by(graphics: Path) -> dict[str, str]:
    """Further settings of SDL: where no graphics device has a file in that folder, pictures go straight to the screen.

    SDL would have OpenGL carry them, and without such a device the processor is that too: 3 core ms a picture of
    640x360 in place of half a one.
    """
    if sys.platform != "linux" or any(graphics.glob("render*")):
        return {}
    return {"SDL_FRAMEBUFFER_ACCELERATION": "0"}


class Windows:
    """The stage's window of that name and size, and the control window beside it; a context manager that closes them.

    screen: which one the stage's window opens on and fills, counted from 1; the first where it is None. All of it
    belongs to one thread. Raises ``SinkError`` where there is no screen, ``OptionError`` where there is not that one.
    """

    def __init__(self, name: str, width: int, height: int, *, screen: int | None = None, controls: bool = True) -> None:
        refuse_without_screen()
        for setting, value in (_SETTINGS | drawing_by(GRAPHICS)).items():
            os.environ.setdefault(setting, value)
        import pygame

        try:
            pygame.display.init()
        except pygame.error as error:
            raise SinkError(f"cannot open a window: {error}", _HEADLESS) from error
        try:
            monitor, other = chosen(screens(), screen)
            self._open(name, monitor, other, (width, height), controls=controls)
        except BaseException:
            pygame.display.quit()
            raise

    def _open(self, name: str, monitor: Monitor, other: Monitor, size: tuple[int, int], *, controls: bool) -> None:
        import pygame

        width, height = fitting(size, monitor)
        self._stage = pygame.Window(name, (width, height), middle(monitor, width, height, alone=monitor is not other),
                                    resizable=True, hidden=True)
        beside = fitting(CONTROLS_SIZE, other)
        self._controls = pygame.Window(f"{name} controls", beside, right_of(other, beside), resizable=True, hidden=True)
        self._controls.minimum_size = 240, 320
        for window in (self._stage, self._controls):
            window.set_icon(icon())
            window.get_surface()  # SDL may make the window anew for it: not while it can be seen
        self._stage.show()
        self._fullscreen = self._closed = False
        self._held: set[int] = set()
        self._dragging: int | None = None
        pygame.key.set_repeat(REPEAT_AFTER_MS, REPEAT_MS)
        self._shown_controls = False
        self.set_controls(controls)
        self._stage.focus()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        import pygame

        self._controls.destroy()
        self._stage.destroy()
        pygame.display.quit()

    @property
    def closed(self) -> bool:
        """Whether the user has closed the stage's window."""
        return self._closed

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the stage's window in pixels, as they are now."""
        return self._stage.size

    @property
    def controls_size(self) -> tuple[int, int] | None:
        """Width and height of the control window; None while it is hidden."""
        return self._controls.size if self._shown_controls else None

    def show(self, picture: Rgb) -> None:
        """Puts a picture (H, W, 3), RGB, of the window's size onto the stage; of another size, onto its middle."""
        put(self._stage, picture)

    def show_controls(self, picture: Rgb) -> None:
        """Puts a picture of its size onto the control window, if that is open."""
        if self._shown_controls:
            put(self._controls, picture)

    def set_fullscreen(self, wanted: bool) -> None:
        """Fills the screen that the window is on, or goes back to a window."""
        if wanted == self._fullscreen:
            return
        self._fullscreen = wanted
        if wanted:
            self._stage.set_fullscreen(True)
        else:
            self._stage.set_windowed()

    def set_controls(self, wanted: bool) -> None:
        """Shows the control window, or hides it."""
        if wanted != self._shown_controls:
            self._shown_controls = wanted
            if wanted:
                self._controls.show()
            else:
                self._controls.hide()

    def events(self) -> list[Event]:
        """Keys and the pointer's doings since the last call, all of them, in their order."""
        import pygame

        events = pygame.event.get()
        # The text of a key follows it; what pygame has with the key itself is wrong once more than fifteen wait.
        texts = [str(after.text) if after.type == pygame.TEXTINPUT else "" for after in events[1:]] + [""]
        return [found for event, text in zip(events, texts, strict=False)
                if (found := self._read(event, text)) is not None]

    def _read(self, event: pygame.event.Event, text: str) -> Event | None:
        import pygame

        if event.type == pygame.QUIT or (event.type == pygame.WINDOWCLOSE and event.window is self._stage):
            self._closed = True
        elif event.type == pygame.WINDOWCLOSE:
            return Key("w")  # as the key does: whoever keeps the controls knows
        elif event.type == pygame.KEYDOWN:
            held = event.scancode in self._held
            self._held.add(event.scancode)
            name = key_name(event.key, text or event.unicode, event.mod)
            return None if name is None else Key(name, held)
        elif event.type == pygame.KEYUP:
            self._held.discard(event.scancode)
        elif event.type in (pygame.WINDOWENTER, pygame.WINDOWLEAVE, pygame.WINDOWFOCUSLOST):
            self._left(event)
        else:
            return self._pointed(event)
        return None

    def _left(self, event: pygame.event.Event) -> None:
        """Hides the pointer over a full screen; forgets held keys with the focus, since nobody tells of their end."""
        import pygame

        if event.type == pygame.WINDOWFOCUSLOST:
            self._held.clear()
        else:
            over = event.type == pygame.WINDOWENTER and event.window is self._stage
            pygame.mouse.set_visible(not (over and self._fullscreen))

    def _pointed(self, event: pygame.event.Event) -> Pointer | None:
        import pygame

        if getattr(event, "window", None) is not self._controls:
            return None
        if event.type == pygame.MOUSEWHEEL:
            x, y = pygame.mouse.get_pos()
            return Pointer(x, y, "wheel", turns=event.y)
        x, y = getattr(event, "pos", (0, 0))
        if event.type == pygame.MOUSEBUTTONDOWN and event.button in BUTTONS:
            self._dragging = event.button
            return Pointer(x, y, "press", BUTTONS[event.button])
        if event.type == pygame.MOUSEMOTION and self._dragging is not None:
            return Pointer(x, y, "drag", BUTTONS[self._dragging])
        if event.type == pygame.MOUSEBUTTONUP and event.button == self._dragging:
            self._dragging = None
            return Pointer(x, y, "release", BUTTONS[event.button])
        return None


def key_name(key: int, typed: str, modifiers: int) -> str | None:
    """What a key is called: the letter that it types, or its name; None for keys that say nothing, such as shift."""
    import pygame

    name = pygame.key.name(key)
    function_key = name[:1] == "f" and name[1:].isdecimal()
    if modifiers & pygame.KMOD_CTRL:
        return f"ctrl {name}" if len(name) == 1 or function_key else None
    if name in NAMED or function_key:
        return name
    return typed.lower() if typed.isprintable() and not typed.isspace() and typed else None


NAMED = frozenset({"escape", "space", "tab", "left", "right", "up", "down", "page up", "page down"})


def put(window: pygame.Window, picture: Rgb) -> None:
    """Copies a picture into the middle of a window, black around it, and has it shown."""
    import cv2

    surface = window.get_surface()
    width, height = surface.get_size()
    whole: Rgb = np.frombuffer(surface.get_buffer(), np.uint8)  # type: ignore[call-overload]
    rows = whole.reshape(height, surface.get_pitch())
    pixels = rows[:, :4 * width].reshape(height, width, 4)
    if picture.shape[:2] != (height, width):
        pixels[...] = 0
        picture = picture[:height, :width]
        top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
        pixels = pixels[top:top + picture.shape[0], left:left + picture.shape[1]]
    code = cv2.COLOR_RGB2BGRA if surface.get_shifts()[0] == 16 else cv2.COLOR_RGB2RGBA
    pixels[...] = cv2.cvtColor(np.ascontiguousarray(picture), code)
    window.flip()


def icon() -> pygame.Surface:
    """What the desktop shows of the windows beside their names: three dabs of paint on charcoal."""
    import pygame

    side = 64
    rows, columns = np.mgrid[0:side, 0:side]
    picture = np.full((side, side, 3), 28, np.uint8)
    for x, y, colour in ((22, 24, (86, 156, 255)), (42, 24, (255, 168, 66)), (32, 42, (226, 72, 62))):
        picture[(rows - y) ** 2 + (columns - x) ** 2 < 14 ** 2] = colour
    return pygame.image.frombuffer(picture.tobytes(), (side, side), "RGB")


def screens() -> tuple[Monitor, ...]:
    """The screens there are, the first one first; SDL's windows have to be possible."""
    found = monitors_of_x11()
    if found:
        return found
    import pygame

    sizes = pygame.display.get_desktop_sizes()
    places = []
    for number in range(len(sizes)):
        probe = pygame.Window("", (2, 2), (CENTRED + number, CENTRED + number), hidden=True)
        places.append(probe.position)
        probe.destroy()
    return tuple(Monitor(x + 1 - width // 2, y + 1 - height // 2, width, height)
                 for (x, y), (width, height) in zip(places, sizes, strict=True))


def chosen(found: Sequence[Monitor], screen: int | None) -> tuple[Monitor, Monitor]:
    """The screen for the stage, and the one for the controls: another where there are several."""
    number = 1 if screen is None else screen
    if not 1 <= number <= len(found):
        raise OptionError(f"there is no screen {number}: this machine has {counted(len(found), 'screen')}",
                          "connect it, or choose another --screen")
    others = [monitor for monitor in found if monitor is not found[number - 1]]
    return found[number - 1], others[0] if others else found[number - 1]


def fitting(size: tuple[int, int], monitor: Monitor) -> tuple[int, int]:
    """The size, made smaller in its shape where the screen has not the room."""
    scale = min(1.0, (monitor.width - 2 * MARGIN) / size[0], (monitor.height - 2 * MARGIN) / size[1])
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def middle(monitor: Monitor, width: int, height: int, *, alone: bool) -> tuple[int, int]:
    """Where a window of that size stands: in the middle of its screen, or at its left where others come beside it."""
    left = (monitor.width - width) // 2 if alone else MARGIN
    return monitor.left + left, monitor.top + max(MARGIN, (monitor.height - height) // 3)


def right_of(monitor: Monitor, size: tuple[int, int]) -> tuple[int, int]:
    """Where the controls stand: at the right edge of their screen."""
    return monitor.left + monitor.width - size[0] - MARGIN // 2, monitor.top + MARGIN


def refuse_without_screen() -> None:
    """Raises ``SinkError`` where no window can be opened, in words that name the remedy."""
    if sys.platform != "linux" or os.environ.get("WAYLAND_DISPLAY"):
        return
    display = os.environ.get("DISPLAY", "")
    if not display:
        raise SinkError("cannot open a window: there is no screen (DISPLAY is not set)", _HEADLESS)
    host, _, number = display.partition(":")
    if host not in ("", "unix"):
        return
    with socket.socket(socket.AF_UNIX) as trial:
        for address in (f"/tmp/.X11-unix/X{number.partition('.')[0]}",
                        f"\0/tmp/.X11-unix/X{number.partition('.')[0]}"):
            try:
                trial.connect(address)
                return
            except OSError:
                continue
    raise SinkError(f"cannot open a window: nothing answers at the screen {display}", _HEADLESS)
