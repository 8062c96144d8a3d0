"""The body of `vigil agency check`: whether an agency fits together and onto its region."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import shapely

from dispatch.domain.message import Message
from dispatch.fitting import require_fit
from dispatch.region.agency import Agency, open_agency
from dispatch.region.layers.importing import find_pack
from dispatch.region.pack import Pack
from dispatch.words import say

#: Further from any road a station is on the wrong map, or its row has a slip of the pen.
OFF_ROAD_M = 300
_METRES_A_DEGREE = 111_195.0
_NAMED = 12


def check(args: argparse.Namespace) -> int:
    """Read everything; a problem names file, line and column, doubts are printed. Returns 0."""
    agency = open_agency(args.agency)
    agency.warm()
    language = getattr(args, "language", None) or "en"
    pack = find_pack(agency, args.region)
    if agency.units and pack is not None:
        require_fit(pack, agency)
    for message in doubts(agency, pack):
        print(say(message, language))
    if pack is None:
        print(say("layers.check.no_region", language))
    else:
        print(say("layers.check.fits", language, region=pack.name))
    return 0


def doubts(agency: Agency, pack: Pack | None) -> Iterator[Message]:
    """What may be meant so, and should be looked at."""
    if not agency.units:
        yield Message("layers.check.no_units")
    manned = {unit.station_id for unit in agency.units}
    idle = sum(station.station_id not in manned for station in agency.stations)
    if idle and agency.units:
        yield Message("layers.check.idle_stations", {"n": idle})
    able = {capability for hospital in agency.hospitals for capability in hospital.capabilities}
    if agency.hospitals and "emergency" not in able:
        yield Message("layers.check.no_emergency")
    known = {station.station_id for station in agency.stations}
    strange = [a.ref for a in agency.areas.areas if a.station_id and a.station_id not in known]
    if strange:
        yield Message("layers.check.foreign_areas", {"names": _named(strange)})
    if pack is None:
        return
    west, south, east, north = pack.bounds
    places = [(s.name(), s.lon, s.lat) for s in agency.stations]
    places += [(h.name(), h.lon, h.lat) for h in agency.hospitals]
    outside = [
        name for name, lon, lat in places if not (west <= lon <= east and south <= lat <= north)
    ]
    if outside:
        yield Message("layers.check.outside", {"names": _named(outside)})
    if far := [s for s in _off_road(agency, pack) if s not in outside]:
        yield Message("layers.check.off_road", {"metres": OFF_ROAD_M, "names": _named(far)})


def _off_road(agency: Agency, pack: Pack) -> list[str]:
    """Names of stations far from every junction and road of the region."""
    if not agency.stations:
        return []
    # Degrees of longitude shrink towards the poles: stretched, so that distances are fair.
    shrink = float(np.cos(np.radians((pack.bounds[1] + pack.bounds[3]) / 2)))
    lines = shapely.transform(pack.edges.geometry, lambda c: c * (shrink, 1.0))
    tree = shapely.STRtree(lines)
    points = shapely.points([(s.lon * shrink, s.lat) for s in agency.stations])
    reach = OFF_ROAD_M / _METRES_A_DEGREE
    near, _ = tree.query(points, predicate="dwithin", distance=reach)
    close = set(near.tolist())
    return [s.name() for i, s in enumerate(agency.stations) if i not in close]


def _named(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" … +{more}" if more > 0 else "")
