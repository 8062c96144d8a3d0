"""Whether this machine can show a window, asked before Qt is loaded: Qt ends the process if not."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping

WINDOWLESS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")


def can_show_windows(environment: Mapping[str, str] = os.environ) -> bool:
    """True when a window can be opened, or when Qt is told to do without a screen."""
    platform = environment.get("QT_QPA_PLATFORM", "")
    if not sys.platform.startswith("linux") or platform.startswith(WINDOWLESS):
        return True
    if environment.get("WAYLAND_DISPLAY") and not platform.startswith("xcb"):
        return True
    display = environment.get("DISPLAY")
    return display is not None and display != "" and x_server_answers(display)


def x_server_answers(display: str) -> bool:
    """Whether the X server can be reached; taken as yes where the library to ask is missing."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(display.encode(), None)
    # Even a failed connection is an object that has to be given back.
    failed: int = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return failed == 0
