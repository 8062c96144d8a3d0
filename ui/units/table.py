"""The table of the unit board: columns that fit the width, and the keys that are its own."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from dispatch.domain.unit import UnitState
from ui.panel import PanelContext
from ui.theme.fonts import Size, font
from ui.units.delegate import ICON, PAD, ROW_HEIGHT, UnitDelegate
from ui.units.model import UnitModel
from ui.units.rows import TICKING, Column
from ui.units.wording import Wording

#: How the room that is left over is shared.
STRETCH = {Column.WHERE: 4, Column.CAPABILITIES: 3, Column.STATION: 1, Column.NEXT: 2}
#: What is left out first where the table is narrow.
GIVEN_UP = (Column.CREW, Column.CAPABILITIES, Column.STATION, Column.INCIDENT)
LEAST = {
    Column.WHERE: 170,
    Column.CAPABILITIES: 150,
    Column.STATION: 110,
    Column.NEXT: 130,
}


class UnitTable(QTableView):
    """Rows are chosen whole. What a person does is told; choosing itself is the panel's."""

    walked = Signal(QModelIndex)
    """A key of the view's own (Page Down, Home ...) went to another line."""
    typed = Signal(str)
    """A letter that no command took."""

    def __init__(
        self, context: PanelContext, model: UnitModel, wording: Wording, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._context, self._wording, self._units = context, wording, model
        self._drawn: dict[str, tuple[object, ...]] = {}
        self.setModel(model)
        self.delegate = UnitDelegate(context, model, self)
        self.setItemDelegate(self.delegate)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(64)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        lines = self.verticalHeader()
        lines.setVisible(False)
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setMinimumSectionSize(ROW_HEIGHT)
        lines.setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setFont(font(Size.SMALL))
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setMinimumSectionSize(30)
        header.setFixedHeight(26)
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.entered.connect(lambda index: self._hover(index.row()))
        self.viewportEntered.connect(lambda: self._hover(-1))

    # -- choosing ------------------------------------------------------------------------------

    def mark(self, number: int | None, *, show: bool) -> None:
        """Show a line as the chosen one; `show` scrolls to it."""
        chooser = self.selectionModel()
        if number is None:
            chooser.clear()
            return
        index = self._units.index(number, 0)
        if chooser.currentIndex().row() != number or not chooser.isRowSelected(number):
            flags = QItemSelectionModel.SelectionFlag
            chooser.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        if show:
            self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The view's own walking keys, and letters for the filter."""
        held = event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        text = event.text()
        if text and text.isprintable() and not text.isspace() and not held:
            self.typed.emit(text)
            return
        before = self.currentIndex().row()
        match event.key():
            case Qt.Key.Key_Home:
                self._go(0)
            case Qt.Key.Key_End:
                self._go(self._units.rowCount() - 1)
            case _:
                super().keyPressEvent(event)
        now = self.currentIndex()
        if now.isValid() and now.row() != before:
            self.walked.emit(now)

    def _go(self, number: int) -> None:
        if 0 <= number < self._units.rowCount():
            self.mark(number, show=True)

    # -- what ticks ----------------------------------------------------------------------------

    def tick(self) -> None:
        """Paint anew only the cells whose text is another than was drawn, where they are seen."""
        drawn: dict[str, tuple[object, ...]] = {}
        viewport = self.viewport()
        first = max(0, self.rowAt(0))
        last = self.rowAt(viewport.height() - 1)
        last = self._units.rowCount() - 1 if last < 0 else last
        for number in range(first, last + 1):
            unit_id = self._units.row(number).unit.unit_id
            now = drawn[unit_id] = self._units.ticking(number)
            before = self._drawn.get(unit_id)
            if now == before:
                continue
            for n, column in enumerate(TICKING):
                if before is None or before[n] != now[n]:
                    viewport.update(self.visualRect(self._units.index(number, column)))
        self._drawn = drawn

    def shown_rows(self) -> range:
        """The lines that are in view."""
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        return range(first, (self._units.rowCount() - 1 if last < 0 else last) + 1)

    # -- widths --------------------------------------------------------------------------------

    def fit(self) -> None:
        """Widths by the words of this language; what is left over goes to the long columns."""
        wanted = {column: self._width(column) for column in Column}
        room = self.viewport().width()
        shown = set(Column)
        for column in GIVEN_UP:
            if sum(wanted[each] for each in shown) <= room:
                break
            shown.discard(column)
        for column in (Column.WHERE, Column.NEXT):
            over = sum(wanted[each] for each in shown) - room
            wanted[column] = max(96, wanted[column] - max(0, over))
        spare = max(0, room - sum(wanted[each] for each in shown))
        stretched = [column for column in STRETCH if column in shown]
        shares = sum(STRETCH[column] for column in stretched)
        given = 0
        for column in Column:
            self.setColumnHidden(column, column not in shown)
            if column not in shown:
                continue
            more = spare * STRETCH[column] // shares if column in stretched else 0
            if column is Column.NEXT:
                more = spare - given
            given += more
            self.setColumnWidth(column, wanted[column] + more)

    def _width(self, column: Column) -> int:
        """The least width of a column: its heading (with an arrow) and its longest usual word."""
        body, bold = QFontMetrics(font(Size.BODY)), QFontMetrics(font(Size.BODY, bold=True))
        small = QFontMetrics(font(Size.SMALL))
        say = self._context.say
        heading = small.horizontalAdvance(say(f"units.column.{column.name.lower()}") + " ↑")
        wide = LEAST.get(column, 0)
        match column:
            case Column.UNIT:
                units = self._context.board.picture.units
                wide = max([44, *(bold.horizontalAdvance(u) + 4 for u in units)])
            case Column.STATE:
                for state in UnitState:
                    first, second = self._wording.state_words(state.value)
                    own = body.horizontalAdvance(first)
                    own += 6 + small.horizontalAdvance(second) if second else 0
                    wide = max(wide, own)
                wide += ICON + 6
            case Column.SINCE:
                wide = body.horizontalAdvance("00:00:00")
            case Column.INCIDENT:
                wide = body.horizontalAdvance("00000")
            case Column.AGE:
                wide = max(
                    bold.horizontalAdvance(say(f"units.age.{unit}", n=99))
                    for unit in ("s", "min", "h")
                )
            case Column.NEXT:
                texts = [say(f"units.next.{name}", time="00:00") for name in ("no_answer",)]
                texts.append(say("units.next.check_radio"))
                wide = max(wide, *(bold.horizontalAdvance(text) for text in texts))
        return max(heading, wide) + 2 * PAD + 2

    # -- events --------------------------------------------------------------------------------

    def _hover(self, number: int) -> None:
        if self.delegate.hovered_row != number:
            for line in (self.delegate.hovered_row, number):
                self._paint_line(line)
            self.delegate.hovered_row = number

    def _paint_line(self, number: int) -> None:
        if 0 <= number < self._units.rowCount():
            top = self.rowViewportPosition(number)
            self.viewport().update(0, top, self.viewport().width(), ROW_HEIGHT)

    def leaveEvent(self, event: object) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        self._hover(-1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns follow the width."""
        super().resizeEvent(event)
        self.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The frame of the chosen line appears."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The frame of the chosen line goes."""
        super().focusOutEvent(event)
        self.viewport().update()
