"""`areas.gpkg` of an agency: its districts and beats, and which of them holds a point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from dispatch.domain.message import Problem
from dispatch.region.layers.earth import to_degrees
from dispatch.region.layers.geopackage import read_geopackage
from dispatch.region.layers.sheet import WGS84

AREA_KINDS = ("district", "beat")
#: The layer of the file that holds each kind.
LAYER_OF = {"district": "districts", "beat": "beats"}
#: What one file may hold; a large city has some hundred beats.
AREAS_CAP = 20_000
_LANGUAGES = ("en", "ru", "kk", "ko")

Ring = NDArray[np.float64]


@dataclass(frozen=True)
class AgencyArea:
    """A district or beat. `names` by language, "" = local; `station_id` is first due there."""

    kind: str
    ref: str
    names: dict[str, str]
    service: str = ""
    station_id: str = ""

    def name(self, language: str = "") -> str:
        """Its name in a language, falling back to the local one, then to its number."""
        return self.names.get(language) or self.names.get("") or self.ref


class AgencyAreas:
    """All areas of an agency. Reading takes some milliseconds a hundred areas; any thread may ask.

    `shapes[i]` is the polygon of `areas[i]`, degrees.
    """

    def __init__(self, areas: Iterable[AgencyArea] = (), shapes: Iterable[Any] = ()) -> None:
        self.areas = tuple(areas)
        self.shapes: NDArray[np.object_] = np.array(list(shapes), dtype=object)
        self._rows = {
            kind: np.array([i for i, a in enumerate(self.areas) if a.kind == kind], dtype=np.int64)
            for kind in AREA_KINDS
        }
        # Built here, not under somebody's first question.
        self._trees = {
            kind: shapely.STRtree(self.shapes[rows]) for kind, rows in self._rows.items()
        }
        shapely.prepare(self.shapes)

    def __len__(self) -> int:
        return len(self.areas)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of which there are any."""
        return tuple(kind for kind in AREA_KINDS if len(self._rows[kind]))

    def area_of(self, lon: float, lat: float, kind: str = "district") -> AgencyArea | None:
        """The area of a kind that holds a point (degrees); the first of the file on a border."""
        rows = self._rows.get(kind)
        if rows is None or not len(rows):
            return None
        hits = self._trees[kind].query(shapely.Point(lon, lat), predicate="intersects")
        return self.areas[int(rows[np.min(hits)])] if len(hits) else None

    def keys_at(self, lon: float, lat: float) -> tuple[str, ...]:
        """What run cards may call the place of a point (degrees): number and local name of its
        district, then of its beat."""
        found = (self.area_of(lon, lat, kind) for kind in AREA_KINDS)
        keys = (k for area in found if area is not None for k in (area.ref, area.names.get("")))
        return tuple(dict.fromkeys(key for key in keys if key))

    def outlines(self, kind: str) -> tuple[tuple[AgencyArea, tuple[Ring, ...]], ...]:
        """Every area of a kind with its rings, each (n, 2) of lon, lat; for drawing."""
        return self._outlines.get(kind, ())

    @cached_property
    def _outlines(self) -> dict[str, tuple[tuple[AgencyArea, tuple[Ring, ...]], ...]]:
        found: dict[str, list[tuple[AgencyArea, tuple[Ring, ...]]]] = {k: [] for k in AREA_KINDS}
        for area, shape in zip(self.areas, self.shapes, strict=True):
            lines = shapely.get_parts(shapely.get_rings(shapely.get_parts(shape)))
            found[area.kind].append((area, tuple(shapely.get_coordinates(line) for line in lines)))
        return {kind: tuple(outlines) for kind, outlines in found.items()}


def read_areas(file: Path) -> AgencyAreas:
    """The areas of `areas.gpkg`; a layer that is not there holds none.

    Raises `Problem`: `layers.unreadable`, `layers.bad_crs`, `region.agency_feature` naming layer
    and feature.
    """
    areas: list[AgencyArea] = []
    shapes: list[Any] = []
    for kind, layer in LAYER_OF.items():
        try:
            sheet = read_geopackage(file, layer)
        except Problem as problem:
            if problem.message.id == "layers.which_layer":
                continue
            raise
        assert sheet.shapes is not None
        found = to_degrees(file, sheet.shapes, sheet.crs or WGS84)
        for place, row, shape in zip(sheet.places, sheet.rows, found, strict=True):
            if len(areas) >= AREAS_CAP:
                raise Problem("layers.too_many_rows", file=str(file), cap=AREAS_CAP)
            if not _is_area(shape):
                raise Problem(
                    "region.agency_feature",
                    file=str(file),
                    layer=layer,
                    feature=place,
                    column="geometry",
                    what=getattr(shape, "geom_type", "-"),
                )
            names = {"": row.get("name", "")} | {
                language: row.get(f"name_{language}", "") for language in _LANGUAGES
            }
            areas.append(
                AgencyArea(
                    kind=kind,
                    ref=row.get("ref", ""),
                    names={language: name for language, name in names.items() if name},
                    service=row.get("service", ""),
                    station_id=row.get("station_id", ""),
                )
            )
            shapes.append(shape)
    return AgencyAreas(areas, shapes)


def _is_area(shape: Any) -> bool:
    if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
        return False
    bounds = np.array(shape.bounds)
    return bool(np.isfinite(bounds).all() and (np.abs(bounds) <= (180, 90, 180, 90)).all())
