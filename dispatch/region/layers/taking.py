"""From a foreign sheet to rows of an agency: each checked as the agency's own files are.

Nothing is written here, and no row is lost unsaid: it is taken, a fault, or outside the region.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import shapely

from dispatch.domain.message import Problem
from dispatch.region.agency import Agency
from dispatch.region.agency_cells import Row
from dispatch.region.agency_rows import Station, hospital_of, station_of, unit_of
from dispatch.region.layers.columns import (
    AREA_LAYERS,
    FIELDS,
    PLACE_FIELDS,
    guess_columns,
    usual_capabilities,
    word_of,
)
from dispatch.region.layers.earth import Bounds, number_of, place_rows
from dispatch.region.layers.formula import is_formula, unguarded
from dispatch.region.layers.sheet import Sheet
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
#: A hair outside the box is still the region: outlines are cut where whole streets end.
_MARGIN_DEG = 0.01


@dataclass(frozen=True)
class Options:
    """What whoever imports has said.

    `columns` maps a column to a field (or "-"), `values` a field to one value for all rows,
    `where` a column to the word its cells must be, for files that mix kinds of things.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    swap_axes: bool = False
    layer_name: str | None = None
    encoding: str | None = None
    keep_outside: bool = False
    skip_bad: bool = False
    add: bool = False


@dataclass(frozen=True)
class Fault:
    """A row that cannot be used: where it stands, the column, why (`cell`, `empty`, `formula`,
    `twice`, `shape`) and what is there."""

    place: int
    column: str
    reason: str
    value: str


