"""How recommendations compare with what a city did: the figures of `vigil evaluate recommend`.

Each call is recommended for at the moment its first unit was sent, with every unit where the
record shows it up to then (see `timeline.py`) and the run cards of the crosswalk. What was really
sent is compared afterwards and is never an input. Figures:

- `first_due.agreement`: over all pairs of a call and a kind (engine, ladder) of which at least one
  was sent with the first wave (within `WAVE_S` of the first unit): the share in which the unit of
  that kind that the recommendation puts first (free to go, soonest by P50, planned or not) is the
  one that was sent first (lowest place in the dispatch). `first_due.engine.agreement` and
  `first_due.ladder.agreement` are its parts.
- `first_unit.agreement`: over all calls with a recorded arrival and a plan with units: the share in
  which the unit of the plan that should be there first (least P50) is the one that arrived first
  (any of them at a tie). `first_unit.kind_agreement` asks only for its kind,
  `first_unit.in_plan` whether the one that arrived first is in the plan at all.
  `first_of_sent.agreement` leaves the choice of units out: over the calls to which at least two
  units with a foretold arrival were sent with the first wave, whether the soonest by P50 of those
  arrived first of them.
- `travel.median_abs_error_s`: over the housed units (engines, ladders) sent with the first wave
  that were free before, with both stamps and 0 < travel <= 1 h: the median of |predicted -
  recorded| seconds from en route to on scene; predicted is the median driving time (offset + ratio
  x road time) from where the unit stood at dispatch. `travel.bias_s` is the median of predicted -
  recorded, `travel.road_only.median_abs_error_s` leaves offset and ratio out,
  `travel.ambulance.median_abs_error_s` is the same for units without a station, whose place at
  dispatch is mostly a guess, `travel.p90_coverage` the share of trips within the P90.
- `plan.complete`: share of calls with a plan that fills every slot that the fleet could ever fill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from dispatch.domain.advice import Candidate, Recommendation
from dispatch.domain.level import Level
from dispatch.domain.unit import Unit
from dispatch.domain.value import Point
from dispatch.recommend.arrival import ArrivalModel, RoadBand
from dispatch.recommend.observed import ObservedFleet, RecordedCall, RecordedUnit
from dispatch.recommend.recommend import recommend
from dispatch.recommend.request import Limits, RecommendRequest, Roads
from dispatch.recommend.run_cards import RunCards
from dispatch.recommend.timeline import Timeline

#: Units sent within so many seconds of the first one belong to the first wave.
WAVE_S = 60.0
FIRST_DUE_KINDS = ("engine", "ladder")
#: Gates that say a unit was not free to go; the others concern this call's card or its position.
_NOT_FREE = frozenset({"here", "committed", "service", "crew", "reach"})
_MAX_TRAVEL_S = 3600.0


@dataclass(frozen=True, slots=True)
class Trip:
    """One recorded drive: seconds on the graph and seconds recorded."""

    unit_id: str
    housed: bool
    level: Level
    road_s: float
    recorded_s: float


@dataclass
class Tally:
    """What was counted over the calls."""

    calls: int = 0
    first_due: dict[str, list[bool]] = field(default_factory=dict)
    first_unit: list[bool] = field(default_factory=list)
    first_kind: list[bool] = field(default_factory=list)
    first_in_plan: list[bool] = field(default_factory=list)
    first_of_sent: list[bool] = field(default_factory=list)
    complete: list[bool] = field(default_factory=list)
    trips: list[Trip] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)


def tally(
    calls: Sequence[RecordedCall],
    fleet: ObservedFleet,
    hospitals: Sequence[Point],
    roads: Callable[[Level], Roads],
    cards: RunCards,
    arrivals: ArrivalModel,
    *,
    time_zone: str,
    history: Iterable[RecordedCall] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Tally:
    """Recommend for every call and count how it compares.

    `history` are the calls that make the units busy (None: `calls` themselves).
    """
    timeline = Timeline(calls if history is None else history, fleet, hospitals)
    units = {unit.unit_id: unit for unit in fleet.units}
    seen = Tally()
    for done, call in enumerate(calls):
        if progress is not None:
            progress(done)
        now_us = call.dispatched_us
        answer = recommend(
            RecommendRequest(
                recommendation_id=f"r-{call.call_id}",
                incident_id=call.call_id,
                incident_version=1,
                as_of_us=now_us,
                time_zone=time_zone,
                type_id=call.type_id,
                level=call.level,
                point=call.point,
                units=timeline.at(now_us, but_call=call.call_id),
                limits=Limits(),
            ),
            roads(call.level),
            cards,
            arrivals,
        )
        _count(seen, call, answer, units, fleet)
    if progress is not None:
        progress(len(calls))
    return seen


def _count(
    seen: Tally,
    call: RecordedCall,
    answer: Recommendation,
    units: dict[str, Unit],
    fleet: ObservedFleet,
) -> None:
    seen.calls += 1
    seen.took_ms.append(answer.took_ms)
    wave_us = call.dispatched_us + round(WAVE_S * 1e6)
    wave = [unit for unit in call.units if unit.dispatched_us <= wave_us]
    free = [
        row
        for row in answer.candidates
        if row.arrival is not None and row.verdict.gate not in _NOT_FREE
    ]
    for kind in FIRST_DUE_KINDS:
        sent = [unit for unit in wave if units[unit.unit_id].kind == kind]
        if sent:
            first = min(sent, key=lambda unit: unit.sequence)
            soonest = min(
                (r for r in free if units[r.unit_id].kind == kind), key=_p50, default=None
            )
            agrees = soonest is not None and soonest.unit_id == first.unit_id
            seen.first_due.setdefault(kind, []).append(agrees)
    plan = answer.plans[0]
    if plan.units:
        lacking = [s for s in plan.shortfalls if s.why.id != "recommend.shortfall.none_in_agency"]
        seen.complete.append(not lacking)
        _count_first(seen, call, answer, units)
    by_id = {row.unit_id: row for row in free}
    told = [u for u in wave if u.unit_id in by_id and u.on_scene_us is not None]
    if len(told) > 1:
        soonest = min((by_id[unit.unit_id] for unit in told), key=_p50)
        earliest = min(unit.on_scene_us or 0 for unit in told)
        winners = {unit.unit_id for unit in told if unit.on_scene_us == earliest}
        seen.first_of_sent.append(soonest.unit_id in winners)
    for unit in wave:
        trip = _trip(call, unit, by_id.get(unit.unit_id), unit.unit_id in fleet.housed)
        if trip is not None:
            seen.trips.append(trip)


def _count_first(
    seen: Tally, call: RecordedCall, answer: Recommendation, units: dict[str, Unit]
) -> None:
    arrived = [unit for unit in call.units if unit.on_scene_us is not None]
    if not arrived:
        return
    earliest = min(unit.on_scene_us or 0 for unit in arrived)
    first = {unit.unit_id for unit in arrived if unit.on_scene_us == earliest}
    planned = answer.plans[0].units
    foretold = min(planned, key=lambda unit: (unit.arrival.p50_s, unit.unit_id)).unit_id
    seen.first_unit.append(foretold in first)
    seen.first_kind.append(units[foretold].kind in {units[unit_id].kind for unit_id in first})
    seen.first_in_plan.append(bool(first & {unit.unit_id for unit in planned}))


def _trip(
    call: RecordedCall, unit: RecordedUnit, row: Candidate | None, housed: bool
) -> Trip | None:
    if row is None or row.arrival is None:
        return None
    if unit.en_route_us is None or unit.on_scene_us is None:
        return None
    recorded_s = (unit.on_scene_us - unit.en_route_us) / 1e6
    if not 0 < recorded_s <= _MAX_TRAVEL_S:
        return None
    return Trip(unit.unit_id, housed, call.level, row.arrival.road_s, recorded_s)


def _p50(row: Candidate) -> tuple[float, str]:
    return (row.arrival.p50_s if row.arrival else float("inf")), row.unit_id


def figures(seen: Tally, band: RoadBand) -> dict[str, float | int]:
    """The figures by name; one that could not be formed is left out."""
    due = [agrees for kind in seen.first_due.values() for agrees in kind]
    housed = [trip for trip in seen.trips if trip.housed]
    others = [trip for trip in seen.trips if not trip.housed]
    errors = [band.p50_s(trip.road_s) - trip.recorded_s for trip in housed]
    made: dict[str, float | int | None] = {
        "calls": seen.calls,
        "first_due.agreement": _share(due),
        **{f"first_due.{kind}.agreement": _share(hits) for kind, hits in seen.first_due.items()},
        "first_due.n": len(due),
        "first_unit.agreement": _share(seen.first_unit),
        "first_unit.kind_agreement": _share(seen.first_kind),
        "first_unit.in_plan": _share(seen.first_in_plan),
        "first_unit.n": len(seen.first_unit),
        "first_of_sent.agreement": _share(seen.first_of_sent),
        "first_of_sent.n": len(seen.first_of_sent),
        "travel.median_abs_error_s": _median(abs(error) for error in errors),
        "travel.bias_s": _median(errors),
        "travel.n": len(errors),
        "travel.p90_coverage": _share([t.recorded_s <= band.p90_s(t.road_s) for t in housed]),
        "travel.road_only.median_abs_error_s": _median(
            abs(trip.road_s - trip.recorded_s) for trip in housed
        ),
        "travel.ambulance.median_abs_error_s": _median(
            abs(band.p50_s(trip.road_s) - trip.recorded_s) for trip in others
        ),
        "plan.complete": _share(seen.complete),
        "recommend.p50_ms": _median(seen.took_ms),
    }
    return {name: value for name, value in made.items() if value is not None}


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None


def _median(values: Iterable[float]) -> float | None:
    known = list(values)
    return round(median(known), 2) if known else None
