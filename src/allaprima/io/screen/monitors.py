"""The screens of this machine, as the window manager counts them."""

from __future__ import annotations

import ctypes
import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Monitor:
    """A screen: where its upper left corner lies on the desktop, and its size, in pixels."""

    left: int
    top: int
    width: int
    height: int


class _Monitor(ctypes.Structure):
    """XRRMonitorInfo, of Xrandr.h."""

    _fields_ = (("name", ctypes.c_ulong), ("primary", ctypes.c_int), ("automatic", ctypes.c_int),
                ("outputs", ctypes.c_int), ("x", ctypes.c_int), ("y", ctypes.c_int), ("width", ctypes.c_int),
                ("height", ctypes.c_int), ("mm_width", ctypes.c_int), ("mm_height", ctypes.c_int),
                ("output", ctypes.POINTER(ctypes.c_ulong)))


def monitors_of_x11() -> tuple[Monitor, ...]:
    """The screens that X11 knows, the primary one first; none where X11 or its extension RandR 1.5 is missing.

    Window managers fill these with a window that asks for a full screen: also a part of a wide wall that
    ``xrandr --setmonitor`` made a screen of its own, which SDL does not list.
    """
    if sys.platform != "linux" or not os.environ.get("DISPLAY"):
        return ()
    try:
        x11, randr = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXrandr.so.2")
        listed = randr.XRRGetMonitors
    except (OSError, AttributeError):
        return ()
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.argtypes, x11.XDefaultRootWindow.restype = (ctypes.c_void_p,), ctypes.c_ulong
    x11.XCloseDisplay.argtypes = (ctypes.c_void_p,)
    listed.argtypes = ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.POINTER(ctypes.c_int)
    listed.restype = ctypes.POINTER(_Monitor)
    randr.XRRFreeMonitors.argtypes = (ctypes.POINTER(_Monitor),)
    display = x11.XOpenDisplay(None)
    if not display:
        return ()
    try:
        count = ctypes.c_int(0)
        found = listed(display, x11.XDefaultRootWindow(display), 1, ctypes.byref(count))
        if not found:
            return ()
        each = sorted((found[index] for index in range(count.value)), key=lambda one: not one.primary)
        screens = tuple(Monitor(one.x, one.y, one.width, one.height) for one in each)
        randr.XRRFreeMonitors(found)
        return screens
    finally:
        x11.XCloseDisplay(display)
