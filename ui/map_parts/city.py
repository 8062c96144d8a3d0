"""What the region and the agency know of the city: stations, hospitals, districts and beats,
hydrants, hazards, each a layer of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from PySide6.QtCore import QObject

from dispatch.domain.message import Message
from dispatch.region.pack import Pack
from dispatch.region.schema import PLACE_KINDS
from ui.map.outlines import Outline, Outlines
from ui.map.point_marks import Mark, PointMarks
from ui.map.projection import Floats, world_m
from ui.map.view import MapView
from ui.map_parts.part import MapPart, Switch
from ui.panel import PanelContext

HYDRANT, HAZARD = "hydrant", "hazard"
HYDRANTS_FROM, HYDRANT_ICONS_FROM = 15.0, 16.5
HAZARDS_FROM, HAZARD_ICONS_FROM = 12.0, 13.5
POOR_LPM = 500.0
"""A hydrant that gives less is drawn as one that is not to be counted on."""
HYDRANT_MARKS = (Mark("hydrant", "hydrant"), Mark("hydrant", "hydrant_poor"))
HAZARD_MARKS = (Mark("hazard", "hazard", 15.0),)
TEXT_CAP = 300
SETTLEMENTS = ("city", "town", "village", "suburb", "quarter", "neighbourhood", "island")
SCHEME_OF = {"district": "admin", "beat": "police"}


class AreasPart(MapPart):
    """Districts and beats: the agency's own, else the pack's."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self._overlays = {kind: Outlines(view) for kind in SCHEME_OF}
        self._filled: set[str] = set()
        for overlay in self._overlays.values():
            view.lay(overlay)

    def switches(self) -> Sequence[Switch]:
        return [
            Switch(
                f"{kind}s",
                f"maplayers.{kind}s",
                lambda kind=kind: self._overlays[kind].shown,  # type: ignore[misc]
                lambda on, kind=kind: self._turn(kind, on),  # type: ignore[misc]
                why_not=lambda kind=kind: self._why_not(kind),  # type: ignore[misc]
            )
            for kind in self._overlays
        ]

    def _why_not(self, kind: str) -> Message | None:
        agency, pack = self.context.agency, self.context.pack
        if agency is not None and kind in agency.areas.kinds:
            return None
        return None if pack is not None and _scheme(pack, kind) else Message("maplayers.none_here")

    def _turn(self, kind: str, on: bool) -> None:
        if on and kind not in self._filled:
            self._overlays[kind].set_areas(*self._areas(kind))
            self._filled.add(kind)
        self._overlays[kind].shown = on
        self.view.update()

    def _areas(self, kind: str) -> tuple[list[Outline], list[Floats]]:
        agency, pack = self.context.agency, self.context.pack
        found: list[tuple[Any, dict[str, str], str]] = []
        if agency is not None and kind in agency.areas.kinds:
            own = agency.areas
            found = [
                (shape, area.names, area.ref)
                for area, shape in zip(own.areas, own.shapes, strict=True)
                if area.kind == kind
            ]
        elif pack is not None and (scheme := _scheme(pack, kind)):
            found = [(shape, one.names, one.ref) for one, shape in pack.districts(scheme)]
        written = _written(pack) if pack is not None else frozenset()
        outlines = [
            _outline(shape, {} if names.get("") in written else names, ref)
            for shape, names, ref in found
        ]
        return outlines, _borders([shape for shape, _, _ in found])


def _written(pack: Pack) -> frozenset[str]:
    """Names of settlements and suburbs, which the base map writes already."""
    codes = [PLACE_KINDS.index(kind) for kind in SETTLEMENTS]
    rows = np.flatnonzero(np.isin(pack.places.kind_code, codes))
    names = pack.places.names()
    return frozenset(str(names[row]) for row in rows.tolist() if names[row])


def _scheme(pack: Pack, kind: str) -> str:
    """The finest scheme of a kind's areas in a pack, "" where it has none."""
    schemes = pack.district_schemes()
    return next((name for name in schemes if name.startswith(SCHEME_OF[kind])), "")


def _borders(shapes: Sequence[Any]) -> list[Floats]:
    """Every border once, though two areas share it: dashes drawn twice would close up."""
    if not shapes:
        return []
    merged = shapely.line_merge(shapely.union_all(shapely.boundary(np.array(shapes, dtype=object))))
    parts = (shapely.get_coordinates(part) for part in shapely.get_parts(merged))
    return [world_m(line) for line in parts if len(line) > 1]


def _outline(shape: Any, names: dict[str, str], ref: str) -> Outline:
    at = world_m(shapely.get_coordinates(shapely.point_on_surface(shape))[:1])[0]
    west, south, east, north = shapely.bounds(shape)
    low, high = world_m([[west, south], [east, north]])
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Outline(box, (float(at[0]), float(at[1])), names, ref if names else "")


