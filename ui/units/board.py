"""The unit board: every unit, what it does, where it is, and what to expect of it next."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
)

from dispatch.domain.message import Problem
from ui.commands.key_filter import KEPT_PROPERTY
from ui.incidents.chooser import Choice
from ui.map_parts.carry import CarryFrom
from ui.panel import Panel, PanelContext
from ui.theme.fonts import Size, font
from ui.units.chips import ALL, OLD, ChipRow, counts_of
from ui.units.deeds import UnitDeeds
from ui.units.model import UnitModel
from ui.units.rows import Column, Row, rows_of, sort_key
from ui.units.table import UnitTable
from ui.units.tiles import TileBoard
from ui.units.whereabouts import Whereabouts
from ui.units.wording import Wording

NOUNS = frozenset({"unit", "assignment", "incident", "roster"})
#: Cells that are often empty; the empty ones stand last whichever way round.
EMPTY_LAST = frozenset({Column.INCIDENT, Column.WHERE, Column.STATION, Column.NEXT})
NARROW, SLIM = 1200, 720
"""Below these widths, in pixels, the filter gives room to the chips."""
AGES_EVERY_US = 1_000_000
"""A position grows old without a fact that says so."""
#: Facts are gathered for this long before the table follows; positions wait for the tick.
SOON_MS = 40


class UnitBoardPanel(Panel):
    """Bottom dock: chips by state, a filter, and the units as a table or as tiles by station."""

    panel_id = "units"
    title_id = "units.title"

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.wording = Wording(context)
        self.whereabouts = Whereabouts(context, self.wording)
        self.model = UnitModel(context, self.wording, self)
        self._all: list[Row] = []
        self._column, self._descending = Column.UNIT, False
        self._stale, self._shown_us = True, 0
        self._build()
        self.deeds = UnitDeeds(self)
        for asked in (self.deeds.chooser, self.deeds.reason):
            asked.installEventFilter(self)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.refresh)
        self._connect()
        self._bind()
        self.retranslate()

    def _build(self) -> None:
        context = self.context
        self.chips = ChipRow(context, self.wording, self)
        self.field = QLineEdit(self)
        self.field.setProperty("look", "quiet")
        self.field.setProperty(KEPT_PROPERTY, "Escape")
        self.field.setFont(font(Size.BODY))
        self.field.setClearButtonEnabled(True)
        self.field.installEventFilter(self)
        self.toggle = QPushButton(self)
        self.toggle.setProperty("look", "quiet")
        self.toggle.setProperty(KEPT_PROPERTY, "Space Enter")
        self.toggle.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.table = UnitTable(context, self.model, self.wording, self)
        self.empty = QLabel(self)
        self.empty.setProperty("look", "dim")
        self.empty.setFont(font(Size.BODY))
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.pages = QStackedWidget(self)
        self.tiles = TileBoard(context, self.model, self.wording, self)
        self.tiles.setSelectionModel(self.table.selectionModel())
        self.shown: UnitTable | TileBoard = self.table
        self.pages.addWidget(self.table)
        self.pages.addWidget(self.tiles)
        self.pages.addWidget(self.empty)
        top = QHBoxLayout()
        top.setContentsMargins(12, 5, 12, 5)
        top.setSpacing(8)
        top.addWidget(self.chips, 1)
        top.addWidget(self.field)
        top.addWidget(self.toggle)
        below = QHBoxLayout()
        below.setContentsMargins(4, 0, 0, 0)
        below.addWidget(self.pages)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._rows.addLayout(top)
        self._rows.addLayout(below, 1)
        self.setFocusProxy(self.table)
        for shown in (self.table, self.tiles):
            CarryFrom(context, shown.viewport(), partial(self._unit_under, shown))

    def _connect(self) -> None:
        context, table = self.context, self.table
        context.changed.connect(self._on_changes)
        context.fixes_changed.connect(self._positions_moved)
        context.ticked.connect(self._on_tick)
        context.replaced.connect(self._replaced)
        context.gazetteer_changed.connect(self._positions_moved)
        context.selection.unit_changed.connect(lambda _: self._mark(show=True))
        self.whereabouts.names.named.connect(self._positions_moved)
        self.chips.chosen.connect(lambda _: self._filtered())
        self.field.textChanged.connect(lambda _: self._filtered())
        self.toggle.clicked.connect(lambda: context.commands.run("unit.view"))
        for view in (table, self.tiles):
            view.clicked.connect(self._choose)
            view.walked.connect(self._choose)
            view.typed.connect(self._type)
            view.doubleClicked.connect(lambda index: context.commands.run("unit.to_map"))
        table.horizontalHeader().sectionClicked.connect(lambda n: self.sort_by(Column(n)))

    def _bind(self) -> None:
        bind = self.context.commands.bind
        bind("unit.filter", self._go_to_filter, owner=self)
        bind("unit.down", lambda: self._walk(1), owner=self)
        bind("unit.up", lambda: self._walk(-1), owner=self)
        bind("unit.next_group", lambda: self.chips.step(1), owner=self)
        bind("unit.previous_group", lambda: self.chips.step(-1), owner=self)
        bind("unit.to_map", self._to_map, owner=self)
        bind("unit.sort", self._ask_order, owner=self)
        bind("unit.view", self._turn, owner=self)

    # -- following the board -------------------------------------------------------------------

    def _on_changes(self, changes: tuple[Any, ...]) -> None:
        if not self._soon.isActive() and any(change.noun in NOUNS for change in changes):
            self._soon.start()

    def _positions_moved(self) -> None:
        self._stale = True

    def _on_tick(self, now_us: int) -> None:
        """Four times a second: positions that came meanwhile, and the ages in view."""
        self.model.now_us = now_us
        if self._stale or abs(now_us - self._shown_us) >= AGES_EVERY_US:
            self.refresh()
        if self.shown.isVisible():
            self.shown.tick()

    def _replaced(self) -> None:
        self.whereabouts.forget()
        self.refresh()

    def refresh(self) -> None:
        """The lines anew from the board; what stands already is left alone."""
        self._stale = False
        self.model.now_us = self._shown_us = self.context.clock.now_us()
        self._all = rows_of(self.context.board, self.whereabouts.of)
        self.chips.set_counts(counts_of(self._all, self._is_old))
        self._show()

    def _is_old(self, row: Row) -> bool:
        return row.is_stale(self.model.now_us, self.wording.fix_limit_s)

    def _show(self) -> None:
        self.model.show(self._wanted())
        self._mark(show=False)
        free = sum(row.unit.state.is_available for row in self._all)
        say = self.context.say
        self.summary_changed.emit(say("units.summary", n=len(self._all), free=free))
        nothing = not self.model.rowCount()
        if nothing:
            typed = self.field.text().strip()
            narrowed = bool(typed) or self.chips.group is not ALL
            name = typed or say(f"units.group.{self.chips.group.group_id}")
            message = "units.none_fits" if narrowed and self._all else "units.empty"
            self.empty.setText(say(message, text=name))
        page = self.empty if nothing else self.shown
        if self.pages.currentWidget() is not page:
            had = page is not self.shown and self.shown.hasFocus()
            self.pages.setCurrentWidget(page)
            if had:
                self.field.setFocus()

    def _wanted(self) -> list[Row]:
        """The lines that pass chip and filter, in order."""
        group, rows = self.chips.group, self._all
        if group is OLD:
            rows = [row for row in rows if self._is_old(row)]
        elif group is not ALL:
            rows = [row for row in rows if row.unit.state in group.states]
        words = self.field.text().casefold().split()
        if words:
            haystack = self.wording.haystack
            rows = [row for row in rows if all(word in haystack(row) for word in words)]
        now_us, cell = self.model.now_us, self.wording.cell
        key = sort_key(self._column, lambda row: cell(row, self._column, now_us).text)
        rows = sorted(rows, key=key, reverse=self._descending)
        if self._descending and self._column in EMPTY_LAST:
            rows.sort(key=lambda row: not cell(row, self._column, now_us).text)
        if words:  # a call sign that begins as typed comes first
            rows.sort(key=lambda row: not row.unit.unit_id.casefold().startswith(words[0]))
        return rows

    def row_of(self, unit_id: str) -> Row | None:
        """The line of a unit, whether it is shown or not."""
        return next((row for row in self._all if row.unit.unit_id == unit_id), None)

    # -- choosing ------------------------------------------------------------------------------

    def _mark(self, *, show: bool) -> None:
        """Show as chosen what the person has chosen, here or anywhere."""
        number = self.model.place_of(self.context.selection.unit_id)
        self.table.mark(number, show=show)
        if show and number is not None and self.shown is self.tiles:
            self.tiles.scrollTo(self.model.index(number, 0))

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.context.selection.choose_unit(self.model.row(index.row()).unit.unit_id)

    def _unit_under(self, shown: UnitTable | TileBoard, at: QPoint) -> str | None:
        """The unit whose line or tile is under a point of the viewport: it can be carried."""
        index = shown.indexAt(at)
        return self.model.row(index.row()).unit.unit_id if index.isValid() else None

    def _walk(self, step: int) -> None:
        count = self.model.rowCount()
        if not count:
            raise Problem("units.nothing")
        at = self.model.place_of(self.context.selection.unit_id)
        to = (0 if step > 0 else count - 1) if at is None else min(count - 1, max(0, at + step))
        self.context.selection.choose_unit(self.model.row(to).unit.unit_id)

    def _to_map(self) -> None:
        """Look at the chosen unit on the map; without one, at the first that fits the filter."""
        selection = self.context.selection
        if self.model.place_of(selection.unit_id) is None:
            if not self.model.rowCount():
                raise Problem("units.nothing")
            selection.choose_unit(self.model.row(0).unit.unit_id)
        unit_id = selection.unit_id
        unit = self.context.board.unit(unit_id)
        if unit is None:
            raise Problem("units.choose_first")
        selection.seek_unit(unit.unit_id)

    def _turn(self) -> None:
        """Tiles instead of the table, or back; the keyboard stays on the chosen unit."""
        had = self.shown.hasFocus()
        self.shown = self.tiles if self.shown is self.table else self.table
        self._name_view()
        self.pages.setCurrentWidget(self.empty if not self.model.rowCount() else self.shown)
        self.setFocusProxy(self.shown)
        if had:
            self.shown.setFocus(Qt.FocusReason.ShortcutFocusReason)
        # The page has its size only in the next turn.
        QTimer.singleShot(0, self, lambda: self._mark(show=True))

    def _name_view(self) -> None:
        other = "units.view.tiles" if self.shown is self.table else "units.view.table"
        self.toggle.setText(self.context.say(other))
        key = self.context.commands.key_text("unit.view")
        self.toggle.setToolTip(f"{self.context.say('commands.unit.view')} · {key}")

    # -- filter and order ----------------------------------------------------------------------

    def _go_to_filter(self) -> None:
        self.raise_panel()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _type(self, text: str) -> None:
        """A letter in the table begins a filter."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.setText(text)

    def _filtered(self) -> None:
        self._show()
        if self.model.rowCount() and self.model.place_of(self.context.selection.unit_id) is None:
            self.shown.scrollToTop()

    def sort_by(self, column: Column) -> None:
        """Order by a column; by the same one again: the other way round."""
        self._descending = column is self._column and not self._descending
        self._column = column
        self.model.mark_sorted(column, self._descending)
        self._show()
        self._mark(show=True)

    def _ask_order(self) -> None:
        say = self.context.say
        choices = [
            Choice(
                str((n + 1) % 10),
                say(f"units.column.{column.name.lower()}"),
                column,
                column is self._column,
            )
            for n, column in enumerate(Column)
        ]
        self.deeds.leave()
        self.deeds.chooser.ask(say("units.sort_by"), choices, self._order_picked)

    def _order_picked(self, column: object) -> None:
        assert isinstance(column, Column)
        self.sort_by(column)

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        """Escape empties the filter, then goes back to the table; the reason it gives up."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._lay_over()
        if (
            event.type() is QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and target in (self.field, self.deeds.reason)
        ):
            self._escape(target)
            return True
        return super().eventFilter(target, event)

    def _lay_over(self) -> None:
        """Questions lie over the lines, so that nothing moves; never over the chosen one."""
        pages = self.pages.geometry()
        for asked in (self.deeds.chooser, self.deeds.reason):
            if asked.isHidden():
                continue
            wide = pages.width()
            layout = asked.layout()
            tall = layout.totalHeightForWidth(wide) if layout is not None else 32
            number = self.model.place_of(self.context.selection.unit_id)
            top = pages.bottom() + 1 - tall
            if number is not None:
                line = self.shown.visualRect(self.model.index(number, 0))
                low = self.shown.viewport().mapTo(self, line.bottomLeft()).y()
                if low > top:
                    top = pages.top()
            asked.setGeometry(pages.left(), max(pages.top(), top), wide, tall)
            asked.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What lies over the lines moves with them."""
        wide = event.size().width()
        self.field.setFixedWidth(208 if wide >= NARROW else 144 if wide >= SLIM else 112)
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._lay_over)

    def _escape(self, target: QObject) -> None:
        if target is self.deeds.reason:
            self.deeds.leave()
        elif self.field.text():
            self.field.clear()
        else:
            if self.chips.group is not ALL:
                self.chips.choose(ALL)
            self.shown.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # -- looks ---------------------------------------------------------------------------------

    def raise_panel(self) -> None:
        """Bring the panel's dock up; the keyboard follows to where the caller puts it."""
        if self.context.commands.possible("panel.units"):
            self.context.commands.run("panel.units")

    def take_focus(self) -> None:
        """The table; the filter where there is nothing to walk through."""
        target = self.shown if self.model.rowCount() else self.field
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def retranslate(self) -> None:
        """Every word anew."""
        say, key = self.context.say, self.context.commands.key_text
        self.wording.forget()
        self.whereabouts.forget()
        self.deeds.retranslate()
        self.field.setPlaceholderText(say("units.filter", key=key("unit.filter")))
        self.field.setAccessibleName(say("commands.unit.filter"))
        self.table.setAccessibleName(say("units.title"))
        self.tiles.setAccessibleName(say("units.title"))
        self._name_view()
        self.model.renew_headings()
        self.model.renew_all()
        self.refresh()
        self.chips.renew()
        self.table.fit()
        self.tiles.scheduleDelayedItemsLayout()

    def restyle(self) -> None:
        """Colours anew."""
        self.chips.renew()
        self.shown.viewport().update()

    def shut(self) -> None:
        """Wait for the names that are being looked up."""
        self._soon.stop()
        self.whereabouts.names.shut()
