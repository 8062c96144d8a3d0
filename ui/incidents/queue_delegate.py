"""How a line of the queue is drawn: three lines of text, a level's symbol, a thin bar."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.incidents.durations import span
from ui.incidents.queue_lines import Line
from ui.incidents.queue_model import Role
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.icons import draw_level

GROUP_HEIGHT = 32
LINE_HEIGHT = 80
CALL_HEIGHT = 52
EMPTY_HEIGHT = 56
SYMBOL = 28
LEFT = 56
PAD = 12
LEFT_TEXT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT_TEXT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
Index = QModelIndex | QPersistentModelIndex


class QueueDelegate(QStyledItemDelegate):
    """Draws by the theme's tokens alone."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._chosen = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Heights by kind; the width is the view's."""
        line: Line = index.data(Role.LINE)
        if line.kind == "empty":
            width = option.rect.width() or 300
            metrics = QFontMetrics(font(Size.BODY))
            room = QRect(0, 0, max(120, width - 2 * PAD), 400)
            needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, line.title).height()
            return QSize(0, max(EMPTY_HEIGHT, needed + 2 * PAD))
        heights = {"group": GROUP_HEIGHT, "incident": LINE_HEIGHT, "call": CALL_HEIGHT}
        return QSize(0, heights[line.kind])

    def ticking(self, rect: QRect, line: Line) -> QRect:
        """The part of a line that changes with time alone."""
        if line.kind == "incident" and line.target is not None:
            return rect
        return QRect(rect.right() - 96, rect.top(), 97, 32)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """A heading, an empty line, a call or an incident."""
        line: Line = index.data(Role.LINE)
        painter.save()
        painter.setClipRect(option.rect)
        match line.kind:
            case "group":
                self._group(painter, option.rect, line)
            case "empty":
                self._empty(painter, option.rect, line)
            case _:
                self._ground(painter, option)
                self._incident(painter, option.rect, line, index)
        painter.restore()

    def _group(self, painter: QPainter, rect: QRect, line: Line) -> None:
        ui = self._context.theme.ui
        if rect.top() > 0:
            painter.fillRect(rect.left(), rect.top(), rect.width(), 1, QColor(ui.outline))
        area = rect.adjusted(PAD, 0, -PAD, 0)
        painter.setFont(font(Size.SMALL))
        painter.setPen(QColor(ui.text_dim))
        painter.drawText(area, RIGHT_TEXT, line.aside)
        taken = painter.fontMetrics().horizontalAdvance(line.aside)
        painter.setFont(font(Size.SMALL, bold=True, spaced=True))
        _elided(painter, area.adjusted(0, 0, -taken - 8, 0), line.title, LEFT_TEXT)

    def _empty(self, painter: QPainter, rect: QRect, line: Line) -> None:
        painter.setFont(font(Size.BODY))
        painter.setPen(QColor(self._context.theme.ui.text_dim))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(rect.adjusted(PAD, 0, -PAD, 0), int(flags), line.title)

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        ui, rect = self._context.theme.ui, option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(rect, QColor(ui.selected))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(ui.hover))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, QColor(ui.hairline))
        if not chosen:
            return
        focused = self._chosen.hasFocus()
        painter.fillRect(rect.left(), rect.top(), 3, rect.height(), QColor(ui.focus))
        if focused:
            painter.setPen(QPen(QColor(ui.focus), 1))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))

    def _incident(self, painter: QPainter, rect: QRect, line: Line, index: Index) -> None:
        ui = self._context.theme.ui
        late = bool(index.data(Role.LATE))
        over = late and line.target is not None and line.target.stopped_us is None
        self._symbol(painter, rect, line)
        text = QRect(rect.left() + LEFT, rect.top() + 8, rect.width() - LEFT - PAD, 20)
        age = span(float(index.data(Role.AGE_S)))
        ink = ui.late_text if over or line.ringing else ui.text_strong
        self._pair(
            painter,
            text,
            (line.title, font(Size.LARGE, bold=True), ui.text_strong),
            (age, font(Size.LARGE, bold=True), ink),
        )
        text.translate(0, 21)
        text.setHeight(18)
        right = line.units if line.kind == "incident" else line.facts
        self._pair(
            painter,
            text,
            (line.address, font(Size.BODY), ui.text_dim),
            (right, font(Size.BODY), ui.text_dim),
        )
        if line.kind != "incident":
            return
        text.translate(0, 19)
        target = str(index.data(Role.TARGET_TEXT))
        if target:
            ink = ui.late_text if late else ui.text
            self._facts(painter, text, index, (target, font(Size.SMALL, bold=over), ink))
        else:
            reason = "" if line.reason == line.pressing else line.reason
            self._facts(painter, text, index, (reason, font(Size.SMALL), ui.text))
        used = index.data(Role.USED)
        if used is not None:
            self._bar(painter, rect, min(1.0, float(used)), late)

    def _symbol(self, painter: QPainter, rect: QRect, line: Line) -> None:
        ui = self._context.theme.ui
        box = QRectF(rect.left() + 16, rect.top() + 10, SYMBOL, SYMBOL)
        if line.rank is not None:
            colours = self._context.theme.level(line.rank)
            painter.setFont(font(Size.BODY, bold=True))
            draw_level(painter, line.rank, box, colours.fill, colours.ink, colours.line)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(ui.late if line.ringing else ui.control), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box.adjusted(3, 3, -3, -3))
        painter.setFont(font(Size.BODY, bold=True))
        painter.setPen(QColor(ui.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "!" if line.ringing else "?")

    def _facts(
        self, painter: QPainter, rect: QRect, index: Index, right: tuple[str, QFont, str]
    ) -> None:
        """Line three: what presses in strong ink, then the facts, the target at the right."""
        ui = self._context.theme.ui
        line: Line = index.data(Role.LINE)
        words, face, ink = right
        painter.setFont(face)
        painter.setPen(QColor(ink))
        painter.drawText(rect, RIGHT_TEXT, words)
        taken = painter.fontMetrics().horizontalAdvance(words)
        area = rect.adjusted(0, 0, -taken - (10 if taken else 0), 0)
        if line.pressing:
            painter.setFont(font(Size.SMALL, bold=True))
            painter.setPen(QColor(ui.late_text if index.data(Role.LOUD) else ui.text_strong))
            _elided(painter, area, line.pressing, LEFT_TEXT)
            used = painter.fontMetrics().horizontalAdvance(line.pressing)
            painter.setFont(font(Size.SMALL))
            painter.setPen(QColor(ui.text_faint))
            room = area.adjusted(used, 0, 0, 0)
            if room.width() > 24:
                _elided(painter, room, f" · {line.facts}", LEFT_TEXT)
            return
        painter.setFont(font(Size.SMALL))
        painter.setPen(QColor(ui.text_faint))
        _elided(painter, area, line.facts, LEFT_TEXT)

    def _bar(self, painter: QPainter, rect: QRect, used: float, late: bool) -> None:
        ui = self._context.theme.ui
        top = rect.bottom() - 9
        wide = rect.width() - LEFT - PAD
        painter.fillRect(rect.left() + LEFT, top, wide, 3, QColor(ui.track))
        full = QColor(ui.late if late else ui.bar)
        painter.fillRect(rect.left() + LEFT, top, round(wide * used), 3, full)

    @staticmethod
    def _pair(
        painter: QPainter, rect: QRect, left: tuple[str, QFont, str], right: tuple[str, QFont, str]
    ) -> None:
        words, face, ink = right
        painter.setFont(face)
        painter.setPen(QColor(ink))
        painter.drawText(rect, RIGHT_TEXT, words)
        taken = painter.fontMetrics().horizontalAdvance(words)
        words, face, ink = left
        painter.setFont(face)
        painter.setPen(QColor(ink))
        _elided(painter, rect.adjusted(0, 0, -taken - (10 if taken else 0), 0), words, LEFT_TEXT)


def _elided(painter: QPainter, rect: QRect, text: str, flags: Qt.AlignmentFlag) -> None:
    short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, flags, short)