class PointsPart(MapPart):
    """Hydrants and hazards; filled when they are first turned on."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.hydrants = PointMarks(HYDRANT, HYDRANT_MARKS, HYDRANTS_FROM, HYDRANT_ICONS_FROM)
        self.hazards = PointMarks(HAZARD, HAZARD_MARKS, HAZARDS_FROM, HAZARD_ICONS_FROM)
        self._filled: set[str] = set()
        view.lay(self.hydrants)
        view.lay(self.hazards)

    def switches(self) -> Sequence[Switch]:
        return [
            Switch(
                "hydrants",
                "maplayers.hydrants",
                lambda: self.hydrants.shown,
                lambda on: self._turn(self.hydrants, self._fill_hydrants, on),
                why_not=lambda: None if self._has(HYDRANT) else Message("maplayers.none_here"),
            ),
            Switch(
                "hazards",
                "maplayers.hazards",
                lambda: self.hazards.shown,
                lambda on: self._turn(self.hazards, self._fill_hazards, on),
                why_not=lambda: None if self._has(HAZARD) else Message("maplayers.none_here"),
            ),
        ]

    def _has(self, kind: str) -> bool:
        agency, pack = self.context.agency, self.context.pack
        if kind == HYDRANT and agency is not None and len(agency.hydrants):
            return True
        return pack is not None and bool((pack.places.kind_code == PLACE_KINDS.index(kind)).any())

    def _turn(self, marks: PointMarks, fill: Callable[[], None], on: bool) -> None:
        if on and marks.noun not in self._filled:
            fill()
            self._filled.add(marks.noun)
        marks.shown = on
        self.view.update()

    def _fill_hydrants(self) -> None:
        agency, pack = self.context.agency, self.context.pack
        if agency is not None and len(agency.hydrants):
            own = agency.hydrants
            poor = ~own.in_service | (own.flow_lpm < POOR_LPM)
            self.hydrants.set_points(own.lonlat, poor.astype(np.intp), own.ids)
        elif pack is not None:
            rows = np.flatnonzero(pack.places.kind_code == PLACE_KINDS.index(HYDRANT))
            ids = [str(row) for row in rows.tolist()]
            self.hydrants.set_points(
                pack.places.lonlat[rows], np.zeros(len(rows), dtype=np.intp), ids
            )

    def _fill_hazards(self) -> None:
        pack = self.context.pack
        if pack is not None:
            rows = np.flatnonzero(pack.places.kind_code == PLACE_KINDS.index(HAZARD))
            ids = [str(row) for row in rows.tolist()]
            self.hazards.set_points(
                pack.places.lonlat[rows], np.zeros(len(rows), dtype=np.intp), ids
            )

    # -- saying --------------------------------------------------------------------------------

    def describe(self, found: str) -> Sequence[Message]:
        noun, _, name = found.partition("/")
        if noun not in (HYDRANT, HAZARD) or not name:
            return ()
        agency, pack = self.context.agency, self.context.pack
        if noun == HYDRANT and agency is not None and len(agency.hydrants):
            return self._own_hydrant(name)
        if pack is None or not name.isdecimal() or int(name) >= len(pack.places):
            return ()
        row = int(name)
        tags = _tags(pack.places.texts("attributes")[row])
        if noun == HYDRANT:
            lines = [Message("maplayers.hydrant", {"id": pack.places.refs[row] or ""})]
            kind = tags.get("fire_hydrant:type", "")
            if kind in ("pillar", "underground", "wall", "pond"):
                lines.append(Message(f"maplayers.hydrant.{kind}"))
            if diameter := tags.get("fire_hydrant:diameter", ""):
                lines.append(Message("maplayers.hydrant.diameter", {"n": diameter[:12]}))
            return lines
        kind = pack.places.subkind[row] or "other"
        known = kind in ("chemical", "fuel", "gas")
        lines = [Message(f"maplayers.hazard.{kind if known else 'other'}")]
        if words := tags.get("description", ""):
            lines.append(Message("maplayers.as_written", {"words": words[:TEXT_CAP]}))
        return lines

    def _own_hydrant(self, name: str) -> Sequence[Message]:
        agency = self.context.agency
        assert agency is not None
        own = agency.hydrants
        if name not in own.ids:
            return ()
        row = own.ids.index(name)
        lines = [Message("maplayers.hydrant", {"id": name})]
        if not own.in_service[row]:
            lines.append(Message("maplayers.hydrant.out"))
        from dispatch.region.agency_hydrants import HYDRANT_KINDS

        lines.append(Message(f"maplayers.hydrant.{HYDRANT_KINDS[int(own.kind[row])]}"))
        if np.isfinite(own.flow_lpm[row]):
            lines.append(Message("maplayers.hydrant.flow", {"n": round(float(own.flow_lpm[row]))}))
        if np.isfinite(own.diameter_mm[row]):
            size = str(round(float(own.diameter_mm[row])))
            lines.append(Message("maplayers.hydrant.diameter", {"n": size}))
        if own.addresses[row]:
            lines.append(Message("maplayers.as_written", {"words": own.addresses[row][:TEXT_CAP]}))
        return lines


def _tags(text: str | None) -> dict[str, str]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


class PlacesPart(MapPart):
    """Stations and hospitals, and the agency's raster under the map where it has one."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self._hidden: set[str] = set()

    def switches(self) -> Sequence[Switch]:
        return [
            Switch(
                name,
                f"maplayers.{name}",
                lambda name=name: name not in self._hidden,  # type: ignore[misc]
                lambda on, name=name: self._turn(name, on),  # type: ignore[misc]
            )
            for name in ("stations", "hospitals")
        ]

    def _turn(self, name: str, on: bool) -> None:
        (self._hidden.discard if on else self._hidden.add)(name)
        self.view.show_places(
            stations="stations" not in self._hidden, hospitals="hospitals" not in self._hidden
        )
