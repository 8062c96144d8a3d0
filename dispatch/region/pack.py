"""Opening a region pack: a folder from anybody, so nothing in it is believed unchecked."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from dispatch.domain.message import Problem
from dispatch.region.columns import (
    Addresses,
    Areas,
    Columns,
    Edges,
    Floats,
    Ints,
    Lines,
    Nodes,
    Places,
)
from dispatch.region.manifest import MANIFEST_CAP, Doubt, Manifest, read_manifest
from dispatch.region.schema import AREA_KINDS, MANIFEST, NAME_LANGUAGES, TABLES
from dispatch.region.table_file import check_table_file, read_table_file
from dispatch.region.zone import is_time_zone

FILE_CAP = 4 * 1024**3


@dataclass(frozen=True)
class District:
    """A district, beat or micro-district that holds a point. `names` by language, "" = local."""

    area_id: int
    scheme: str
    ref: str
    names: dict[str, str]

    def name(self, language: str = "") -> str:
        """Its name in a language, falling back to the local name, then to its number."""
        return self.names.get(language) or self.names.get("") or self.ref


class Pack:
    """One region's land. Made by `open_pack`; tables are read when first asked for and shared.

    Reading a table raises `Problem("region.table_broken")` where its content breaks the format.
    """

    def __init__(
        self,
        path: Path,
        manifest: Manifest,
        content_hash: str,
        seen: dict[str, tuple[int, int]] | None = None,
    ) -> None:
        self.path = path
        # Size and time of each file when its hash was compared.
        self._seen = seen or {}
        self.manifest = manifest
        #: SHA-256 (hex) of `pack.toml`, which pins every table.
        self.hash = content_hash
        self.name = manifest.name
        self.time_zone = manifest.time_zone
        #: West, south, east, north, degrees.
        self.bounds = manifest.bounds
        self.attribution = manifest.attribution
        self.languages = manifest.languages
        self.settlement = manifest.settlement
        self.doubtful: tuple[Doubt, ...] = manifest.doubtful
        self._tables: dict[str, pa.Table] = {}
        self._district_trees: dict[str, tuple[shapely.STRtree, Ints]] = {}

    def table(self, name: str) -> pa.Table:
        """One whole table as Arrow, columns and types checked."""
        if name not in self._tables:
            spec = TABLES[name]
            path = self.path / spec.file
            if self._seen.get(spec.file, _state(path)) != _state(path):
                # Somebody put another pack in this one's place since it was opened.
                raise Problem("region.hash", file=str(path))
            table = read_table_file(path, spec)
            for column, type_, nullable in spec.columns:
                if column not in table.column_names:
                    # A pack of format 1: what it does not know is null.
                    absent = pa.nulls(table.num_rows, type_)
                    table = table.append_column(pa.field(column, type_), absent)
                elif not nullable and table.column(column).null_count:
                    raise Problem("region.table_broken", file=str(path), what=column)
            self._tables[name] = table
        return self._tables[name]

    def _columns(self, kind: type[Columns], name: str) -> Any:
        return kind(TABLES[name], self.table(name), str(self.path / TABLES[name].file))

    @cached_property
    def nodes(self) -> Nodes:
        """Ends and junctions of drivable roads."""
        nodes: Nodes = self._columns(Nodes, "nodes")
        return nodes

    @cached_property
    def edges(self) -> Edges:
        """Drivable pieces of road; every end is checked to be a node."""
        edges: Edges = self._columns(Edges, "edges")
        ends = np.concatenate([edges.from_node, edges.to_node])
        if not np.isin(ends, self.nodes.node_id).all():
            raise Problem(
                "region.table_broken", file=str(self.path / TABLES["edges"].file), what="nodes"
            )
        return edges

    @cached_property
    def restrictions(self) -> Columns:
        """Turn bans: `numbers("from_edge")`, `codes("kind")`, ..."""
        columns: Columns = self._columns(Columns, "restrictions")
        return columns

    @cached_property
    def areas(self) -> Areas:
        """Polygons."""
        areas: Areas = self._columns(Areas, "areas")
        return areas

    @cached_property
    def lines(self) -> Lines:
        """Rail, shore, paths and other lines."""
        lines: Lines = self._columns(Lines, "lines")
        return lines

    @cached_property
    def places(self) -> Places:
        """Named points."""
        places: Places = self._columns(Places, "places")
        return places

    @cached_property
    def addresses(self) -> Addresses:
        """House numbers and ranges."""
        addresses: Addresses = self._columns(Addresses, "addresses")
        return addresses

    @cached_property
    def _edge_lines(self) -> tuple[Floats, Ints]:
        return self.edges.point_lines()

    def edge_lines(self) -> tuple[Floats, Ints]:
        """Road geometry: (coords (m, 2) lon/lat, offsets (n + 1,))."""
        return self._edge_lines

    def line_lines(self) -> tuple[Floats, Ints]:
        """Geometry of `lines`, the same form as `edge_lines`."""
        return self.lines.point_lines()

    def area_polygons(self) -> NDArray[np.object_]:
        """Geometry of `areas` as shapely polygons and multipolygons."""
        return self.areas.geometry

    def area_rings(self) -> tuple[Floats, Ints, Ints]:
        """Geometry of `areas` as rings; see `Areas.rings`."""
        return self.areas.rings()

    def district_schemes(self) -> tuple[str, ...]:
        """The schemes of districts in this pack, the finest (most districts) first."""
        return self._district_schemes

    @cached_property
    def _district_schemes(self) -> tuple[str, ...]:
        areas = self.areas
        mask = np.isin(areas.kind_code, [AREA_KINDS.index("district"), AREA_KINDS.index("beat")])
        found = [scheme or "" for scheme in areas.subkind[mask]]
        return tuple(sorted(set(found), key=lambda scheme: (-found.count(scheme), scheme)))

    def district_at(self, lon: float, lat: float, scheme: str | None = None) -> District | None:
        """The district that holds a point (degrees), in one scheme or the finest that has it."""
        for tried in (scheme,) if scheme is not None else self.district_schemes():
            tree, rows = self._district_tree(tried)
            hits = tree.query(shapely.Point(lon, lat), predicate="intersects")
            if len(hits):
                return self._district(int(rows[np.min(hits)]))
        return None

    def districts(self, scheme: str) -> tuple[tuple[District, shapely.Geometry], ...]:
        """All districts of one scheme with their polygons."""
        tree, rows = self._district_tree(scheme)
        return tuple(
            (self._district(int(row)), shape)
            for row, shape in zip(rows, tree.geometries, strict=True)
        )

    def _district_tree(self, scheme: str) -> tuple[shapely.STRtree, Ints]:
        if scheme not in self._district_trees:
            areas = self.areas
            kinds = [AREA_KINDS.index("district"), AREA_KINDS.index("beat")]
            own = np.array([(value or "") == scheme for value in areas.subkind], dtype=bool)
            rows = np.flatnonzero(np.isin(areas.kind_code, kinds) & own)
            self._district_trees[scheme] = (shapely.STRtree(areas.geometry_of(rows)), rows)
        return self._district_trees[scheme]

    def _district(self, row: int) -> District:
        areas = self.areas
        names = {"": areas.names()[row]} | {
            language: areas.texts(f"name_{language}")[row] for language in NAME_LANGUAGES
        }
        return District(
            area_id=int(areas.area_id[row]),
            scheme=areas.subkind[row] or "",
            ref=areas.refs[row] or "",
            names={language: name for language, name in names.items() if name},
        )

    def check(self) -> None:
        """Read and check everything, for packs from other makers; raises `Problem`."""
        from dispatch.region.road_rules import RuleBook

        for part in (
            *(self.nodes, self.edges, self.lines, self.areas, self.places, self.addresses),
            self.restrictions,
        ):
            for column, type_, _ in part._spec.columns:
                if column in part._spec.enums:
                    part.codes(column)
                elif type_ == pa.string():
                    part.texts(column)
                elif column in ("height_m", "levels", "area_m2"):
                    values = part.numbers(column)
                    if not (np.nan_to_num(values) >= 0).all() or np.isinf(values).any():
                        raise Problem("region.table_broken", file=part._file, what=column)
        for points in (self.nodes, self.places, self.addresses):
            _ = points.lonlat
        for shapes in (self.edges, self.lines, self.areas):
            _ = shapes.geometry
        _ = self.edges.length_m, self.edges.speed_kmh, self.edges.edge_id, self.nodes.node_id
        RuleBook.of(self)


def open_pack(path: Path | str) -> Pack:
    """Open a pack and check its manifest, the list of its files, their hashes and columns.

    Raises `Problem` naming the file: `region.pack_missing`, `region.pack_foreign_file`,
    `region.pack_incomplete`, `region.manifest_broken`, `region.format`, `region.file_too_large`,
    `region.hash` or `region.table_broken`. Hashes are computed at every opening: a city's pack
    takes some milliseconds.
    """
    path = Path(path)
    if path.is_symlink() or not path.is_dir():
        raise Problem("region.pack_missing", file=str(path))
    allowed = {MANIFEST} | {table.file for table in TABLES.values()}
    found: dict[str, Path] = {}
    for entry in path.iterdir():
        if entry.name not in allowed or not stat.S_ISREG(entry.lstat().st_mode):
            raise Problem("region.pack_foreign_file", file=str(entry))
        found[entry.name] = entry
    if missing := sorted(allowed - set(found)):
        raise Problem("region.pack_incomplete", file=str(path), missing=", ".join(missing))
    if found[MANIFEST].stat().st_size > MANIFEST_CAP:
        raise Problem("region.file_too_large", file=str(found[MANIFEST]), cap=MANIFEST_CAP)
    content = found[MANIFEST].read_bytes()
    manifest = read_manifest(found[MANIFEST], content)
    if {layer.file for layer in manifest.layers} != allowed - {MANIFEST}:
        raise Problem("region.manifest_broken", file=str(found[MANIFEST]), what="layers")
    if not is_time_zone(manifest.time_zone):
        raise Problem("region.manifest_broken", file=str(found[MANIFEST]), what="time_zone")
    seen: dict[str, tuple[int, int]] = {}
    for layer in manifest.layers:
        file = found[layer.file]
        seen[layer.file] = _state(file)
        if file.stat().st_size > FILE_CAP:
            raise Problem("region.file_too_large", file=str(file), cap=FILE_CAP)
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != layer.sha256:
            raise Problem("region.hash", file=str(file))
        check_table_file(file, TABLES[file.stem], layer.rows)
    return Pack(path, manifest, hashlib.sha256(content).hexdigest(), seen)


def _state(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise Problem("region.table_broken", file=str(path), what=str(error)) from error
    return found.st_size, found.st_mtime_ns
