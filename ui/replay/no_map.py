"""Stands where the map would, when the region of a journal is not on this machine."""

from __future__ import annotations

from ui.panel import PanelContext
from ui.panels import EmptyPanel


class NoMapPanel(EmptyPanel):
    """Says which region is missing and how to give it."""

    command_context = "map"

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context, "map")

    def retranslate(self) -> None:
        """What to do."""
        region = self.context.board.region_name
        self._words.setText(self.context.say("replay.no_region", region=region))
