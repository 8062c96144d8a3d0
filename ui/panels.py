"""Which panels fill the docks, and where they stand before a person moves them.

A panel that is not there yet is replaced by an empty one that says what it will be for.
"""

from __future__ import annotations

import importlib
import logging
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout

from ui.panel import Panel, PanelContext
from ui.theme.fonts import Size, font

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Slot:
    """A dock's panel: `module:Class`, its first width in a 1920 pixel window, and its least."""

    panel_id: str
    made_by: str
    width: int
    least: int


SLOTS: tuple[Slot, ...] = (
    Slot("queue", "ui.incidents.queue:QueuePanel", 372, 296),
    Slot("map", "ui.map_panel:MapPanel", 1096, 320),
    Slot("incident", "ui.incidents.panel:IncidentPanel", 444, 372),
    Slot("units", "ui.units.board:UnitBoardPanel", 1912, 600),
)


def make_panel(slot: Slot, context: PanelContext) -> Panel:
    """The panel of a slot, or an empty one where its module is not part of this build."""
    module_name, _, class_name = slot.made_by.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not module_name.startswith(error.name):
            raise
        log.warning("no panel %s", slot.made_by)
        return EmptyPanel(context, slot.panel_id)
    panel: Panel = getattr(module, class_name)(context)
    return panel


class EmptyPanel(Panel):
    """Says what belongs here and which key fills it."""

    def __init__(self, context: PanelContext, panel_id: str) -> None:
        self.panel_id = panel_id
        self.title_id = f"shell.panel.{panel_id}"
        super().__init__(context)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if panel_id == "map":
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._words = QLabel(self)
        self._words.setProperty("look", "dim")
        self._words.setFont(font(Size.BODY))
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(24, 24, 24, 24)
        rows.addWidget(self._words)
        self.retranslate()

    def retranslate(self) -> None:
        """What the panel is for."""
        self._words.setText(self.context.say(f"shell.panel.{self.panel_id}_empty"))
