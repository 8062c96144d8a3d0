"""The pack's tables: files, columns, types and the closed lists of kinds (see FORMAT.md).

Codes are positions in these lists; a list only ever grows at its end.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pyarrow as pa

FORMAT = 2
#: Formats this version reads: 2 is 1 with the optional columns.
READABLE = (1, 2)
MANIFEST = "pack.toml"


def words(text: str) -> list[str]:
    """A list of words written as one string, for lists that would fill a page otherwise."""
    return text.split()


EDGE_CLASSES = words(
    "motorway motorway_link trunk trunk_link primary primary_link secondary "
    "secondary_link tertiary tertiary_link unclassified residential living_street "
    "service track busway pedestrian ferry"
)
ACCESS = ["open", "destination", "private", "gate", "emergency"]
RESTRICTION_KINDS = ["no", "only"]
AREA_KINDS = words(
    "sea water wetland beach park wood grass farmland residential commercial retail "
    "industrial campus school hospital airport runway rail_yard port military "
    "cemetery sport stadium parking plaza bare building bridge district beat "
    "settlement pier island"
)
LINE_KINDS = words(
    "rail metro tram river stream canal coast path steps power pier runway taxiway cliff wall ferry"
)
PLACE_KINDS = words(
    "city town village hamlet suburb quarter neighbourhood locality island "
    "fire_station ambulance_station police hospital clinic doctor pharmacy "
    "nursing_home hydrant water_source aed helipad assembly_point school kindergarten "
    "university stadium station bus_stop airport port fuel hotel mall shop restaurant "
    "bank office factory worship government museum theatre attraction park square "
    "sport bridge tunnel junction milestone entrance gate hazard peak water other"
)
PARITIES = ["all", "odd", "even"]
SIDES = ["left", "right"]
SETTLEMENT_KINDS = ("city", "town", "village", "hamlet")

#: Languages with a column of their own beside the local `name`.
NAME_LANGUAGES = ("en", "ru", "kk", "ko")

_TEXT = pa.string()
_NAMES = [("name", _TEXT, True), *((f"name_{lang}", _TEXT, True) for lang in NAME_LANGUAGES)]
_POINT = [("lon_e7", pa.int32(), False), ("lat_e7", pa.int32(), False)]
_GEOMETRY = ("geometry", pa.binary(), False)

Column = tuple[str, pa.DataType, bool]


@dataclass(frozen=True)
class Table:
    """One file of the pack.

    `columns` are (name, Arrow type, may be null); `enums` maps a column to its closed list;
    `sort` is the order of the rows; `geometry_types` is empty for tables without geometry;
    `optional` are the last columns, which a pack of format 1 does not have: read as null there.
    """

    name: str
    columns: tuple[Column, ...]
    enums: dict[str, list[str]]
    sort: tuple[str, ...]
    geometry_types: tuple[str, ...] = ()
    row_cap: int = 20_000_000
    optional: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[Column, ...]:
        """The columns that every pack has."""
        return self.columns[: len(self.columns) - len(self.optional)]

    @property
    def file(self) -> str:
        """The file's name inside the pack."""
        return f"{self.name}.parquet"

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema as written, enumerations dictionary-encoded, GeoParquet metadata."""
        fields = []
        for name, type_, nullable in self.columns:
            if name in self.enums:
                type_ = pa.dictionary(pa.int8(), pa.string())
            fields.append(pa.field(name, type_, nullable=nullable))
        metadata = None
        if self.geometry_types:
            # No "crs" key means OGC:CRS84: WGS 84 with longitude first, as we keep it.
            column = {"encoding": "WKB", "geometry_types": list(self.geometry_types)}
            geo = {
                "version": "1.1.0",
                "primary_column": "geometry",
                "columns": {"geometry": column},
            }
            metadata = {b"geo": json.dumps(geo, sort_keys=True).encode()}
        return pa.schema(fields, metadata=metadata)


NODES = Table(
    "nodes",
    (
        ("node_id", pa.int64(), False),
        *_POINT,
        ("signals", pa.bool_(), False),
        ("component", pa.int32(), False),
    ),
    {},
    ("node_id",),
)
EDGES = Table(
    "edges",
    (
        ("edge_id", pa.int64(), False),
        ("from_node", pa.int64(), False),
        ("to_node", pa.int64(), False),
        ("way_id", pa.int64(), False),
        ("class", _TEXT, False),
        ("length_m", pa.float64(), False),
        ("speed_kmh", pa.float32(), False),
        ("speed_known", pa.bool_(), False),
        ("forward", pa.bool_(), False),
        ("backward", pa.bool_(), False),
        ("lanes", pa.int8(), False),
        ("layer", pa.int8(), False),
        ("bridge", pa.bool_(), False),
        ("tunnel", pa.bool_(), False),
        ("roundabout", pa.bool_(), False),
        ("access", _TEXT, False),
        *_NAMES,
        ("ref", _TEXT, True),
        _GEOMETRY,
        ("aliases", _TEXT, True),
        ("rules", _TEXT, True),
    ),
    {"class": EDGE_CLASSES, "access": ACCESS},
    ("edge_id",),
    ("LineString",),
    optional=("aliases", "rules"),
)
RESTRICTIONS = Table(
    "restrictions",
    (
        ("from_edge", pa.int64(), False),
        ("via_node", pa.int64(), False),
        ("to_edge", pa.int64(), False),
        ("kind", _TEXT, False),
        ("except_emergency", pa.bool_(), False),
        ("condition", _TEXT, True),
        ("via_edges", _TEXT, True),
        ("when", _TEXT, True),
    ),
    {"kind": RESTRICTION_KINDS},
    ("via_node", "from_edge", "to_edge", "kind", "condition", "via_edges"),
    optional=("via_edges", "when"),
)
AREAS = Table(
    "areas",
    (
        ("area_id", pa.int64(), False),
        ("kind", _TEXT, False),
        ("subkind", _TEXT, True),
        *_NAMES,
        ("ref", _TEXT, True),
        ("layer", pa.int8(), False),
        ("height_m", pa.float32(), True),
        ("area_m2", pa.float64(), False),
        _GEOMETRY,
        ("levels", pa.float32(), True),
        ("homes", pa.int32(), True),
    ),
    {"kind": AREA_KINDS},
    ("kind", "area_id"),
    ("Polygon", "MultiPolygon"),
    optional=("levels", "homes"),
)
LINES = Table(
    "lines",
    (
        ("line_id", pa.int64(), False),
        ("kind", _TEXT, False),
        *_NAMES,
        ("layer", pa.int8(), False),
        ("bridge", pa.bool_(), False),
        ("tunnel", pa.bool_(), False),
        _GEOMETRY,
    ),
    {"kind": LINE_KINDS},
    ("line_id",),
    ("LineString",),
)
PLACES = Table(
    "places",
    (
        ("place_id", pa.int64(), False),
        ("kind", _TEXT, False),
        ("subkind", _TEXT, True),
        *_NAMES,
        ("ref", _TEXT, True),
        ("address", _TEXT, True),
        *_POINT,
        ("population", pa.int64(), True),
        ("attributes", _TEXT, True),
    ),
    {"kind": PLACE_KINDS},
    ("place_id",),
)
ADDRESSES = Table(
    "addresses",
    (
        ("address_id", pa.int64(), False),
        ("number", _TEXT, True),
        ("number_to", _TEXT, True),
        ("parity", _TEXT, True),
        ("street", _TEXT, True),
        ("district", _TEXT, True),
        ("settlement", _TEXT, True),
        ("postcode", _TEXT, True),
        ("entrance", _TEXT, True),
        ("label", _TEXT, True),
        ("edge_id", pa.int64(), True),
        ("side", _TEXT, True),
        *_POINT,
    ),
    {"parity": PARITIES, "side": SIDES},
    ("address_id",),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (ADDRESSES, AREAS, EDGES, LINES, NODES, PLACES, RESTRICTIONS)
}
