"""F1 or ?: the keys of the panel in focus, and those that work anywhere."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.commands.catalogue import ANYWHERE, GROUPS, Command
from ui.commands.key_filter import context_of
from ui.panel import PanelContext
from ui.shell.overlay import Overlay
from ui.theme.fonts import Size, font

COLUMNS = 3
#: Runs of keys that are one row: the first command, and how the key of the whole run is written.
RUNS = {
    "incident.level_1": ("Alt+1…5", "commands.run.level"),
    "incident.answer_1": ("1…9, 0", "commands.run.answer"),
}


class CheatSheet(Overlay):
    """A sheet of keys, made anew each time it opens."""

    def __init__(self, context: PanelContext, window: QWidget) -> None:
        super().__init__(context, window, 1160)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._sheet: QWidget | None = None
        self._place_in = ANYWHERE

    def open(self) -> None:
        """The keys of where the focus is now."""
        if not self.isVisible():
            self._place_in = context_of(QApplication.focusWidget() or self.window().focusWidget())
        self._fill()
        super().open()

    def retranslate(self) -> None:
        """Made anew while it is open."""
        if self.isVisible():
            self._fill()
            self.place()

    def _fill(self) -> None:
        say = self.context.say
        self.title.setText(say("shell.keys.title"))
        if self._sheet is not None:
            self.rows.removeWidget(self._sheet)
            self._sheet.setParent(None)
            self._sheet.deleteLater()
        blocks: list[tuple[str, list[Command]]] = []
        commands = self.context.commands
        if self._place_in != ANYWHERE:
            own = commands.of_context(self._place_in)
            if own:
                blocks.append((say(f"commands.context.{self._place_in}"), own))
        for group in GROUPS:
            everywhere = [c for c in commands.of_context(ANYWHERE) if c.group == group]
            blocks.append((say(f"commands.group.{group}"), everywhere))
        self._sheet = QWidget(self)
        columns = QHBoxLayout(self._sheet)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(32)
        parts = [(head, rows) for head, them in blocks if (rows := self._rows(them))]
        weights = [len(rows) + 2 for _, rows in parts]
        share, taken, filled = sum(weights) / COLUMNS, 0.0, 0
        column = self._column(columns)
        for (head, rows), weight in zip(parts, weights, strict=True):
            if taken and taken + weight / 2 > share and filled < COLUMNS - 1:
                column.addStretch(1)
                column, taken, filled = self._column(columns), 0.0, filled + 1
            self._block(column, head, rows)
            taken += weight
        column.addStretch(1)
        self.rows.addWidget(self._sheet)

    def _column(self, columns: QHBoxLayout) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        columns.addLayout(column, 1)
        return column

    def _rows(self, commands: list[Command]) -> list[tuple[str, str]]:
        """(keys, title) of the commands that have keys; a run of digits is one row."""
        rows = []
        for command in commands:
            if not self.context.commands.is_bound(command.id):
                continue
            run = command.id.rpartition("_")[0] + "_1"
            if run in RUNS and command.id in RUNS:
                rows.append((RUNS[run][0], self.context.say(RUNS[run][1])))
            elif run in RUNS and command.id[-1].isdigit():
                continue
            elif keys := self.context.commands.chords.get(command.id):
                shown = "  ".join(dict.fromkeys(str(chord) for chord in keys[:2]))
                rows.append((shown, self.context.say(command.title_id)))
        return rows

    def _block(self, column: QVBoxLayout, head: str, rows: list[tuple[str, str]]) -> None:
        heading = QLabel(head)
        heading.setProperty("look", "heading")
        heading.setFont(font(Size.SMALL, bold=True, spaced=True))
        heading.setContentsMargins(0, 8, 0, 0)
        column.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, 104)
        grid.setColumnStretch(1, 1)
        for row, (keys, title) in enumerate(rows):
            key = QLabel(keys)
            key.setProperty("look", "strong")
            key.setFont(font(Size.BODY, bold=True))
            words = QLabel(title)
            words.setFont(font(Size.BODY))
            words.setWordWrap(True)
            grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(words, row, 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(grid)
