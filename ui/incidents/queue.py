"""The queue: which incidents need units, which are under way, whom to ring back."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QListView, QVBoxLayout

from dispatch.domain.message import Problem
from ui.incidents.queue_delegate import QueueDelegate
from ui.incidents.queue_lines import lines_of
from ui.incidents.queue_model import QueueModel
from ui.panel import Panel, PanelContext
from ui.theme.fonts import Size, font

#: Order and groups follow the clock at this pace; ages tick four times as often.
ORDER_EVERY_US = 1_000_000
NOUNS = frozenset({"incident", "call", "assignment", "recommendation", "unit", "staff", "advice"})


class QueuePanel(Panel):
    """Left dock: three groups with live ages and targets, chosen from by arrows or pointer."""

    panel_id = "queue"
    title_id = "queue.title"

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.model = QueueModel(context, self)
        self.list = _List(self)
        self.list.setModel(self.model)
        self.delegate = QueueDelegate(context, self.list)
        self.list.setItemDelegate(self.delegate)
        self.more = QLabel(self)
        self.more.setProperty("look", "small")
        self.more.setFont(font(Size.SMALL))
        self.more.setContentsMargins(12, 4, 12, 4)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.list, 1)
        rows.addWidget(self.more)
        self.setFocusProxy(self.list)
        self._ordered_us = 0
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        self._below = QTimer(self, singleShot=True, interval=0)
        self._below.timeout.connect(self._count_below)
        self.list.verticalScrollBar().valueChanged.connect(lambda _: self._below.start())
        self.list.verticalScrollBar().rangeChanged.connect(lambda *_: self._below.start())
        self.list.clicked.connect(self._clicked)
        context.changed.connect(self._on_changes)
        context.replaced.connect(self.refresh)
        context.ticked.connect(self._on_tick)
        context.privacy_changed.connect(self.refresh)
        context.selection.incident_changed.connect(lambda _: self._mark())
        context.selection.call_changed.connect(lambda _: self._mark())
        bind = context.commands.bind
        bind("queue.down", lambda: self._walk(1), owner=self)
        bind("queue.up", lambda: self._walk(-1), owner=self)
        bind("queue.next", lambda: self._walk(1), owner=self)
        bind("queue.previous", lambda: self._walk(-1), owner=self)
        bind("queue.open", self._open, owner=self)
        bind("queue.urgent", self._urgent, owner=self)
        self.retranslate()

    # -- following the board -------------------------------------------------------------------

    def _on_changes(self, changes: tuple[Any, ...]) -> None:
        if any(change.noun in NOUNS for change in changes):
            self._soon.start()

    def _on_tick(self, now_us: int) -> None:
        self.model.now_us = now_us
        if abs(now_us - self._ordered_us) >= ORDER_EVERY_US:
            self.refresh()
        if self.list.isVisible():
            self._repaint_ages()

    def _repaint_ages(self) -> None:
        """Only what ticks, and only where it is seen."""
        view, model = self.list, self.model
        viewport = view.viewport()
        first = view.indexAt(viewport.rect().topLeft()).row()
        for row in range(max(0, first), model.rowCount()):
            rect = view.visualRect(model.index(row, 0))
            if rect.top() > viewport.height():
                break
            line = model.line(row)
            if line.kind in ("incident", "call"):
                viewport.update(self.delegate.ticking(rect, line))

    def refresh(self) -> None:
        """The lines anew from the board; what stands already is left alone."""
        now_us = self.context.clock.now_us()
        self.model.now_us = self._ordered_us = now_us
        queue = self.context.board.queue(now_us)
        self.model.show(lines_of(self.context, queue))
        self._mark()
        waiting, active = len(queue.needs_units), len(queue.under_way)
        self.summary_changed.emit(self.context.say("queue.summary", waiting=waiting, active=active))
        self._below.start()

    def _count_below(self) -> None:
        bottom = self.list.viewport().height()
        hidden = [
            row
            for row in self.model.choosable()
            if self.list.visualRect(self.model.index(row, 0)).bottom() > bottom + 8
        ]
        self.more.setVisible(bool(hidden))
        late = sum(
            line.target is not None
            and line.target.stopped_us is None
            and line.target.is_late(self.model.now_us)
            for line in map(self.model.line, hidden)
        )
        text = self.context.say("queue.more_below", n=len(hidden))
        if late:
            text = f"{text} · {self.context.say('queue.late_below', n=late)}"
        self.more.setText(text)

    # -- choosing ------------------------------------------------------------------------------

    def incident_at(self, at: QPoint) -> tuple[str, QRect] | None:
        """The incident whose line lies under a point of the screen, and that line's place there:
        where a unit can be dropped to propose it."""
        view = self.list.viewport()
        index = self.list.indexAt(view.mapFromGlobal(at))
        if not index.isValid() or self.model.line(index.row()).kind != "incident":
            return None
        rect = self.list.visualRect(index)
        found = self.model.line(index.row()).key.partition(":")[2]
        return found, QRect(view.mapToGlobal(rect.topLeft()), rect.size())

    def _mark(self) -> None:
        """Show as current what the person has chosen, here or anywhere."""
        row = self._chosen_row()
        chooser = self.list.selectionModel()
        if row is None:
            chooser.clear()
            return
        index = self.model.index(row, 0)
        if chooser.currentIndex() != index or not chooser.isSelected(index):
            chooser.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _chosen_row(self) -> int | None:
        """Where the chosen call or incident stands; a view's own current row means nothing."""
        selection = self.context.selection
        row = self.model.row_of(f"c:{selection.call_id}") if selection.call_id else None
        return self.model.row_of(f"i:{selection.incident_id}") if row is None else row

    def _choose_row(self, row: int) -> None:
        line = self.model.line(row)
        kind, _, found = line.key.partition(":")
        if kind == "i":
            self.context.selection.choose_call(None)
            self.context.selection.choose_incident(found)
        elif not line.ringing:
            self.context.selection.choose_call(found)
        self.list.setCurrentIndex(self.model.index(row, 0))
        self.list.scrollTo(self.model.index(row, 0))

    def _walk(self, step: int) -> None:
        rows = self.model.choosable()
        if not rows:
            raise Problem("queue.nothing")
        chosen = self._chosen_row()
        at = chosen if chosen is not None else (-1 if step > 0 else self.model.rowCount())
        if step > 0:
            following = [row for row in rows if row > at]
            self._choose_row(following[0] if following else rows[-1])
        else:
            before = [row for row in rows if row < at]
            self._choose_row(before[-1] if before else rows[0])

    def _open(self) -> None:
        """Work on what is marked: the keyboard goes to the incident, or takes the call."""
        index = self.list.currentIndex()
        if not index.isValid():
            raise Problem("queue.nothing")
        line = self.model.line(index.row())
        if line.ringing:
            self.context.commands.run("call.take", call_id=line.key.partition(":")[2])
            return
        self._choose_row(index.row())
        self.context.commands.run("panel.incident")

    def _urgent(self) -> None:
        rows = [row for row in self.model.choosable() if self.model.line(row).kind == "incident"]
        if not rows:
            raise Problem("queue.nothing")
        self._choose_row(rows[0])

    def _clicked(self, index: QModelIndex) -> None:
        if self.model.line(index.row()).kind in ("incident", "call"):
            self._choose_row(index.row())

    # -- looks ---------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every word anew."""
        self.list.setAccessibleName(self.context.say("queue.title"))
        self.refresh()

    def restyle(self) -> None:
        """Colours anew."""
        self.list.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What lies below is counted again."""
        super().resizeEvent(event)
        self._below.start()


class _List(QListView):
    def __init__(self, panel: QueuePanel) -> None:
        super().__init__(panel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMinimumWidth(240)
        self.setMinimumHeight(80)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
