"""Facts about the roster and the state of its units."""

from __future__ import annotations

from dispatch.domain.unit import Unit, UnitState
from dispatch.domain.value import Key, Point, Text, Value


class RosterLoaded(Value, frozen=True):
    """The units of an agency, as they stood when the journal began or the roster changed."""

    agency: Text
    agency_sha: Text
    units: tuple[Unit, ...]


class UnitStateSet(Value, frozen=True):
    """A unit's state by word of its crew or a person; a note where the move is unusual."""

    unit_id: Key
    state: UnitState
    reason: Text = ""
    note: Text = ""
    undoes: int | None = None


class UnitPlaceConfirmed(Value, frozen=True):
    """Where a unit is, by voice on the radio: as good as a fresh fix."""

    unit_id: Key
    point: Point
    by: Text = ""
