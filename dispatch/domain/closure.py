"""A closed road: which pieces of road, why, who closed it, and when it ends."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Annotated

import msgspec

from dispatch.domain.value import Key, Micros, Point, Text, Value

#: More pieces of road than this are no closure but a slip of the hand.
MOST_EDGES = 2_000
MOST_POINTS = 500
NOTE_CAP = 300

EdgeIds = Annotated[tuple[int, ...], msgspec.Meta(max_length=MOST_EDGES)]


class ClosureReason(Enum):
    """Why a road is closed."""

    WORKS = "works"
    CRASH = "crash"
    FIRE = "fire"
    FLOOD = "flood"
    EVENT = "event"
    POLICE = "police"
    OTHER = "other"


class ClosureShape(Enum):
    """What was drawn: a line along the road, or an area round everything in it."""

    LINE = "line"
    AREA = "area"


class ClosedRoads(Value, frozen=True):
    """Pieces of road by the edge ids of one pack: shut both ways, or one way of a piece alone.

    `along` are shut in the direction in which the pack draws them, `against` in the other.
    """

    edges: EdgeIds = ()
    along: EdgeIds = ()
    against: EdgeIds = ()

    def __len__(self) -> int:
        return len(self.edges) + len(self.along) + len(self.against)

    @staticmethod
    def together(closed: Iterable[ClosedRoads]) -> ClosedRoads:
        """What several closures shut, each piece named once, in order of ids."""
        along: set[int] = set()
        against: set[int] = set()
        for one in closed:
            along.update(one.edges, one.along)
            against.update(one.edges, one.against)
        both = along & against
        return ClosedRoads(
            edges=tuple(sorted(both)),
            along=tuple(sorted(along - both)),
            against=tuple(sorted(against - both)),
        )


class Closure(Value, frozen=True):
    """A closure as it stands. `points` (lon, lat) are what was drawn; `roads` what that shuts in
    the pack with `region_hash`. `names` are the streets, as the pack writes them.

    `until_us` None means "until reopened"; the watch then asks from time to time whether it still
    holds, counted from `reviewed_us`. `in_force` is False before `from_us` has come.
    """

    closure_id: Key
    shape: ClosureShape
    points: Annotated[tuple[Point, ...], msgspec.Meta(min_length=1, max_length=MOST_POINTS)]
    roads: ClosedRoads
    region_hash: Text
    reason: ClosureReason
    author: Key
    from_us: Micros
    until_us: Micros | None
    set_us: Micros
    reviewed_us: Micros
    author_name: Text = ""
    in_force: bool = True
    note: Annotated[str, msgspec.Meta(max_length=NOTE_CAP)] = ""
    names: tuple[Text, ...] = ()
    length_m: Annotated[float, msgspec.Meta(ge=0, le=1e7)] = 0.0
    incident_id: str | None = None


def roads_closed(closures: Iterable[Closure]) -> ClosedRoads:
    """What the closures in force shut together."""
    return ClosedRoads.together(each.roads for each in closures if each.in_force)
