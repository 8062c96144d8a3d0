"""How much of the population a free unit would reach within the target: the measure of cover.

Pure: seconds and people in, shares out. Which units count, what their limit is and what it counts
from is `CoverRule`; it comes from the agency's targets where they say it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.domain.target import Target

Floats = NDArray[np.float64]

#: Capabilities of which a unit has at least one when it counts as cover of its service.
COVERS = {
    "medical": frozenset({"transport"}),
    "fire": frozenset({"pump"}),
    "police": frozenset({"patrol"}),
    "rescue": frozenset({"rescue"}),
}
LIMIT_S = 480.0
"""Where no target says anything."""
#: Targets whose time runs while the unit drives, without what it needs to get going.
ROLLING = frozenset({"en_route"})
LEAST_SHARE = 0.01
"""Districts with fewer of the people than this are not named."""


@dataclass(frozen=True)
class CoverRule:
    """Whose cover, within what. `rolling`: the limit counts from the wheels' first turn."""

    service: str
    limit_s: float
    rolling: bool
    target_id: str = ""


@dataclass(frozen=True)
class Cover:
    """Shares (0 to 1) of the people within the limit: of all, and by district (nan: nobody)."""

    share: float
    people: float
    by_district: Floats
    people_by_district: Floats

    def worst(self, most: int) -> list[int]:
        """Positions of the districts worst off, the worst first, none that is as good as all."""
        enough = self.people_by_district >= LEAST_SHARE * self.people
        rows = np.flatnonzero(enough & (self.by_district < min(self.share, 0.995)))
        order = np.lexsort((-self.people_by_district[rows], self.by_district[rows].round(3)))
        return [int(row) for row in rows[order][:most]]


def counts_as_cover(service: str, unit_service: str, capabilities: Iterable[str]) -> bool:
    """Whether a unit is one that people of this service wait for (an ambulance, not a command
    car). Aircraft are left out: they land where they can."""
    able = frozenset(capabilities)
    wanted = COVERS.get(service)
    return (
        unit_service == service
        and "air" not in able
        and (wanted is None or not able.isdisjoint(wanted))
    )


def rules_of(targets: Sequence[Target], services: Sequence[str]) -> tuple[CoverRule, ...]:
    """One rule for each service of an agency, in its order.

    The service's target for the first unit's arrival, the shortest where levels differ: cover is
    kept for the gravest. `LIMIT_S` from sending where the agency set none.
    """
    rules = []
    for service in services:
        own = [
            target
            for target in targets
            if target.service == service
            and target.stop in ("on_scene", "at_patient")
            and target.which == "first"
            and not target.types
            and not target.unit_kinds
            and target.limit_s >= 60
        ]
        if own:
            best = min(own, key=lambda target: target.limit_s)
            rules.append(CoverRule(service, best.limit_s, best.start in ROLLING, best.id))
        else:
            rules.append(CoverRule(service, LIMIT_S, False))
    return tuple(rules)


def cover_of(
    seconds: Floats, people: Floats, district: NDArray[np.int64], districts: int, limit_s: float
) -> Cover:
    """Cover of places: `seconds` (n,) to each (inf: nobody comes), `people` (n,) at each,
    `district` (n,) as a position below `districts`, or -1."""
    within = seconds <= limit_s
    total = float(people.sum())
    held = district >= 0
    by, good = np.zeros(districts), np.zeros(districts)
    np.add.at(by, district[held], people[held])
    reached = held & within
    np.add.at(good, district[reached], people[reached])
    return Cover(
        share=float(people[within].sum()) / total if total > 0 else 0.0,
        people=total,
        by_district=np.divide(good, by, out=np.full(districts, np.nan), where=by > 0),
        people_by_district=by,
    )
