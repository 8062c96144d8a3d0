"""Words that stand on the map's glass while something goes on: following, measuring, carrying.

They stand at the lower edge, in the middle, over the scale: the upper edge is for alarms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from ui.theme.fonts import Size, font
from ui.theme.stylesheet import set_look

#: Over the scale and the coordinates, whose upper edge is 38 pixels up.
UP_PX = 46
SIDE_PX = 12
WIDEST_PX = 760
BRIEF_MS = 2500


@dataclass
class _Strip:
    frame: QWidget
    words: QLabel
    more: QLabel
    close: QToolButton
    row: QHBoxLayout


class Strips(QWidget):
    """The strips of one map; a newer text of the same key takes the place of the one before."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._strips: dict[str, _Strip] = {}
        self._passing: dict[str, QTimer] = {}
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(4)
        over.installEventFilter(self)
        self.hide()

    def show_words(
        self,
        key: str,
        words: str,
        more: str = "",
        *,
        on_close: Callable[[], None] | None = None,
        close_words: str = "",
    ) -> None:
        """Put words on the glass; `more` stands behind them, dimmed. `on_close` gives a cross."""
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._make(on_close)
            self._announce(words)
        strip.close.setAccessibleName(close_words)
        strip.close.setToolTip(close_words)
        if (strip.words.text(), strip.more.text()) != (words, more):
            strip.words.setText(words)
            strip.more.setText(more)
            strip.more.setVisible(bool(more))
        self._place()

    def tell_briefly(self, key: str, words: str, more: str = "") -> None:
        """Words that answer the key just pressed; they go by themselves."""
        self.show_words(key, words, more)
        timer = self._passing.get(key)
        if timer is None:
            timer = self._passing[key] = QTimer(self, interval=BRIEF_MS, singleShot=True)
            timer.timeout.connect(lambda: self.take_away(key))
        timer.start()

    def take_away(self, key: str) -> None:
        """Away with the words of a key."""
        strip = self._strips.pop(key, None)
        if strip is not None:
            strip.frame.hide()
            self._rows.removeWidget(strip.frame)
            strip.frame.deleteLater()
            self._place()

    def words_of(self, key: str) -> str:
        """What a strip says, "" where it does not stand."""
        strip = self._strips.get(key)
        return " ".join(filter(None, (strip.words.text(), strip.more.text()))) if strip else ""

    def _make(self, on_close: Callable[[], None] | None) -> _Strip:
        frame = _Frame(self)
        words, more = QLabel(frame), QLabel(frame)
        for label, look in ((words, "strong"), (more, "dim")):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setFont(font(Size.BODY if label is words else Size.SMALL))
            set_look(label, look)
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        close = QToolButton(frame)
        close.setText("×")
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.setCursor(Qt.CursorShape.ArrowCursor)
        close.setVisible(on_close is not None)
        if on_close is not None:
            close.clicked.connect(on_close)
        row = QHBoxLayout(frame)
        row.setContentsMargins(12, 4, 8, 4)
        row.setSpacing(12)
        row.addWidget(words)
        row.addWidget(more)
        row.addWidget(close)
        self._rows.addWidget(frame, 0, Qt.AlignmentFlag.AlignHCenter)
        frame.show()
        return _Strip(frame, words, more, close, row)

    def _announce(self, words: str) -> None:
        over = self.parentWidget()
        if over is not None and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(over, words))

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def _place(self) -> None:
        over = self.parentWidget()
        if over is None or not self._strips:
            self.hide()
            return
        widest = max(120, min(WIDEST_PX, over.width() - 2 * SIDE_PX))
        for strip in self._strips.values():
            strip.frame.setMaximumWidth(widest)
            strip.row.activate()  # or the words just set are measured as the ones before
        self._rows.activate()
        size = self._rows.sizeHint().boundedTo(QSize(widest, over.height()))
        at = QPoint((over.width() - size.width()) // 2, over.height() - UP_PX - size.height())
        self.setGeometry(at.x(), at.y(), size.width(), size.height())
        self.show()
        self.raise_()


class _Frame(QWidget):
    """One strip; a click on it is not a click on the map."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("mapStrip")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
