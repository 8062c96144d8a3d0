"""The pack's tables as read-only numpy columns, decoded once and on demand."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from dispatch.domain.message import Problem
from dispatch.region.schema import NAME_LANGUAGES, Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int8]
Texts = NDArray[np.object_]


class Columns:
    """Columns of one table. `file` is the path named when something in it is wrong."""

    def __init__(self, spec: Table, table: pa.Table, file: str) -> None:
        self._spec = spec
        self._table = table
        self._file = file

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def _column(self, name: str) -> pa.ChunkedArray:
        return self._table.column(name)

    def numbers(self, name: str) -> NDArray[Any]:
        """A column of numbers or flags, read-only; nulls of a float column are NaN."""
        array: NDArray[Any] = self._column(name).to_numpy()
        if not array.flags.c_contiguous or array.dtype == object:
            array = np.ascontiguousarray(array)
        array.flags.writeable = False
        return array

    def codes(self, name: str) -> Codes:
        """A column of kinds as positions in its closed list; -1 where null.

        Raises `Problem("region.table_broken")` for a kind this version does not know.
        """
        column = self._column(name)
        allowed = pa.array(self._spec.enums[name], pa.string())
        if pa.types.is_dictionary(column.type):
            column = column.cast(pa.string())
        found = pa.compute.index_in(column, value_set=allowed)
        if found.null_count != column.null_count:
            raise Problem("region.table_broken", file=self._file, what=name)
        codes: Codes = found.fill_null(-1).to_numpy().astype(np.int8)
        codes.flags.writeable = False
        return codes

    def texts(self, name: str) -> Texts:
        """A column of text as an object array of `str` and `None`."""
        cache: dict[str, Texts] = self.__dict__.setdefault("_texts", {})
        if name not in cache:
            cache[name] = self._decoded(name)
        return cache[name]

    def _decoded(self, name: str) -> Texts:
        column = self._column(name)
        values: Texts = np.empty(len(self), dtype=object)
        # Through the dictionary: a street's name is one object, not one a row.
        encoded = column.combine_chunks().dictionary_encode()
        words = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
        indices = encoded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        values[:] = words[indices]
        values.flags.writeable = False
        return values

    def names(self, language: str | None = None) -> Texts:
        """Names in a language, falling back to the local name row by row; None where unnamed."""
        cache: dict[str | None, Texts] = self.__dict__.setdefault("_names", {})
        key = language if language in NAME_LANGUAGES else None
        if key not in cache:
            local = self.texts("name")
            if key is None:
                cache[key] = local
            else:
                own = self.texts(f"name_{key}")
                mixed: Texts = np.where(own == None, local, own)  # noqa: E711  (element-wise)
                mixed.flags.writeable = False
                cache[key] = mixed
        return cache[key]

    @cached_property
    def geometry(self) -> NDArray[np.object_]:
        """The geometry column as an array of shapely geometries, longitude first."""
        return self._shapes(self._column("geometry").to_numpy())

    def geometry_of(self, rows: Ints) -> NDArray[np.object_]:
        """The geometry of some rows alone: a few districts among many buildings."""
        if "geometry" in self.__dict__:
            return self.geometry[rows]
        return self._shapes(self._column("geometry").take(pa.array(rows)).to_numpy())

    def _shapes(self, raw: NDArray[Any]) -> NDArray[np.object_]:
        try:
            shapes = shapely.from_wkb(raw)
        except (shapely.errors.GEOSException, TypeError, ValueError) as error:
            raise Problem("region.table_broken", file=self._file, what="geometry") from error
        kinds = shapely.get_type_id(shapes)
        wanted = {"LineString": 1, "Polygon": 3, "MultiPolygon": 6}
        allowed = [wanted[name] for name in self._spec.geometry_types]
        bounds = shapely.total_bounds(shapes) if len(shapes) else np.zeros(4)
        inside = np.all(np.abs(bounds) <= (180, 90, 180, 90))
        if not (np.isin(kinds, allowed).all() and inside) or shapely.is_empty(shapes).any():
            raise Problem("region.table_broken", file=self._file, what="geometry")
        result: NDArray[np.object_] = np.asarray(shapes, dtype=object)
        result.flags.writeable = False
        return result

    @cached_property
    def bounds(self) -> Floats:
        """(n, 4) west, south, east, north of each row's geometry, degrees."""
        return _frozen(shapely.bounds(self.geometry).reshape(-1, 4))

    def point_lines(self) -> tuple[Floats, Ints]:
        """Line geometry as (coords (m, 2) lon/lat, offsets (n + 1,)): row i is one slice."""
        lines = self.geometry
        coords = shapely.get_coordinates(lines)
        offsets = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))])
        return _frozen(coords), _frozen(offsets.astype(np.int64))


