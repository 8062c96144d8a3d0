"""The map alone in a window of its own, for a wall screen: same frame, same badge, the time.

It opens where it stood: on the same monitor, found by its name, full screen if it was. The first
time it takes a second monitor whole. A monitor that vanishes leaves it as an ordinary window on
one that is there.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QGuiApplication,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QScreen,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.incidents.durations import clock_text
from ui.map.layers import ViewState
from ui.panel import Panel, PanelContext
from ui.shell.mode import ModeBadge, mode_colours, mode_words
from ui.theme.fonts import Size, font

log = logging.getLogger(__name__)

#: Broader than the workstation's: a wall is looked at from across the room.
FRAME_WIDTH = 8
VERSION = 1
MAX_BYTES = 10_000
FILE = "wall-map.json"
ORDINARY = QSize(1280, 800)


class KeptWall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the window stood, relative to its monitor, and where its map looked."""

    version: int = VERSION
    screen: str
    left: int
    top: int
    width: int
    height: int
    full: bool
    region: str = ""
    lon: float = 0.0
    lat: float = 0.0
    zoom: float = 0.0


def read_wall(folder: Path | None) -> KeptWall | None:
    """What was kept; None where nothing was, or it cannot be used."""
    if folder is None:
        return None
    try:
        path = folder / FILE
        if path.stat().st_size > MAX_BYTES:
            return None
        kept = msgspec.json.decode(path.read_bytes(), type=KeptWall)
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        log.warning("the place of the wall map is unreadable and is passed over", exc_info=True)
        return None
    small = kept.width < 200 or kept.height < 150
    return None if kept.version != VERSION or small else kept


class WallMap(QWidget):
    """A window with one panel, a strip that names mode, region and time, and the mode's frame."""

    closed = Signal()

    def __init__(self, context: PanelContext, panel: Panel, region_name: str) -> None:
        super().__init__()
        self._context, self._panel = context, panel
        self._on = ""
        self.setObjectName("wallMap")
        strip = QWidget(self)
        strip.setAutoFillBackground(True)
        region = QLabel(region_name, strip, textFormat=Qt.TextFormat.PlainText)
        region.setProperty("look", "strong")
        region.setFont(font(Size.LARGE, bold=True))
        self.clock = QLabel(strip)
        self.clock.setProperty("look", "strong")
        self.clock.setFont(font(Size.TITLE, bold=True))
        row = QHBoxLayout(strip)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        row.addWidget(ModeBadge(context, strip))
        row.addWidget(region)
        row.addStretch(1)
        row.addWidget(self.clock)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(FRAME_WIDTH, FRAME_WIDTH, FRAME_WIDTH, FRAME_WIDTH)
        rows.setSpacing(0)
        rows.addWidget(strip)
        rows.addWidget(panel, 1)
        context.language_changed.connect(self.retranslate)
        context.theme_changed.connect(self.update)
        context.ticked.connect(self._tick)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenRemoved.connect(self._screen_gone)
        self.retranslate()
        self._tick(context.clock.now_us())
        self.resize(ORDINARY)

    # -- where ---------------------------------------------------------------------------------

    def open_beside(self, window: QWidget) -> None:
        """Show it where it stood; else whole on a monitor that `window` is not on; else beside."""
        kept = read_wall(self._context.kept)
        screens = QGuiApplication.screens()
        if kept is not None:
            screen = next((s for s in screens if s.name() == kept.screen), None)
            self._look_at(kept)
            if screen is not None:
                spot = QRect(kept.left, kept.top, kept.width, kept.height)
                self._stand_on(screen, spot, full=kept.full)
                return
        elif (second := next((s for s in screens if s is not window.screen()), None)) is not None:
            self._stand_on(second, None, full=True)
            return
        self._stand_on(window.screen(), None, full=False)

    def _stand_on(self, screen: QScreen, spot: QRect | None, *, full: bool) -> None:
        room = screen.availableGeometry()
        size = (spot.size() if spot is not None else ORDINARY).boundedTo(room.size())
        place = QRect(room.topLeft(), size)
        if spot is None:
            place.moveCenter(room.center())
        else:
            place.moveTopLeft(screen.geometry().topLeft() + spot.topLeft())
            place.moveLeft(max(room.left(), min(place.left(), room.right() - size.width() + 1)))
            place.moveTop(max(room.top(), min(place.top(), room.bottom() - size.height() + 1)))
        self._on = screen.name()
        self.setScreen(screen)
        self.setGeometry(place)
        if full:
            self.showFullScreen()
        else:
            self.showNormal()

    def turn_full_screen(self) -> None:
        """The whole of its monitor, or an ordinary window again."""
        if self.isFullScreen():
            self.showNormal()
        else:
            self.showFullScreen()

    def _screen_gone(self, screen: QScreen) -> None:
        """Its monitor was pulled out: an ordinary window where people look, never over it all."""
        if self.screen() is screen or screen.name() == self._on:
            # Once Qt itself has moved what stood there.
            QTimer.singleShot(0, self, self.come_back)

    def come_back(self) -> None:
        """An ordinary window on the first monitor."""
        self._stand_on(QGuiApplication.primaryScreen(), None, full=False)

    def moveEvent(self, event: QMoveEvent) -> None:
        """A person drew it to another monitor."""
        super().moveEvent(event)
        if self.screen() is not None and self.isVisible():
            self._on = self.screen().name()

    def _look_at(self, kept: KeptWall) -> None:
        view = getattr(self._panel, "view", None)
        sane = abs(kept.lon) <= 180 and abs(kept.lat) <= 85 and 0 < kept.zoom <= 22
        if view is not None and sane and kept.region == self._region():
            view.restore_view(ViewState(lon=kept.lon, lat=kept.lat, zoom=kept.zoom))

    def _region(self) -> str:
        return self._context.pack.name if self._context.pack is not None else ""

    def _keep(self) -> None:
        folder, screen = self._context.kept, self.screen()
        if folder is None or screen is None:
            return
        place = self.normalGeometry() if self.isFullScreen() else self.geometry()
        if not place.isValid():
            place = QRect(screen.availableGeometry().topLeft(), ORDINARY)
        corner = place.topLeft() - screen.geometry().topLeft()
        view = getattr(self._panel, "view", None)
        looked = view.view_state() if view is not None else ViewState(0.0, 0.0, 0.0)
        kept = KeptWall(
            screen=screen.name(),
            left=corner.x(),
            top=corner.y(),
            width=place.width(),
            height=place.height(),
            full=self.isFullScreen(),
            region=self._region(),
            lon=looked.lon,
            lat=looked.lat,
            zoom=looked.zoom,
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fresh = folder / f"{FILE}.new"
            fresh.write_bytes(msgspec.json.encode(kept))
            fresh.replace(folder / FILE)
        except OSError:
            log.warning("the place of the wall map could not be saved", exc_info=True)

    # -- looks ---------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """The window's title."""
        where = self._context.say("shell.wall_map")
        self.setWindowTitle(f"Vigil · {where} · {mode_words(self._context)}")

    def _tick(self, now_us: int) -> None:
        text = clock_text(now_us, self._context.time_zone, seconds=True)
        if text != self.clock.text():
            self.clock.setText(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The frame."""
        QPainter(self).fillRect(self.rect(), QColor(mode_colours(self._context).frame))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where it stood, end what its map runs, tell the workstation that it is gone."""
        self._keep()
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenRemoved.disconnect(self._screen_gone)
        self._panel.shut()
        self.closed.emit()
        super().closeEvent(event)
