"""The timeline to drag on: calls, dispatches, alarms and closures as marks over a time axis.

Each kind has a row and a shape of its own, so that colour alone says nothing. The marks are
painted once into a picture; a moving playhead costs two lines a frame.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from dispatch.replay import Mark
from ui.panel import PanelContext
from ui.replay.ticks import ticks
from ui.theme.fonts import Size, font

ROWS = ("call", "dispatch", "alarm", "closed")
EXTRA_ROW = "inject"
ROW_HEIGHT = 14
AXIS_HEIGHT = 18
PAD = 8
NEAR_PX = 6
"""How near the pointer must be to a mark to name it."""


class Track(QWidget):
    """Emits `dragged(t_us)` at every move of the hand; the listener decides how often to seek."""

    dragged = Signal(object)
    released = Signal()

    def __init__(self, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._zone = ZoneInfo(context.time_zone)
        self._marks: Sequence[Mark] = ()
        self._drawn = 0
        self._numbers: dict[str, str] = {}
        self._start_us, self._end_us, self._now_us = 0, 1, 0
        self._known_us = 1
        self._rows = ROWS
        self._picture: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        context.theme_changed.connect(self._renew)
        context.language_changed.connect(self._renew)

    # -- what it shows -------------------------------------------------------------------------

    def set_span(self, start_us: int, end_us: int) -> None:
        """The first and last moment."""
        if (start_us, end_us) != (self._start_us, self._end_us):
            self._start_us, self._end_us = start_us, max(end_us, start_us + 1)
            self._renew()

    def set_marks(self, marks: Sequence[Mark], numbers: dict[str, str], known_us: int) -> None:
        """The marks so far; beyond `known_us` nothing has been read yet."""
        if len(marks) == self._drawn and known_us == self._known_us and marks is self._marks:
            return
        self._marks, self._numbers, self._known_us = marks, numbers, known_us
        self._drawn = len(marks)
        rows = (*ROWS, EXTRA_ROW) if any(m.kind == EXTRA_ROW for m in marks) else ROWS
        if rows != self._rows:
            self._rows = rows
            self.updateGeometry()
        self._renew()

    def set_now(self, now_us: int) -> None:
        """Move the playhead."""
        if now_us != self._now_us:
            before, self._now_us = self._x(self._now_us), now_us
            after = self._x(now_us)
            if round(before) != round(after):
                left, right = sorted((before, after))
                self.update(QRect(round(left) - 8, 0, round(right - left) + 16, self.height()))

    def _renew(self) -> None:
        self._picture = None
        self.update()

    # -- geometry ------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """All rows and the axis."""
        return QSize(600, len(self._rows) * ROW_HEIGHT + AXIS_HEIGHT + 6)

    def minimumSizeHint(self) -> QSize:
        """The same height, in a narrow window too."""
        return QSize(320, self.sizeHint().height())

    def _names_width(self) -> int:
        metrics = QFontMetrics(font(Size.SMALL))
        names = (self._context.say(f"replay.row.{row}") for row in self._rows)
        return max(metrics.horizontalAdvance(name) for name in names) + 2 * PAD

    def _left(self) -> float:
        return float(self._names_width())

    def _width(self) -> float:
        return max(1.0, self.width() - self._left() - PAD)

    def _x(self, t_us: int) -> float:
        share = (t_us - self._start_us) / (self._end_us - self._start_us)
        return self._left() + min(1.0, max(0.0, share)) * self._width()

    def time_at(self, x: float) -> int:
        """The moment under a point of the widget."""
        share = min(1.0, max(0.0, (x - self._left()) / self._width()))
        return self._start_us + round(share * (self._end_us - self._start_us))

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The kept picture, and the playhead over it."""
        if self._picture is None:
            self._picture = self._paint_marks()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        mode = self._context.theme.mode("replay")
        x, ui = self._x(self._now_us), self._context.theme.ui
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(ui.surface), 4))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height() - AXIS_HEIGHT))
        painter.setPen(QPen(QColor(mode.frame), 2))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height() - AXIS_HEIGHT))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mode.frame))
        painter.drawPolygon(QPolygonF([QPointF(x - 6, 0), QPointF(x + 6, 0), QPointF(x, 8)]))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(ui.focus), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_marks(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        ui = self._context.theme.ui
        picture.fill(QColor(ui.panel))
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(Size.SMALL))
        bottom = 4 + len(self._rows) * ROW_HEIGHT
        for number, row in enumerate(self._rows):
            middle = 4 + number * ROW_HEIGHT + ROW_HEIGHT / 2
            painter.setPen(QColor(ui.text_dim))
            rect = QRectF(PAD, middle - 8, self._left() - 2 * PAD, 16)
            align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(rect, align, self._context.say(f"replay.row.{row}"))
            painter.setPen(QPen(QColor(ui.hairline), 1))
            painter.drawLine(QPointF(self._left(), middle), QPointF(self._x(self._end_us), middle))
        if self._known_us < self._end_us:
            unread = QRectF(self._x(self._known_us), 4, self.width(), bottom - 4)
            painter.fillRect(unread, QColor(ui.track))
        self._paint_axis(painter, bottom)
        self._paint_shapes(painter)
        painter.end()
        return picture

    def _paint_axis(self, painter: QPainter, bottom: int) -> None:
        ui = self._context.theme.ui
        for tick in ticks(self._start_us, self._end_us, round(self._width()), self._zone):
            x = self._x(tick.t_us)
            painter.setPen(QPen(QColor(ui.outline if tick.is_day else ui.hairline), 1))
            painter.drawLine(QPointF(x, 2), QPointF(x, bottom + 3))
            painter.setPen(QColor(ui.text if tick.is_day else ui.text_dim))
            rect = QRectF(x - 40, bottom + 2, 80, AXIS_HEIGHT)
            if rect.left() >= self._left() - 24 and rect.right() <= self.width() + 24:
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, tick.text)

    def _paint_shapes(self, painter: QPainter) -> None:
        ui = self._context.theme.ui
        place = {row: 4 + n * ROW_HEIGHT + ROW_HEIGHT / 2 for n, row in enumerate(self._rows)}
        drawn: set[tuple[str, int]] = set()
        for mark in self._marks:
            middle = place.get(mark.kind)
            x = self._x(mark.t_us)
            if middle is None or (mark.kind, round(x)) in drawn:
                continue
            drawn.add((mark.kind, round(x)))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            match mark.kind:
                case "call":
                    painter.setBrush(QColor(ui.bar))
                    painter.drawRect(QRectF(x - 1, middle - 5, 2, 10))
                case "dispatch":
                    painter.setBrush(QColor(ui.accent_text))
                    points = ((x - 4, middle - 4), (x + 4, middle), (x - 4, middle + 4))
                    painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))
                case "alarm":
                    painter.setBrush(QColor(ui.alarm))
                    points = ((x, middle - 5), (x + 5, middle + 4), (x - 5, middle + 4))
                    painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))
                case "closed":
                    painter.setPen(QPen(QColor(ui.good), 1.5))
                    painter.drawEllipse(QPointF(x, middle), 3.5, 3.5)
                case _:
                    painter.setBrush(QColor(self._context.theme.mode("exercise").frame))
                    points = ((x, middle - 5), (x + 5, middle), (x, middle + 5), (x - 5, middle))
                    painter.drawPolygon(QPolygonF([QPointF(*point) for point in points]))

    # -- the hand ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there, and follow while the button is held."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self.dragged.emit(self.time_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the hand."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(self.time_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The hand let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.released.emit()

    def event(self, event: object) -> bool:  # type: ignore[override]
        """What the mark under the pointer is."""
        if isinstance(event, QHelpEvent):
            words = self.words_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)  # type: ignore[arg-type]

    def words_at(self, x: float, y: float) -> str:
        """The mark near a point in words, else the time there."""
        row = int((y - 4) // ROW_HEIGHT)
        kind = self._rows[row] if 0 <= row < len(self._rows) else None
        from_us, to_us = self.time_at(x - NEAR_PX), self.time_at(x + NEAR_PX)
        first = bisect.bisect_left(self._marks, from_us, key=lambda mark: mark.t_us)
        near = []
        for mark in self._marks[first:]:
            if mark.t_us > to_us:
                break
            if mark.kind == kind:
                near.append(mark)
        if not near:
            return self._context.say("replay.here", time=self.clock_text(self.time_at(x)))
        best = min(near, key=lambda mark: abs(self._x(mark.t_us) - x))
        return self.words_of(best)

    def words_of(self, mark: Mark) -> str:
        """A mark in words: when, what, and on which incident."""
        say = self._context.say
        what = say(f"replay.mark.{mark.kind}", number=self._numbers.get(mark.stream, ""))
        if mark.said is not None:
            what = f"{what.rstrip(' :')}: {say(mark.said)}"
        return f"{self.clock_text(mark.t_us)}  {what}"

    def clock_text(self, t_us: int) -> str:
        """A moment as the clocks in the region showed it."""
        local = datetime.fromtimestamp(t_us // 1_000_000, UTC).astimezone(self._zone)
        return local.strftime("%H:%M:%S")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Painted anew at the new width."""
        self._renew()
        super().resizeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is."""
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard is elsewhere."""
        self.update()
        super().focusOutEvent(event)