class PointColumns(Columns):
    """A table whose rows are points."""

    @cached_property
    def lonlat(self) -> Floats:
        """(n, 2) longitude and latitude, degrees."""
        pair = np.column_stack([self.numbers("lon_e7"), self.numbers("lat_e7")])
        if (np.abs(pair) > (1_800_000_000, 900_000_000)).any():
            raise Problem("region.table_broken", file=self._file, what="lon_e7, lat_e7")
        return _frozen(pair * 1e-7)


class Nodes(PointColumns):
    """Ends and junctions of drivable roads, sorted by id."""

    @cached_property
    def node_id(self) -> Ints:
        """Ids, ascending."""
        ids: Ints = self.numbers("node_id")
        _check_ids(ids, self._file, "node_id")
        return ids

    @cached_property
    def signals(self) -> Flags:
        """Whether there are traffic lights."""
        return self.numbers("signals")

    @cached_property
    def component(self) -> NDArray[np.int32]:
        """0 = main part, 1 = joined to it one way only, 2.. = islands."""
        return self.numbers("component")


class Edges(Columns):
    """Drivable pieces of road, sorted by id."""

    @cached_property
    def edge_id(self) -> Ints:
        """Ids, ascending."""
        ids: Ints = self.numbers("edge_id")
        _check_ids(ids, self._file, "edge_id")
        return ids

    @cached_property
    def from_node(self) -> Ints:
        """Node id at the start of the geometry."""
        return self.numbers("from_node")

    @cached_property
    def to_node(self) -> Ints:
        """Node id at the end of the geometry."""
        return self.numbers("to_node")

    @cached_property
    def way_id(self) -> Ints:
        """The source's way."""
        return self.numbers("way_id")

    @cached_property
    def class_code(self) -> Codes:
        """Position in `EDGE_CLASSES`."""
        return self.codes("class")

    @cached_property
    def access_code(self) -> Codes:
        """Position in `ACCESS`."""
        return self.codes("access")

    @cached_property
    def length_m(self) -> Floats:
        """Metres, positive."""
        lengths: Floats = self.numbers("length_m")
        if not (np.isfinite(lengths).all() and (lengths >= 0).all()):
            raise Problem("region.table_broken", file=self._file, what="length_m")
        return lengths

    @cached_property
    def speed_kmh(self) -> NDArray[np.float32]:
        """Signed or assumed limit, km/h, positive."""
        speeds: NDArray[np.float32] = self.numbers("speed_kmh")
        if not (np.isfinite(speeds).all() and (speeds > 0).all()):
            raise Problem("region.table_broken", file=self._file, what="speed_kmh")
        return speeds

    @cached_property
    def forward(self) -> Flags:
        """Drivable in the order of the geometry."""
        return self.numbers("forward")

    @cached_property
    def backward(self) -> Flags:
        """Drivable against the order of the geometry."""
        return self.numbers("backward")

    @cached_property
    def lanes(self) -> NDArray[np.int8]:
        """Lanes, 0 = unknown."""
        return self.numbers("lanes")

    @cached_property
    def layer(self) -> NDArray[np.int8]:
        """Level of crossing."""
        return self.numbers("layer")

    @cached_property
    def bridge(self) -> Flags:
        """Whether it is a bridge."""
        return self.numbers("bridge")

    @cached_property
    def tunnel(self) -> Flags:
        """Whether it is a tunnel."""
        return self.numbers("tunnel")

    @cached_property
    def roundabout(self) -> Flags:
        """Whether it is part of a roundabout."""
        return self.numbers("roundabout")

    @cached_property
    def refs(self) -> Texts:
        """Road numbers."""
        return self.texts("ref")

    @cached_property
    def aliases(self) -> Texts:
        """Other names of the street (old, short, colloquial ...): an object array of tuples of
        text, most of them empty. To be searched for, never shown in place of a name."""
        return _split_names(self.texts("aliases"))


