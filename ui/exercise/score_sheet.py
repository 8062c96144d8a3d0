"""The score in the window: in words, then call by call; kept as a page on demand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from dispatch.domain.message import Message
from dispatch.exercise.report import COLUMNS, Cell, header, marked, rows
from dispatch.exercise.score import Score
from ui.commands.key_filter import KEPT_PROPERTY
from ui.exercise.sheet import KEPT, Sheet
from ui.panel import PanelContext
from ui.theme.fonts import Size, font

ROW = 28
SHOWN = 10
TIMES = ("answer", "send", "on_scene")


class ScoreSheet(Sheet):
    """`save()` writes the report and answers with where; `look_back()` opens the replay."""

    def __init__(
        self,
        context: PanelContext,
        window: QWidget,
        save: Callable[[], Path],
        look_back: Callable[[], None],
    ) -> None:
        super().__init__(context, window, 1040)
        self._save, self._score, self._final = save, None, False
        self._saved: Path | None = None
        self.lines: list[QLabel] = []
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(24)
        self.grid.setVerticalSpacing(4)
        self.rows.addLayout(self.grid)
        self.rule = QFrame(self)
        self.rule.setProperty("look", "line")
        self.rows.addWidget(self.rule)
        self.table = QTableWidget(self)
        self.table.setProperty("look", "plain")
        self.table.setFont(font(Size.BODY))
        self.table.setColumnCount(len(COLUMNS))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setStretchLastSection(True)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setProperty(KEPT_PROPERTY, KEPT)
        self.rows.addWidget(self.table)
        self.told = self.line("small", size=Size.SMALL)
        self.save_button = self.button("quiet", self._keep)
        self.replay_button = self.button("quiet", look_back)
        self.close_button = self.button("primary", self.close_it)
        self.rows.addLayout(self.buttons)
        self.first = self.table
        self.retranslate()

    def show_score(self, score: Score, *, final: bool) -> None:
        """Fill and open."""
        self._score, self._final, self._saved = score, final, None
        self.retranslate()
        self.open()

    def retranslate(self) -> None:
        """Every word anew."""
        say, score = self.context.say, self._score
        self.save_button.setText(say("exercise.panel.save"))
        self.replay_button.setText(say("exercise.panel.replay"))
        self.close_button.setText(say("exercise.panel.close"))
        self.table.setAccessibleName(say("exercise.panel.table"))
        self.told.setText(
            say("exercise.report.saved", file=str(self._saved)) if self._saved else ""
        )
        if score is None:
            return
        title = say(score.title) if score.title is not None else ""
        key = "exercise.report.title" if self._final else "exercise.panel.so_far"
        self.title.setText(say(key, title=title))
        self.setAccessibleName(self.title.text())
        said = score.lines() if score.calls else [Message("exercise.panel.none")]
        self._say(said)
        self._fill(score)

    def _say(self, said: list[Message]) -> None:
        """The lines in two columns, read down the first and then the second."""
        for label in self.lines:
            self.grid.removeWidget(label)
            label.deleteLater()
        self.lines = []
        half = -(-len(said) // 2)
        for number, message in enumerate(said):
            label = QLabel(f"· {self.context.say(message)}", self)
            label.setFont(font(Size.BODY))
            label.setWordWrap(True)
            self.grid.addWidget(label, number % half, number // half)
            self.lines.append(label)

    def _fill(self, score: Score) -> None:
        table, language = self.table, self.context.language
        table.setHorizontalHeaderLabels(header(language))
        listed = rows(score, language)
        table.setRowCount(len(listed))
        for number, cells in enumerate(listed):
            for column, cell in enumerate(cells):
                table.setItem(number, column, self._item(cell, COLUMNS[column] in TIMES))
        shown = max(1, min(SHOWN, len(listed)))
        table.setFixedHeight(table.horizontalHeader().sizeHint().height() + ROW * shown + 4)
        if listed:
            table.setCurrentCell(0, 0)

    def _item(self, cell: Cell, is_time: bool) -> QTableWidgetItem:
        """What is not as it should be is bold with a sign; lateness alone has its colour."""
        item = QTableWidgetItem(marked(cell))
        if cell.good is False:
            ui = self.context.theme.ui
            item.setFont(font(Size.BODY, bold=True))
            item.setForeground(QColor(ui.late_text if is_time else ui.text_strong))
        return item

    def _keep(self) -> None:
        self._saved = self._save()
        self.retranslate()