@dataclass
class Taken:
    """What came of a sheet: `cells[i]` are our columns of row i, `shapes[i]` its polygon (areas)
    or point. `notes` counts what was done on the way, by the last part of its message id."""

    layer: str
    sheet: Sheet
    fields: dict[str, str]
    unused: tuple[str, ...] = ()
    system: str = ""
    cells: list[dict[str, str]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    outside: list[Fault] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


def take(
    sheet: Sheet, layer: str, options: Options, agency: Agency, bounds: Bounds | None
) -> Taken:
    """Every row of a sheet as a row of a layer, or why not.

    Raises `Problem` where the whole sheet cannot be understood: `layers.needs_field` and those of
    `guess_columns` and `place_rows`.
    """
    for name in options.values:
        if name not in FIELDS[layer]:
            raise Problem("layers.no_field", field=name, found=" ".join(FIELDS[layer]))
    sheet = only(sheet, options.where)
    fields = guess_columns(layer, sheet.columns, options.columns)
    fields = {name: column for name, column in fields.items() if name not in options.values}
    used = set(fields.values())
    taken = Taken(layer, sheet, fields, tuple(c for c in sheet.columns if c not in used))
    finish = _Finish(taken, options, agency)
    finish.require()
    shapes: Sequence[Any] = [None] * len(sheet.rows)
    unread: Mapping[int, tuple[str, str]] = {}
    has_place = sheet.shapes is not None or any(name in fields for name in ("wkt", "lon", "x"))
    if has_place or layer != "units":
        placed = place_rows(sheet, fields, crs=options.crs, swap=options.swap_axes, bounds=bounds)
        shapes, unread, taken.system = placed.shapes, placed.unread, placed.system
    for i, row in enumerate(sheet.rows):
        cells = {
            name: unguarded(row.get(column, ""))
            for name, column in fields.items()
            if name not in PLACE_FIELDS
        }
        cells.update(options.values)
        _take_row(taken, finish, sheet.places[i], cells, shapes[i], unread.get(i), bounds)
    if layer in AREA_LAYERS:
        taken.notes["overlap"] = overlapping(taken.shapes)
    return taken


def only(sheet: Sheet, where: Mapping[str, str]) -> Sheet:
    """The rows whose cells are what is said, whatever their case. Raises `layers.no_column`."""
    for column in where:
        if column not in sheet.columns:
            raise Problem("layers.no_column", column=column, found=", ".join(sheet.columns)[:300])
    wanted = {column: word.casefold() for column, word in where.items()}
    kept = [
        i
        for i, row in enumerate(sheet.rows)
        if all(row.get(column, "").casefold() == word for column, word in wanted.items())
    ]
    if len(kept) == len(sheet.rows):
        return sheet
    return replace(
        sheet,
        rows=[sheet.rows[i] for i in kept],
        places=[sheet.places[i] for i in kept],
        shapes=None if sheet.shapes is None else [sheet.shapes[i] for i in kept],
    )


def _take_row(
    taken: Taken,
    finish: _Finish,
    place: int,
    cells: dict[str, str],
    shape: Any,
    unread: tuple[str, str] | None,
    bounds: Bounds | None,
) -> None:
    for name, cell in cells.items():
        if is_formula(cell):
            taken.faults.append(Fault(place, _column(taken, name), "formula", cell[:60]))
            return
    if taken.layer in AREA_LAYERS:
        shape, fault = _area(taken, shape)
    else:
        shape, fault = _point(taken, shape)
    if unread is not None:
        taken.faults.append(Fault(place, unread[0], "cell" if unread[1] else "empty", unread[1]))
        return
    if fault is not None and not (taken.layer == "units" and shape is None):
        column = next((taken.fields[n] for n in PLACE_FIELDS if n in taken.fields), "geometry")
        taken.faults.append(Fault(place, column, "shape", fault))
        return
    if shape is not None and bounds is not None and not _inside(shape, bounds):
        middle = shape.representative_point()
        where = f"{middle.x:.5f}, {middle.y:.5f}"
        taken.outside.append(Fault(place, "", "outside", where))
        if not finish.options.keep_outside:
            return
    finish.row(place, cells, shape)


def _column(taken: Taken, name: str) -> str:
    return taken.fields.get(name, name)


def _inside(shape: Any, bounds: Bounds) -> bool:
    west, south, east, north = shape.bounds
    return bool(
        east >= bounds[0] - _MARGIN_DEG
        and west <= bounds[2] + _MARGIN_DEG
        and north >= bounds[1] - _MARGIN_DEG
        and south <= bounds[3] + _MARGIN_DEG
    )


def _point(taken: Taken, shape: Any) -> tuple[Any, str | None]:
    """A point, of a larger shape one inside it; or what is there instead."""
    if shape is None or shape.is_empty:
        return None, "-"
    if shape.geom_type != "Point":
        shape = shape.representative_point()
        taken.notes["represented"] += 1
    on_earth = abs(shape.x) <= 180 and abs(shape.y) <= 90  # false for what is no number too
    return (shape, None) if on_earth else (None, f"{shape.x:g}, {shape.y:g}")


def _area(taken: Taken, shape: Any) -> tuple[Any, str | None]:
    """A valid polygon or several; or what is there instead."""
    if shape is None or shape.is_empty:
        return None, "-"
    if shape.geom_type not in ("Polygon", "MultiPolygon", "GeometryCollection"):
        return None, shape.geom_type
    if not shape.is_valid:
        taken.notes["repaired"] += 1
        shape = shapely.make_valid(shape, method="structure")
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon" and not p.is_empty]
    if not parts:
        return None, shape.geom_type
    west, south, east, north = shapely.total_bounds(parts)
    if not (west >= -180 and south >= -90 and east <= 180 and north <= 90):
        return None, f"{west:g}, {south:g}"
    return shapely.MultiPolygon(parts), None


def overlapping(shapes: Sequence[Any]) -> int:
    """How many pairs of areas share more than a hundredth of the smaller."""
    if len(shapes) < 2 or len(shapes) > 3_000:
        return 0
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    count = 0
    for a, b in zip(left[left < right], right[left < right], strict=True):
        smaller = min(shapes[a].area, shapes[b].area)
        count += shapes[a].intersection(shapes[b]).area > 0.01 * smaller
    return count


class _Finish:
    """The rest of a row of each layer: ids, words of ours, what goes without saying."""

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
        before = set(self._seen)
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
            twice = value in before or (column == "label" and value in self._labels)
            reason = "empty" if not value else "twice" if twice else "cell"
            taken.faults.append(Fault(place, _column(taken, column), reason, value[:60]))
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
