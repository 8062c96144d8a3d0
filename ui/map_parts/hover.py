"""The card beside the pointer: what one thing on the map is, without a click.

It comes after the pointer has rested a moment, never takes the focus, never lies under the
pointer, and goes at once.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QPointF, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.incidents.pieces import LevelSymbol, ai_mark
from ui.map.view import MapView
from ui.map_parts.card import Card, CardWriter, card_of_messages
from ui.map_parts.part import MapPart
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.theme.icons import icon_pixmap
from ui.theme.stylesheet import set_look

AFTER_MS = 250
#: Between the pointer's tip and the card.
GAP_PX = 18
WIDE_PX = 300
EDGE_PX = 8
LINES = 14


class HoverCard(QFrame):
    """The card itself: a child of the map that no pointer can touch."""

    def __init__(self, context: PanelContext, over: QWidget) -> None:
        super().__init__(over)
        self._context = context
        self.setObjectName("mapCard")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.level = LevelSymbol(context, self, 22)
        self.icon = QLabel(self)
        self.title, self.aside = QLabel(self), QLabel(self)
        self.title.setFont(font(Size.LARGE, bold=True))
        set_look(self.title, "strong")
        self.aside.setFont(font(Size.SMALL))
        set_look(self.aside, "dim")
        for label in (self.title, self.aside):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.level, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self.title, 1)
        head.addWidget(self.aside, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 8, 12, 8)
        rows.setSpacing(4)
        rows.addLayout(head)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        self._lines: list[tuple[QLabel, QLabel]] = []
        for row in range(LINES):
            mark, line = ai_mark(self), QLabel(self)
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setWordWrap(True)
            line.setFont(font(Size.SMALL))
            grid.addWidget(mark, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(line, row, 1)
            self._lines.append((mark, line))
        rows.addLayout(grid)
        self.hide()

    def fill(self, card: Card) -> None:
        """Put a card's words in."""
        self.level.setVisible(card.rank is not None)
        self.level.set_rank(card.rank or None)
        self.icon.setVisible(bool(card.icon))
        if card.icon:
            ink, ratio = self._context.theme.state(card.icon), self.devicePixelRatioF()
            self.icon.setPixmap(icon_pixmap(card.icon, 16, ink, ratio))
        self.title.setText(card.title)
        self.aside.setText(card.aside)
        self.aside.setVisible(bool(card.aside))
        lines = [line for line in card.lines if line.text][:LINES]
        for number, (mark, label) in enumerate(self._lines):
            shown = number < len(lines)
            label.setVisible(shown)
            mark.setVisible(shown and lines[number].ai)
            if shown:
                set_look(label, lines[number].look if lines[number].look != "text" else "")
                label.setText(lines[number].text)

    def words(self) -> list[str]:
        """Everything the card says, for tests and for reading out."""
        said = [self.title.text(), self.aside.text()]
        said += [label.text() for _, label in self._lines if not label.isHidden()]
        return [text for text in said if text]

    def stand_beside(self, at: QPoint) -> None:
        """Beside a point of the map, within the map, never over the point."""
        over = self.parentWidget()
        assert over is not None
        layout = self.layout()
        assert layout is not None
        layout.activate()
        wide = min(WIDE_PX, max(160, over.width() - 2 * EDGE_PX))
        size = QSize(wide, max(self.minimumSizeHint().height(), layout.totalHeightForWidth(wide)))
        self.setFixedSize(size)
        x, y = at.x() + GAP_PX, at.y() + GAP_PX
        if x + size.width() > over.width() - EDGE_PX:
            x = at.x() - GAP_PX - size.width()
        if y + size.height() > over.height() - EDGE_PX:
            y = at.y() - GAP_PX - size.height()
        if x < EDGE_PX:  # neither side has room: above or below the point it may lie across
            x = max(EDGE_PX, min(at.x() - wide // 2, over.width() - EDGE_PX - wide))
        elif y < EDGE_PX:
            y = EDGE_PX  # beside the point there is room, so it is not covered
        self.move(x, y)


class Hover(MapPart):
    """Shows the card of what the pointer rests on."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.card = HoverCard(context, view)
        self.writer = CardWriter(view, context)
        self._found = ""
        self._at = QPointF()
        self._second = 0
        self._soon = QTimer(self, interval=AFTER_MS, singleShot=True)
        self._soon.timeout.connect(self._show)
        view.hovered.connect(self._hovered)
        view.pointer_moved.connect(self._moved)
        view.view_changed.connect(self.hide)
        view.menu_asked.connect(lambda at: self.hide())
        context.privacy_changed.connect(self.hide)

    def hide(self) -> None:
        """Away at once."""
        self._soon.stop()
        self.card.hide()

    def _hovered(self, found: str) -> None:
        self._found = found
        self.hide()
        if found:
            self._soon.start()

    def _moved(self, at: QPointF | None) -> None:
        if at is None:
            self._found = ""
            self.hide()
            return
        moved = at - self._at
        self._at = at
        if self.card.isVisible() and max(abs(moved.x()), abs(moved.y())) > 0:
            if self.card.geometry().adjusted(-4, -4, 4, 4).contains(at.toPoint()):
                self.hide()
        elif self._found and not self.card.isVisible():
            self._soon.start()  # it waits for the pointer to rest

    def _show(self) -> None:
        card = self._card()
        if card is None or not self.view.isVisible() or self.view.hands.dragging:
            return
        self.card.fill(card)
        self.card.stand_beside(self._at.toPoint())
        self.card.show()
        self.card.raise_()

    def _card(self) -> Card | None:
        if not self._found:
            return None
        own = self.writer.card(self._found, self.context.clock.now_us())
        if own is not None:
            return own
        for part in getattr(self.owner, "parts", ()):
            card = card_of_messages(self.context, part.describe(self._found))
            if card is not None:
                return card
        return None

    def refresh(self, now_us: int) -> None:
        """What it says keeps in step with the board."""
        if not self.card.isVisible() or now_us // 1_000_000 == self._second:
            return
        self._second = now_us // 1_000_000
        card = self._card()
        if card is None:
            self.hide()
        else:
            self.card.fill(card)
            self.card.stand_beside(self._at.toPoint())

    def escape(self) -> bool:
        had = self.card.isVisible()
        self.hide()
        return had

    def replaced(self) -> None:
        self.hide()

    def retranslate(self) -> None:
        self.writer.forget()
        self.hide()
