"""What a point is called: the house beside it, the crossing, the street, or the place near it."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import cKDTree

from dispatch.region.address_words import address_words
from dispatch.region.houses import number_along
from dispatch.region.numbers import leading_number
from dispatch.region.pack import Pack
from dispatch.region.schema import PARITIES, SIDES
from dispatch.region.snapping import edge_shapes

_HOUSE_M = 60.0
_CROSSING_M = 35.0
_STREET_M = 400.0


class Reverse:
    """Names points of one pack. Heavy to make (a second for a city), quick to ask."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._shapes = edge_shapes(pack)
        names = pack.edges.names()
        self._named = np.flatnonzero(np.array([name is not None for name in names], dtype=bool))
        self._tree = shapely.STRtree(self._shapes.lines[self._named])
        addresses = pack.addresses
        houses = np.array([number is not None for number in addresses.texts("number")], dtype=bool)
        houses &= addresses.parity_code < 0
        self._houses = np.flatnonzero(houses)
        flat = self._shapes.flat
        self._house_tree = (
            cKDTree(flat.xy(addresses.lonlat[self._houses])) if houses.any() else None
        )
        self._ranges: dict[int, list[int]] = {}
        for row in np.flatnonzero(addresses.parity_code >= 0):
            self._ranges.setdefault(int(addresses.edge_id[row]), []).append(int(row))

    def label(self, lon: float, lat: float, language: str, *, full: bool = False) -> str:
        """The name of a point (degrees) in a language; coordinates where nothing is near.

        `full` adds to a house the street that is met next: `18 Elm Street, near 5th Avenue`.
        """
        point = self._shapes.flat.xy(np.array([[lon, lat]]))[0]
        if house := self._house(point, language):
            other = self._next_street(point, house, language) if full else ""
            near = address_words().form(language).near
            return near.format(street=house, other=other) if other else house
        return self._on_street(point, language) or f"{lat:.5f}, {lon:.5f}"

    def _next_street(
        self, point: np.ndarray[tuple[int], np.dtype[np.float64]], house: str, language: str
    ) -> str:
        """The nearest street whose name is not in the address already, "" without any."""
        spot = shapely.Point(point)
        near = self._named[self._tree.query(spot, predicate="dwithin", distance=_STREET_M)]
        away = shapely.distance(self._shapes.lines[near], spot)
        names = self._pack.edges.names(language)
        for row in near[np.lexsort((near, away))]:
            if names[row] not in house:
                return str(names[row])
        return ""

    def _house(self, point: np.ndarray[tuple[int], np.dtype[np.float64]], language: str) -> str:
        if self._house_tree is None:
            return ""
        away, index = self._house_tree.query(point)
        if away > _HOUSE_M:
            return ""
        row = int(self._houses[int(index)])
        addresses = self._pack.addresses
        street = addresses.texts("street")[row] or addresses.texts("district")[row]
        number = addresses.texts("number")[row]
        if street is None:
            return ""
        return (
            address_words()
            .form(language)
            .address.format(number=number, street=self._translated(street, point, language))
        )

    def _translated(
        self, street: str, point: np.ndarray[tuple[int], np.dtype[np.float64]], language: str
    ) -> str:
        """An address's street in a language, by the roads around it that bear the name."""
        local, wanted = self._pack.edges.names(), self._pack.edges.names(language)
        near = self._tree.query(shapely.Point(point), predicate="dwithin", distance=_STREET_M)
        for i in near:
            if local[self._named[i]] == street:
                return str(wanted[self._named[i]])
        return street

    def _on_street(self, point: np.ndarray[tuple[int], np.dtype[np.float64]], language: str) -> str:
        spot = shapely.Point(point)
        near = self._tree.query(spot, predicate="dwithin", distance=_STREET_M)
        if not len(near):
            return ""
        rows = self._named[near]
        away = shapely.distance(self._shapes.lines[rows], spot)
        order = np.lexsort((rows, away))
        names = self._pack.edges.names(language)
        nearest = int(rows[order[0]])
        number = self._ranged(nearest, point)
        form = address_words().form(language)
        if number:
            return form.address.format(number=number, street=names[nearest])
        local = self._pack.edges.names()
        others = [int(r) for r in rows[order] if local[r] != local[nearest]]
        if not others:
            return str(names[nearest])
        other = others[0]
        crossing = shapely.distance(self._shapes.lines[other], spot) <= _CROSSING_M
        if crossing:
            return form.crossing.format(a=names[nearest], b=names[other])
        return form.near.format(street=names[nearest], other=names[other])

    def _ranged(self, edge: int, point: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
        """The house number that a range gives beside an edge, on the point's own side."""
        rows = self._ranges.get(int(self._pack.edges.edge_id[edge]))
        if not rows:
            return ""
        addresses, line = self._pack.addresses, self._shapes.lines[edge]
        share = shapely.line_locate_point(line, shapely.Point(point), normalized=True)
        ahead = shapely.get_coordinates(line)
        step = ahead[-1] - ahead[0]
        offset = point - ahead[0]
        left = step[0] * offset[1] - step[1] * offset[0] > 0
        wanted = SIDES.index("left" if left else "right")
        rows.sort(key=lambda row: (addresses.side_code[row] != wanted, row))
        row = rows[0]
        first = leading_number(addresses.texts("number")[row])
        last = leading_number(addresses.texts("number_to")[row])
        if first is None or last is None:
            return ""
        step = 1 if PARITIES[addresses.parity_code[row]] == "all" else 2
        length = float(shapely.length(line))
        return str(number_along(float(share) * length, first, last, step, length))
