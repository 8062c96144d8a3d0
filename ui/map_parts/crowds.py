"""What a crowd of incidents on the map says when it is pointed at: how many of each level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dispatch.domain.message import Message
from ui.map.sprites import RANKED
from ui.map_parts.part import MapPart


class CrowdsPart(MapPart):
    """Describes what the map names "incidents/NUMBER"."""

    def describe(self, found: str) -> Sequence[Message]:
        if not found.startswith("incidents/"):
            return ()
        levels = Counter(self.view.levels_of_crowd(found))
        if not levels:
            return ()
        lines = [Message("mapcrowds.incidents", {"n": levels.total()})]
        for level in RANKED.tolist():
            if levels[level]:
                name = "mapcrowds.level" if level else "mapcrowds.unassessed"
                lines.append(Message(name, {"level": level, "n": levels[level]}))
        return lines
