"""The agency's pictures of the land, under roads and words: one switch."""

from __future__ import annotations

from collections.abc import Sequence

from ui.map.tiles.messages import Raster
from ui.map_parts.part import MapPart, Switch


class UnderlayPart(MapPart):
    """The switch of the underlay; an agency that has none has no switch.

    Whether the file is there and can be read is found by the tile painter, which tells it.
    """

    _on = False

    def switches(self) -> Sequence[Switch]:
        if self.context.agency is None or self.context.agency.underlay is None:
            return ()
        return [Switch("underlay", "maplayers.underlay", lambda: self._on, self._turn)]

    def _turn(self, on: bool) -> None:
        self._on = on
        agency = self.context.agency
        underlay = agency.underlay if agency is not None else None
        if not on or agency is None or underlay is None:
            self.view.set_underlay(None)
            return
        raster = Raster(
            kind=underlay.kind,
            path=str(underlay.place(agency.path)),
            opacity=underlay.opacity,
            min_zoom=underlay.min_zoom,
            max_zoom=underlay.max_zoom,
            scheme=underlay.scheme,
        )
        self.view.set_underlay(raster, underlay.attribution)
