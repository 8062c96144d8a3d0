"""A whole centre with its window, driven by keys alone; time moves only when a journey says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from dispatch.centre import DEMO_PIN, Centre
from dispatch.clock import SimClock
from dispatch.desk.ids import CountedIds
from dispatch.places import Places
from dispatch.simulation.events import WorldSpec
from ui.commands.keys import EVDEV, parse_chord
from ui.surface import Surface
from ui.workstation_command import builtin_region, shipped_agency

START_US = 1_778_576_400_000_000
"""2026-05-12 09:00 UTC: early afternoon in the built-in city."""
SCAN = {key: code + 8 for code, key in EVDEV.items()}
NAMED = {"Enter": Qt.Key.Key_Return, "Escape": Qt.Key.Key_Escape, "Space": Qt.Key.Key_Space}


class Desk:
    """One person at a desk: presses keys, looks at the board, waits."""

    def __init__(self, centre: Centre, surface: Surface) -> None:
        self.centre, self.surface = centre, surface
        self.board = surface.context.board
        self.selection = surface.context.selection

    # -- time ----------------------------------------------------------------------------------

    def turn(self, seconds: float = 0.05) -> None:
        """Real time for the window; simulated time stands."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.centre.serve_waiting()
            self.centre.step()
            QApplication.processEvents()
            time.sleep(0.002)

    def wait(self, condition: Callable[[], Any], what: str, seconds: float = 20.0) -> Any:
        """Real time until something stands; its value."""
        until = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < until, f"waited in vain: {what}"
            self.turn()
        return found

    def let_pass(self, seconds: float, until: Callable[[], Any] = lambda: False) -> Any:
        """Simulated time, in steps of a second, until something happens."""
        clock = self.centre.clock
        assert isinstance(clock, SimClock)
        end_us = clock.now_us() + round(seconds * 1e6)
        while clock.now_us() < end_us:
            if found := until():
                return found
            self.centre.run_until(min(end_us, clock.now_us() + 1_000_000))
            self.turn(0.004)
        return until()

    # -- hands ---------------------------------------------------------------------------------

    def press(self, chord: str, text: str = "") -> None:
        """A key by its US cap, sent as the X11 plug-in sends it; `text` is what the layout types.

        The key code is the Cyrillic or Hangul one where `text` is: only the scan code helps.
        """
        wanted = parse_chord(chord)
        held = Qt.KeyboardModifier.NoModifier
        for on, modifier in (
            (wanted.ctrl, Qt.KeyboardModifier.ControlModifier),
            (wanted.alt, Qt.KeyboardModifier.AltModifier),
            (wanted.shift, Qt.KeyboardModifier.ShiftModifier),
        ):
            if on:
                held |= modifier
        scan = SCAN.get(wanted.key, 0)
        if scan:
            key = ord((text or wanted.key)[0].upper())
        elif wanted.key in NAMED:
            key = int(NAMED[wanted.key])
        else:
            key = int(getattr(Qt.Key, f"Key_{wanted.key}"))
        typed = text or (wanted.key.lower() if scan and not (wanted.ctrl or wanted.alt) else "")
        focus = QApplication.focusWidget()
        assert focus is not None, "nobody has the keyboard"
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(focus, QKeyEvent(kind, key, held, scan, 0, 0, typed))
        self.turn(0.02)

    def type(self, text: str) -> None:
        """Characters into whatever has the keyboard."""
        focus = QApplication.focusWidget()
        assert focus is not None, "nobody has the keyboard"
        for char in text:
            press = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, char)
            QApplication.sendEvent(focus, press)
        self.turn(0.02)

    def sign_on(self) -> None:
        """The first person of the list, by PIN."""
        self.press("Ctrl+Shift+S")
        self.type(DEMO_PIN)
        self.press("Enter")
        self.wait(lambda: self.board.signed_on, "signing on")


@pytest.fixture
def open_desk(tmp_path: Path, qapp: QApplication) -> Iterator[Callable[..., Desk]]:
    surfaces: list[Surface] = []

    def open_it(*, language: str = "en", calls_per_hour: float = 30.0, seed: int = 5) -> Desk:
        places = Places(tmp_path).prepare()
        centre = Centre.exercise(
            places,
            region=builtin_region(),
            agency=shipped_agency("international"),
            spec=WorldSpec(
                kind="shift", seed=seed, start_us=START_US, calls_per_hour=calls_per_hour
            ),
            journal=places.journals / "journey.vigil",
            speed=0.0,
            inline=True,
            ids=CountedIds(),
        )
        centre.settle()
        surface = Surface(centre, language=language)
        surfaces.append(surface)
        surface.load_gazetteer()
        surface.window.resize(1920, 1080)
        surface.window.show()
        surface.window.activateWindow()
        desk = Desk(centre, surface)
        desk.wait(surface.window.isActiveWindow, "the window")
        surface.window.go_to("queue")
        return desk

    yield open_it
    for surface in surfaces:
        surface.close()
