"""From an agency's folder to the roster that the desk loads."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dispatch.domain.unit import Unit, UnitState
from dispatch.domain.value import Point
from dispatch.region.agency import Agency


def roster_of(agency: Agency, now_us: int, time_zone: str) -> tuple[Unit, ...]:
    """The agency's units as they stand at a moment: at home, or off duty outside their hours."""
    local = datetime.fromtimestamp(now_us / 1e6, UTC).astimezone(ZoneInfo(time_zone))
    return tuple(
        Unit(
            unit_id=record.unit_id,
            kind=record.kind,
            service=record.service,
            label=record.label,
            station_id=record.station_id,
            capabilities=tuple(sorted(record.capabilities)),
            crew=record.crew,
            home=Point(lon=record.lon, lat=record.lat),
            state=UnitState(record.state) if record.on_duty(local) else UnitState.OFF_DUTY,
            since_us=now_us,
        )
        for record in agency.units
    )
