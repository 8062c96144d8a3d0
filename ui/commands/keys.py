"""Which physical key was pressed, named as on a US keyboard, whatever layout is on.

Under a Russian, Kazakh or Hangul layout the same key must give the same command, so letters,
digits and punctuation are read from the scan code; keys that no layout moves (F2, Enter, arrows)
are read from Qt. Scan codes: Linux evdev (input-event-codes.h; X11 and Wayland add 8), Windows
set 1 (equal to evdev in the main block), macOS virtual keys (HIToolbox Events.h).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

from dispatch.domain.message import Problem


def _rows(first: int, row: str) -> dict[int, str]:
    return {first + index: key for index, key in enumerate(row)}


EVDEV: dict[int, str] = {
    **_rows(2, "1234567890-="),
    **_rows(16, "QWERTYUIOP[]"),
    **_rows(30, "ASDFGHJKL;'`"),
    **_rows(43, "\\ZXCVBNM,./"),
}

_MACOS: dict[int, str] = {
    **{0: "A", 1: "S", 2: "D", 3: "F", 4: "H", 5: "G", 6: "Z", 7: "X", 8: "C", 9: "V", 11: "B"},
    **{12: "Q", 13: "W", 14: "E", 15: "R", 16: "Y", 17: "T", 18: "1", 19: "2", 20: "3", 21: "4"},
    **{22: "6", 23: "5", 24: "=", 25: "9", 26: "7", 27: "-", 28: "8", 29: "0", 30: "]", 31: "O"},
    **{32: "U", 33: "[", 34: "I", 35: "P", 37: "L", 38: "J", 39: "'", 40: "K", 41: ";", 42: "\\"},
    **{43: ",", 44: "/", 45: "N", 46: "M", 47: ".", 50: "`"},
}

_NAMED: dict[int, str] = {
    Qt.Key.Key_Return: "Enter",
    Qt.Key.Key_Enter: "Enter",
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Backtab: "Tab",
    Qt.Key.Key_Space: "Space",
    Qt.Key.Key_Backspace: "Backspace",
    Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Insert: "Insert",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_End: "End",
    Qt.Key.Key_PageUp: "PageUp",
    Qt.Key.Key_PageDown: "PageDown",
    Qt.Key.Key_Menu: "Menu",
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down",
    **{Qt.Key.Key_F1 + n: f"F{n + 1}" for n in range(12)},
}
_PRINTED = frozenset(EVDEV.values())
_NAMES = frozenset(_NAMED.values())
#: What a shifted US key prints, for events without a scan code.
_UNSHIFTED = dict(zip('!@#$%^&*()_+{}|:"<>?~', "1234567890-=[]\\;',./`", strict=True))
_MODIFIERS = ("Ctrl", "Alt", "Shift", "Meta")


@dataclass(frozen=True)
class Chord:
    """A key with its modifiers; `key` is a US key cap (`K`, `1`, `/`) or a name (`F2`, `Enter`)."""

    key: str
    ctrl: bool = False
    alt: bool = False
    shift: bool = False
    meta: bool = False

    @property
    def types_text(self) -> bool:
        """Whether a text field would take this key as text."""
        return not (self.ctrl or self.alt or self.meta) and (
            self.key in _PRINTED or self.key == "Space"
        )

    @property
    def edits_text(self) -> bool:
        """Whether a text field needs this key to move in or change its text."""
        if self.types_text:
            return True
        if self.alt or self.meta:
            return False
        if self.key in ("Backspace", "Delete", "Left", "Right", "Home", "End"):
            return True
        return self.ctrl and not self.shift and self.key in ("A", "C", "V", "X", "Z", "Y")

    def __str__(self) -> str:
        marks = [
            name
            for name, on in zip(
                _MODIFIERS, (self.ctrl, self.alt, self.shift, self.meta), strict=True
            )
            if on
        ]
        return "+".join([*marks, self.key])


def parse_chord(text: str) -> Chord:
    """`"Ctrl+Shift+K"` as a chord. Raises `Problem("commands.bad_key")` for an unknown key."""
    head, plus, key = text.strip().rpartition("+")
    names = [name for name in head.split("+") if name] if plus else []
    key = key.upper() if len(key) == 1 else key
    if (key not in _PRINTED and key not in _NAMES) or any(n not in _MODIFIERS for n in names):
        raise Problem("commands.bad_key", key=text)
    held = set(names)
    return Chord(
        key, ctrl="Ctrl" in held, alt="Alt" in held, shift="Shift" in held, meta="Meta" in held
    )


def physical_key(scan_code: int, virtual_key: int, platform: str) -> str | None:
    """The US key cap on the key with this native code; None for a key without one."""
    if platform == "cocoa":
        return _MACOS.get(virtual_key) if scan_code or virtual_key else None
    if platform == "windows":
        return EVDEV.get(scan_code)
    return EVDEV.get(scan_code - 8)


def chord_of(event: QKeyEvent, platform: str | None = None) -> Chord | None:
    """The chord of a key press; None for a bare modifier, a dead key or an unknown key."""
    key = event.key()
    held = event.modifiers()
    name = _NAMED.get(key)
    if name is None and not held & Qt.KeyboardModifier.KeypadModifier:
        name = physical_key(
            event.nativeScanCode(),
            event.nativeVirtualKey(),
            platform if platform is not None else QGuiApplication.platformName(),
        )
    if name is None and 0x20 < key < 0x7F:
        letter = chr(key).upper()
        name = _UNSHIFTED.get(letter, letter)
        if letter == "+" and held & Qt.KeyboardModifier.KeypadModifier:
            name = "="
    if name is None:
        return None
    return Chord(
        name,
        ctrl=bool(held & Qt.KeyboardModifier.ControlModifier),
        alt=bool(held & Qt.KeyboardModifier.AltModifier),
        shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
        meta=bool(held & Qt.KeyboardModifier.MetaModifier),
    )
