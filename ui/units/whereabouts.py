"""What the place of each unit is called; looked up beside the surface, never waited for."""

from __future__ import annotations

from dispatch.domain.unit import Fix, Unit, UnitState
from ui.incidents.place_names import PlaceNames
from ui.panel import PanelContext
from ui.units.wording import Wording


class Whereabouts:
    """The street under each unit's last position; the name before stays until a new one is known.

    A unit at its station or a hospital is called to be there: no street says more.
    """

    def __init__(self, context: PanelContext, wording: Wording) -> None:
        self._context, self._wording = context, wording
        self.names = PlaceNames.of(context)
        self._last: dict[str, str] = {}

    def forget(self) -> None:
        """Names in another language, or of another region's moment."""
        self._last.clear()

    def of(self, unit: Unit, fix: Fix | None) -> str:
        """Where a unit is, "" while nobody knows."""
        match unit.state:
            case UnitState.AVAILABLE_AT_STATION:
                return self._wording.station(unit.station_id)
            case UnitState.OFF_DUTY:
                return ""
            case UnitState.AT_HOSPITAL:
                held = self._context.board.assignment(unit.assignment_id)
                if held is not None and held.hospital_id:
                    return self._wording.hospital(held.hospital_id)
        if fix is None:
            return ""
        name = self.names.name(fix.point)
        if name:
            self._last[unit.unit_id] = name
            return name
        return self._last.get(unit.unit_id, "")