class Lines(Columns):
    """Lines that nobody drives on."""

    @cached_property
    def kind_code(self) -> Codes:
        """Position in `LINE_KINDS`."""
        return self.codes("kind")

    @cached_property
    def layer(self) -> NDArray[np.int8]:
        """Level of crossing."""
        return self.numbers("layer")

    @cached_property
    def bridge(self) -> Flags:
        """Whether it is a bridge."""
        return self.numbers("bridge")

    @cached_property
    def tunnel(self) -> Flags:
        """Whether it is a tunnel."""
        return self.numbers("tunnel")


class Areas(Columns):
    """Polygons, in painting order."""

    @cached_property
    def area_id(self) -> Ints:
        """Ids."""
        return self.numbers("area_id")

    @cached_property
    def kind_code(self) -> Codes:
        """Position in `AREA_KINDS`."""
        return self.codes("kind")

    @cached_property
    def subkind(self) -> Texts:
        """The source's own value; for districts the scheme."""
        return self.texts("subkind")

    @cached_property
    def refs(self) -> Texts:
        """District, beat or building number."""
        return self.texts("ref")

    @cached_property
    def area_m2(self) -> Floats:
        """Square metres."""
        return self.numbers("area_m2")

    @cached_property
    def height_m(self) -> NDArray[np.float32]:
        """Height of buildings, NaN where unknown."""
        return self.numbers("height_m")

    @cached_property
    def levels(self) -> NDArray[np.float32]:
        """Storeys of buildings above ground, NaN where unknown."""
        return self.numbers("levels")

    @cached_property
    def homes(self) -> Floats:
        """Homes (flats) in a building, NaN where unknown."""
        homes: Floats = self._column("homes").cast(pa.float64()).to_numpy()
        return homes

    @cached_property
    def layer(self) -> NDArray[np.int8]:
        """Level of crossing."""
        return self.numbers("layer")

    def rings(self) -> tuple[Floats, Ints, Ints]:
        """All rings as (coords (m, 2), ring offsets, area offsets), to fill even-odd.

        Area i is the rings `area_offsets[i]:area_offsets[i + 1]`; ring j is
        `coords[ring_offsets[j]:ring_offsets[j + 1]]`, closed.
        """
        shapes = self.geometry
        # `get_rings` passes over multipolygons, so they are taken apart first.
        parts, part_owner = shapely.get_parts(shapes, return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        owner = part_owner[ring_part]
        coords = shapely.get_coordinates(rings)
        ring_offsets = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))])
        area_offsets = np.searchsorted(owner, np.arange(len(shapes) + 1))
        return (
            _frozen(coords),
            _frozen(ring_offsets.astype(np.int64)),
            _frozen(area_offsets.astype(np.int64)),
        )


class Places(PointColumns):
    """Named points."""

    @cached_property
    def place_id(self) -> Ints:
        """Ids."""
        return self.numbers("place_id")

    @cached_property
    def kind_code(self) -> Codes:
        """Position in `PLACE_KINDS`."""
        return self.codes("kind")

    @cached_property
    def subkind(self) -> Texts:
        """The source's own value."""
        return self.texts("subkind")

    @cached_property
    def refs(self) -> Texts:
        """Station or hydrant numbers."""
        return self.texts("ref")

    @cached_property
    def population(self) -> Floats:
        """People, NaN where unknown."""
        people: Floats = self._column("population").cast(pa.float64()).to_numpy()
        return people


class Addresses(PointColumns):
    """House numbers; text columns by `texts(...)`."""

    @cached_property
    def parity_code(self) -> Codes:
        """Position in `PARITIES`, -1 for a single number."""
        return self.codes("parity")

    @cached_property
    def side_code(self) -> Codes:
        """Position in `SIDES`, -1 where it does not apply."""
        return self.codes("side")

    @cached_property
    def edge_id(self) -> Ints:
        """The edge it belongs to, -1 where unknown (no edge of ours has that id)."""
        ids: Ints = self._column("edge_id").fill_null(-1).to_numpy()
        return ids


def _split_names(texts: Texts) -> Texts:
    """`A;B` -> ("A", "B"); null -> ()."""
    split: dict[str | None, tuple[str, ...]] = {None: ()}
    for text in texts:
        if text not in split:
            split[text] = tuple(name for name in text.split(";") if name)
    values: Texts = np.empty(len(texts), dtype=object)
    for row, text in enumerate(texts):
        values[row] = split[text]
    values.flags.writeable = False
    return values


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _check_ids(ids: Ints, file: str, what: str) -> None:
    if len(ids) > 1 and not (np.diff(ids) > 0).all():
        raise Problem("region.table_broken", file=file, what=what)
