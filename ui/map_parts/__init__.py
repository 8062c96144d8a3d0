"""The features of the map dock, in the order in which they are laid on the map."""

from __future__ import annotations

from ui.map_parts.part import MapPart

PARTS: tuple[type[MapPart], ...] = ()
