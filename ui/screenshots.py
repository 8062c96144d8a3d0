"""`vigil screenshots DIR`: the main views, painted offscreen, the same every time.

A seeded shift is run ahead without a window, an automatic dispatcher working it as in any
exercise; then the window opens on what stands there, time standing still.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.domain.message import Problem
from dispatch.places import Places
from dispatch.words import say
from ui import scenes

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dispatch.centre import Centre
    from ui.surface import Surface
    from ui.workstation import Workstation

log = logging.getLogger(__name__)

SIZE = (1920, 1080)
SMALL = (1366, 768)
SHARP_WITHIN_S = 60.0
SETTLE_S = 0.8
TYPED_LETTERS = 7
NEAREST_ZOOM = 14.5


@dataclass(frozen=True)
class View:
    """One picture: how the window is dressed and what is open in it."""

    name: str
    language: str = "en"
    theme: str = "dark"
    size: tuple[int, int] = SIZE
    prepare: Callable[[Surface], None] = lambda surface: None


def _city(surface: Surface) -> None:
    _nothing_on_top(surface)
    surface.window.go_to("queue")
    surface.context.selection.choose_incident(_most_urgent(surface))
    _show_layers(surface)
    _look_close(surface)


def _nothing_on_top(surface: Surface) -> None:
    while surface.window.close_overlay():
        pass
    surface.window.top_bar.line.field.clear()
    surface.window.notices.clear_passing()
    surface.commands.run("map.stop")  # lists and tools of the map
    surface.context.selection.choose_call(None)


def _most_urgent(surface: Surface) -> str | None:
    board = surface.context.board
    queue = board.queue(surface.context.clock.now_us())
    rows = queue.needs_units or queue.under_way
    placed = [row for row in rows if row.incident.place.point is not None]
    return placed[0].incident.incident_id if placed else None


def _look_close(surface: Surface) -> None:
    """The incident and the units one would send, no nearer than streets have names."""
    board = surface.context.board
    incident = board.incident(_most_urgent(surface))
    view = getattr(surface.window.panel("map"), "view", None)
    if view is None or incident is None or incident.place.point is None:
        return
    points = [incident.place.point]
    advised = board.recommendation(incident.incident_id)
    plan = advised.plan() if advised is not None else None
    for planned in plan.units if plan is not None else ():
        fix, unit = board.fix(planned.unit_id), board.unit(planned.unit_id)
        if fix is not None or unit is not None:
            points.append(fix.point if fix is not None else unit.home)
    lon, lat = [p.lon for p in points], [p.lat for p in points]
    view.fit((min(lon), min(lat), max(lon), max(lat)), 120.0)
    state = view.view_state()
    view.centre_on(state.lon, state.lat, min(state.zoom, NEAREST_ZOOM))


def _whole(surface: Surface) -> None:
    _city(surface)
    surface.commands.run("map.whole")


def _show_layers(surface: Surface, *names: str) -> None:
    """Exactly these of the layers that are computed, as soon as they stand."""
    parts = [p for p in getattr(surface.window.panel("map"), "parts", ()) if hasattr(p, "layer")]
    for part in parts:
        part.turn(part.layer in names)
    begun = time.monotonic()
    while any(part.is_waiting for part in parts) and time.monotonic() < begun + SHARP_WITHIN_S:
        _turn(surface, 0.05)


def _reach(surface: Surface) -> None:
    """How far the unit one would send first gets, in the whole city."""
    _whole(surface)
    board = surface.context.board
    advised = board.recommendation(_most_urgent(surface))
    plan = advised.plan() if advised is not None else None
    if plan is not None and plan.units:
        surface.context.selection.choose_unit(plan.units[0].unit_id)
    _show_layers(surface, "reach")


def _cover(surface: Surface) -> None:
    _whole(surface)
    _show_layers(surface, "cover")


def _cover_near(surface: Surface) -> None:
    """A quarter with its uncovered homes, the list of layers open."""
    _city(surface)
    _show_layers(surface, "cover")
    surface.commands.run("map.layers")


def _closures(surface: Surface) -> None:
    """Two closed roads on the way of who would go first; the new way round, and the list."""
    _city(surface)
    incident_id, board = _most_urgent(surface), surface.context.board
    advised = board.recommendation(incident_id)
    plan = advised.plan() if advised is not None else None
    if incident_id is not None and plan is not None and plan.units and not board.closures():
        scenes.close_the_way(surface.centre, plan.units[0].unit_id, incident_id)
        _turn(surface, 0.5)
    surface.commands.run("map.closures")
    parts = getattr(surface.window.panel("map"), "parts", ())
    part = next((each for each in parts if hasattr(each, "go_to")), None)
    if part is not None and board.closures():
        part.go_to(board.closures()[0].closure_id)
        part.view.zoom_out()
        part.view.zoom_out()


def _palette(surface: Surface) -> None:
    _city(surface)
    surface.commands.run("window.palette")
    surface.window.palette_overlay.field.setText("map")


def _keys(surface: Surface) -> None:
    _city(surface)
    surface.window.go_to("map")
    surface.commands.run("window.keys")


def _line(surface: Surface) -> None:
    _city(surface)
    incident = surface.context.board.incident(_most_urgent(surface))
    number = incident.number if incident is not None else 1
    surface.window.top_bar.line.open(f"d {number} ")


def _call(surface: Surface) -> None:
    """A call taken, half of the place typed: what the gazetteer offers."""
    _city(surface)
    surface.commands.run("call.take")
    _turn(surface, 0.6)
    call = surface.context.board.call(surface.context.selection.call_id)
    if call is not None and call.script is not None:
        _type(call.script.address[:TYPED_LETTERS])
        _turn(surface, 0.6)


def _type(text: str) -> None:
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    focus = QApplication.focusWidget()
    for char in text if focus is not None else "":
        press = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, char)
        QApplication.sendEvent(focus, press)


def _locked(surface: Surface) -> None:
    _city(surface)
    surface.commands.run("people.lock")


VIEWS: tuple[View, ...] = (
    View("city-dark", prepare=_city),
    View("city-light", theme="light", prepare=_city),
    View("city-whole", prepare=_whole),
    View("city-1366", size=SMALL, prepare=_city),
    View("city-ko", language="ko", prepare=_city),
    View("city-kk", language="kk", prepare=_city),
    View("city-ru-1366", language="ru", size=SMALL, prepare=_city),
    View("palette", prepare=_palette),
    View("keys", prepare=_keys),
    View("command-line", prepare=_line),
    View("call", prepare=_call),
    View("reach", prepare=_reach),
    View("reach-light", theme="light", prepare=_reach),
    View("cover", prepare=_cover),
    View("cover-ko-light", language="ko", theme="light", prepare=_cover_near),
    View("cover-kk", language="kk", prepare=_cover),
    View("closures", prepare=_closures),
    View("closures-ko-light", language="ko", theme="light", prepare=_closures),
    View("locked", prepare=_locked),
)
EXTRA = ("sign-on", "incident", "san-francisco", "replay")


def run(args: argparse.Namespace) -> int:
    """Paint the views into `args.dir`; `args.only` names some of them, `args.map` asks for the
    sheets of the base map instead."""
    if args.map:
        from ui.map_scenes import print_sheets

        return print_sheets(args)
    only = set(args.only or ())
    known = {view.name for view in VIEWS} | set(EXTRA)
    if only - known:
        raise Problem(
            "shell.no_such_view",
            view=", ".join(sorted(only - known)),
            known=", ".join(sorted(known)),
        )
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        args.dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            "shell.cannot_write", file=str(args.dir), what=error.strerror or str(error)
        ) from error
    from ui.app import Application

    app = Application()
    app.qt.setCursorFlashTime(0)
    try:
        with tempfile.TemporaryDirectory(prefix="vigil-pictures-") as folder:
            places = Places(Path(folder))
            # Tiles are worth keeping: the cache is the user's own.
            places = _with_cache(places, Places(args.data_dir).cache).prepare()
            for name, path in _paint(places, args.dir, only):
                print(f"{name}: {path}")
    finally:
        app.restore()
    return 0


def _with_cache(places: Places, cache: Path) -> Places:
    class Pictures(Places):
        """Throw-away journals, kept tiles."""

        @property
        def cache(self) -> Path:
            return cache

    return Pictures(places.data_dir)


def _paint(places: Places, into: Path, only: set[str]) -> Iterator[tuple[str, Path]]:
    wanted = [view for view in VIEWS if not only or view.name in only]
    if not only or "sign-on" in only:
        yield from _sign_on(places, into)
    if wanted or not only or "incident" in only:
        yield from _shift_views(places, into, wanted, incident=not only or "incident" in only)
    if not only or "san-francisco" in only:
        yield from _san_francisco(places, into)
    if not only or "replay" in only:
        yield from _replay(places, into)


# -- scenes ------------------------------------------------------------------------------------


def _sign_on(places: Places, into: Path) -> Iterator[tuple[str, Path]]:
    centre = scenes.fresh_shift(places)
    surface = _surface(centre)
    try:
        surface.commands.run("people.sign_on")
        yield "sign-on", _grab(surface, surface.window, into / "sign-on.png")
    finally:
        surface.close()


def _shift_views(
    places: Places, into: Path, views: Sequence[View], *, incident: bool
) -> Iterator[tuple[str, Path]]:
    centre = scenes.worked_shift(places)
    surface = _surface(centre)
    try:
        for view in views:
            surface.context.set_theme(view.theme)
            surface.context.set_language(view.language)
            surface.window.resize(*view.size)
            _turn(surface)
            view.prepare(surface)
            yield view.name, _grab(surface, surface.window, into / f"{view.name}.png")
            if surface.context.locked:
                surface.window.set_locked(False)
                surface.window.sign_on_overlay.accepted()
        if incident:
            surface.context.set_theme("dark")
            surface.context.set_language("en")
            surface.window.resize(*SIZE)
            _city(surface)
            panel = surface.window.docks["incident"]
            yield "incident", _grab(surface, panel, into / "incident.png")
    finally:
        surface.close()


def _san_francisco(places: Places, into: Path) -> Iterator[tuple[str, Path]]:
    """Only where the development data are: their calls may not be shipped."""
    shared = os.environ.get("VIGIL_SHARED")
    if shared is None:
        print(say("shell.no_san_francisco"), file=sys.stderr)
        return
    centre = scenes.san_francisco(places, Path(shared) / "data")
    surface = _surface(centre)
    try:
        _city(surface)
        yield "san-francisco", _grab(surface, surface.window, into / "san-francisco.png")
    finally:
        surface.close()


def _replay(places: Places, into: Path) -> Iterator[tuple[str, Path]]:
    """The worked shift again, as it stood in its middle."""
    from PySide6.QtWidgets import QApplication

    from ui.replay.surface import open_replay

    journal = places.journals / "shift.vigil"
    if not journal.exists():
        scenes.worked_shift(places).close()
    replay = open_replay(journal, places)
    try:
        replay.window.resize(*SIZE)
        replay.start()
        replay.seek(replay.timeline.start_us + scenes.WORKED_US // 2)
        rows = replay.board.queue(replay.player.now_us).rows()
        replay.context.selection.choose_incident(rows[0].incident.incident_id if rows else None)
        view = getattr(replay.window.panel("map"), "view", None)
        point = rows[0].incident.place.point if rows else None
        if view is not None and point is not None:
            view.centre_on(point.lon, point.lat, 14.0)
        _until_sharp(replay.window, lambda: QApplication.processEvents())
        path = into / "replay.png"
        _save(replay.window, path)
        yield "replay", path
    finally:
        replay.close()


# -- painting ----------------------------------------------------------------------------------


def _surface(centre: Centre) -> Surface:
    from ui.surface import Surface

    surface = Surface(centre)
    surface.load_gazetteer()
    surface.window.resize(*SIZE)
    surface.window.show()
    _turn(surface)
    return surface


def _turn(surface: Surface, seconds: float = 0.3) -> None:
    """Let the window's loop and an inline lane run for a moment."""
    from PySide6.QtWidgets import QApplication

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        surface.centre.serve_waiting()
        surface.centre.step()
        QApplication.processEvents()
        time.sleep(0.005)


def _grab(surface: Surface, widget: QWidget, path: Path) -> Path:
    """Wait until the map has every tile, then save the picture."""
    _until_sharp(surface.window, lambda: _turn(surface, 0.05))
    _save(widget, path)
    return path


def _until_sharp(window: Workstation, turn: Callable[[], None]) -> None:
    """Turn the loop until the map stands whole, and a little longer for what comes late."""
    begun = time.monotonic()
    settled = begun + SETTLE_S
    view = getattr(window.panel("map"), "view", None)
    while time.monotonic() < begun + SHARP_WITHIN_S:
        turn()
        time.sleep(0.005)
        if view is not None and not view.is_sharp:
            settled = time.monotonic() + SETTLE_S
        elif time.monotonic() >= settled:
            break


def _save(widget: QWidget, path: Path) -> None:
    if not widget.grab().save(str(path)):
        raise Problem("shell.cannot_write", file=str(path), what="PNG")
