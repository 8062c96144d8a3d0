"""The rest of a row of each layer: ids, words of ours, what goes without saying; then its check."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import shapely

from dispatch.domain.message import Problem
from dispatch.region.agency import Agency
from dispatch.region.agency_cells import Row
from dispatch.region.agency_rows import Station, hospital_of, station_of, unit_of
from dispatch.region.layers.columns import AREA_LAYERS, KEY_OF, usual_capabilities, word_of
from dispatch.region.layers.earth import number_of
from dispatch.region.layers.taken import Fault, Options, Taken
from dispatch.words import say

#: What a service is for a kind of unit, where its table does not say.
_SERVICE_OF = {
    "patrol": "police",
    "gas": "rescue",
    "rescue": "rescue",
    **dict.fromkeys(
        ("engine", "pump", "pump_ambulance", "ladder", "water_tender", "hazmat"), "fire"
    ),
    **dict.fromkeys(
        ("als_ambulance", "bls_ambulance", "feldsher", "doctor", "intensive_care", "emt"),
        "medical",
    ),
    **dict.fromkeys(("special", "polyclinic", "helicopter"), "medical"),
}


class Finish:
    """Finishes and checks the rows of one sheet, one after the other."""

    def __init__(self, taken: Taken, options: Options, agency: Agency) -> None:
        self.taken, self.options, self._agency = taken, options, agency
        self._seen: set[str] = set()
        self._labels: set[str] = set()
        self._homes: dict[str, Station] = {s.station_id: s for s in agency.stations}
        self._known: dict[str, str] = {}
        for station in agency.stations:
            bare = station.station_id.casefold()
            for name in (bare, bare.lstrip("0"), station.name().casefold()):
                self._known.setdefault(name, station.station_id)
        self._tree: shapely.STRtree | None = None
        self._of: dict[str, Callable[[dict[str, str], Any], None]] = {
            "stations": self._station,
            "hospitals": self._hospital,
            "units": self._unit,
            "hydrants": self._hydrant,
            "districts": self._area,
            "beats": self._area,
        }

    def require(self) -> None:
        """That what cannot be guessed is said. Raises `Problem("layers.needs_field")`."""
        said = {*self.taken.fields, *self.options.values}
        services = self._agency.services
        needs = {"stations": ("service", "fire"), "units": ("kind", "als_ambulance")}
        name, example = needs.get(self.taken.layer, ("", ""))
        if not name or name in said or (name == "service" and len(services) == 1):
            return
        raise Problem(
            "layers.needs_field",
            file=str(self.taken.sheet.file),
            field=name,
            example=example,
            found=", ".join(self.taken.sheet.columns)[:300],
        )

    def row(self, place: int, cells: dict[str, str], shape: Any) -> None:
        """Finish one row, check it as the agency's reader does, and keep it or note its fault."""
        taken = self.taken
        if shape is not None and taken.layer not in AREA_LAYERS:
            cells |= {"lon": f"{shape.x:.7f}", "lat": f"{shape.y:.7f}"}
        self._of[taken.layer](cells, shape)
        was_there = cells.get(KEY_OF[taken.layer], "") in self._seen
        label_was_there = cells.get("label", "") in self._labels
        row = Row(taken.sheet.file, place, cells)
        try:
            match taken.layer:
                case "stations":
                    station_of(row, self._seen)
                case "hospitals":
                    hospital_of(row, self._seen)
                case "units":
                    unit_of(row, self._seen, self._labels, self._homes)
                case "hydrants":
                    row.key("hydrant_id", self._seen)
                    row.point()
                case _:
                    row.key("ref", self._seen)
                    if cells.get("service"):
                        row.one_of("service", ("medical", "fire", "police", "rescue"))
        except Problem as problem:
            column, value = (
                str(problem.message.values["column"]),
                cells.get(str(problem.message.values["column"]), ""),
            )
            twice = (column == KEY_OF[taken.layer] and was_there) or (
                column == "label" and label_was_there
            )
            reason = "empty" if not value else "twice" if twice else "cell"
            taken.faults.append(Fault(place, taken.column(column), reason, value[:60]))
            return
        taken.cells.append(cells)
        taken.shapes.append(shape)

    def _id(self, cells: dict[str, str], name: str, letter: str) -> None:
        value = re.sub(r"\s+", "-", cells.get(name, ""))
        if not value and name not in self.taken.fields:
            self.taken.notes["made_ids"] += 1
            value = f"{letter}{self.taken.notes['made_ids']}"
        cells[name] = value

    def _name(self, cells: dict[str, str], fallback: str) -> None:
        if not cells.get("name"):
            self.taken.notes["made_names"] += 1
            cells["name"] = fallback

    def _service(self, cells: dict[str, str], usual: str) -> None:
        cells["service"] = word_of("service", cells["service"]) if cells.get("service") else usual

    def _station(self, cells: dict[str, str], shape: Any) -> None:
        services = self._agency.services
        self._id(cells, "station_id", "S")
        self._service(cells, services[0] if len(services) == 1 else "")
        language = self._agency.languages[0]
        self._name(cells, say("layers.station_name", language, n=cells["station_id"]))

    def _hospital(self, cells: dict[str, str], shape: Any) -> None:
        self._id(cells, "hospital_id", "H")
        self._name(cells, cells["hospital_id"])
        cells["capabilities"] = " ".join(
            re.split(r"[\s,;|/]+", cells.get("capabilities", "").lower())
        )
        if not cells["capabilities"].strip():
            self.taken.notes["general"] += 1
            cells["capabilities"] = "general"
        if cells.get("accepts"):
            cells["accepts"] = word_of("answer", cells["accepts"])
        if cells.get("beds") and (beds := number_of(cells["beds"])) is not None:
            cells["beds"] = str(round(beds))

    def _unit(self, cells: dict[str, str], shape: Any) -> None:
        self._id(cells, "unit_id", "U")
        cells["label"] = cells.get("label") or cells["unit_id"]
        cells["kind"] = word_of("kind", cells.get("kind", ""))
        said = cells.get("station_id", "")
        key = said.casefold()
        home = self._known.get(key) or self._known.get(key.lstrip("0")) or said
        if not said and shape is not None and self._homes:
            self.taken.notes["nearest"] += 1
            home = self._nearest(shape)
        cells["station_id"] = home
        usual = _SERVICE_OF.get(cells["kind"], "")
        if not usual and home in self._homes:
            usual = self._homes[home].service
        self._service(cells, usual)
        words = re.split(r"[\s,;|/]+", cells.get("capabilities", "").lower())
        cells["capabilities"] = " ".join(filter(None, words))
        if not cells["capabilities"] and (some := usual_capabilities(cells["kind"])):
            self.taken.notes["usual"] += 1
            cells["capabilities"] = some

    def _nearest(self, shape: Any) -> str:
        if self._tree is None:
            self._tree = shapely.STRtree(
                [shapely.Point(s.lon, s.lat) for s in self._homes.values()]
            )
        return list(self._homes)[int(self._tree.nearest(shape))]

    def _hydrant(self, cells: dict[str, str], shape: Any) -> None:
        self._id(cells, "hydrant_id", "")
        kind = word_of("hydrant", cells.get("kind", ""))
        if kind not in ("pillar", "underground", "wall", "dry_riser", "water_tank", "pond"):
            self.taken.notes["other"] += 1
            kind = "other"
        cells["kind"] = kind
        for name in ("flow_lpm", "diameter_mm"):
            if cells.get(name):
                match = re.match(r"[^\d]*([\d.,\s]+)", cells[name])
                value = number_of(match[1].strip(" .,")) if match else None
                cells[name] = "" if value is None else f"{value:g}"
        cells["in_service"] = word_of("answer", cells.get("in_service") or "yes")

    def _area(self, cells: dict[str, str], shape: Any) -> None:
        if not cells.get("ref"):
            # Names are numbers enough for run cards where a file has no others.
            cells["ref"] = re.sub(r"\s+", "-", cells.get("name", ""))[:20]
        self._id(cells, "ref", "A")
        if not cells["ref"]:
            self.taken.notes["made_ids"] += 1
            cells["ref"] = f"A{self.taken.notes['made_ids']}"
        if cells.get("service"):
            self._service(cells, "")
