"""From a pack to drawings: what the painter needs, merged, sorted by place, in whole centimetres.

Two stages. `coarse`: main roads, large areas and the names that are read far out, simplified; it
serves every level below `FINE_FROM` and is there within moments. `fine`: everything.

Runs in a process of its own (`maker`), which ends when it is done: reading a pack takes libraries
and memory that the painter then never holds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from dispatch.region.columns import Addresses, Areas, Columns, Edges, Lines
from dispatch.region.pack import Pack
from dispatch.region.schema import AREA_KINDS, EDGE_CLASSES, LINE_KINDS, PLACE_KINDS, TABLES
from ui.map.projection import Floats, world_m
from ui.map.tiles.arranging import (
    Arrays,
    arranged_lines,
    arranged_points,
    arranged_rings,
    lines_of,
    merged,
)
from ui.map.tiles.drawing import Texts, drawing_path, to_cm, write_drawing

STAGES = ("coarse", "fine")
#: Languages of names; the first is the local one.
LANGUAGES = ("", "en", "ru", "kk", "ko")
#: A name longer than this is not a name.
MAX_NAME = 80

#: At the closest level that the coarse drawing serves (zoom 11.5) a pixel is 54 world metres.
_TOLERANCE_M = 14.0
_LEAST_AREA_SIDE_M = 90.0
_MAIN = tuple(EDGE_CLASSES[: EDGE_CLASSES.index("tertiary_link") + 1])
_NAMED_MAIN = EDGE_CLASSES.index("secondary_link")
_COARSE_LINES = ("rail", "river", "canal", "runway", "ferry")
_BOUNDARIES = ("settlement", "district")
#: Drawn as lines or as symbols of their own, never filled.
_UNFILLED = ("district", "beat", "settlement", "building")
#: Points that the base map itself may show; all others are left to the live layer.
_SHOWN_PLACES = (
    *PLACE_KINDS[: PLACE_KINDS.index("fire_station")],
    *("hydrant", "water_source", "station", "entrance", "gate", "peak", "helipad", "milestone"),
)

Objects = npt.NDArray[np.object_]


def make_drawing(pack: Pack, cache: Path, stage: str) -> Path:
    """Write one stage of a region's drawing into the cache; answers its file.

    Raises `Problem` for a broken pack and OSError where the cache cannot be written.
    """
    fine = stage == "fine"
    texts = Texts()
    arrays: Arrays = {}
    for add in (_roads, _areas, _lines, _places):
        arrays |= add(pack, texts, fine)
    if fine:
        arrays |= _buildings(pack) | _addresses(pack, texts)
    arrays |= texts.arrays()
    corners = np.reshape(pack.bounds, (2, 2))
    arrays["bounds"] = to_cm(world_m(corners)).ravel()
    lists = {
        "road": EDGE_CLASSES,
        "area": AREA_KINDS,
        "line": LINE_KINDS,
        "place": PLACE_KINDS,
        "boundary": list(_BOUNDARIES),
    }
    path = drawing_path(cache, pack.hash, stage)
    write_drawing(path, pack.hash, stage, arrays, lists)
    return path


def _read(pack: Pack, name: str, columns: list[str], rows: pc.Expression | None) -> Columns:
    """Some columns and rows of a table; the pack's columns and hashes have been checked."""
    kinds = {"edges": Edges, "areas": Areas, "lines": Lines, "addresses": Addresses}
    path = pack.path / TABLES[name].file
    table = pq.read_table(path, columns=columns, filters=rows, use_threads=False)
    return kinds.get(name, Columns)(TABLES[name], table, str(path))


_NAMES = ["name", "name_en", "name_ru", "name_kk", "name_ko"]


def _names(columns: Columns, rows: npt.NDArray[np.int64], texts: Texts, what: str) -> Arrays:
    """Numbers of the names of some rows in every language, too long ones left out."""
    made: Arrays = {}
    for language in LANGUAGES:
        found = columns.names(language or None)[rows]
        kept = np.array([t if t and len(t) <= MAX_NAME else None for t in found], dtype=object)
        made[f"{what}.name.{language}"] = texts.numbers(kept)
    return made


# -- roads ---------------------------------------------------------------------------------------


def _roads(pack: Pack, texts: Texts, fine: bool) -> Arrays:
    columns = ["class", "forward", "backward", "layer", "bridge", "tunnel", "ref", "geometry"]
    main = None if fine else pc.field("class").isin(list(_MAIN))
    edges = _read(pack, "edges", columns + _NAMES, main)
    assert isinstance(edges, Edges)
    points, offsets = edges.point_lines()
    world = world_m(points)
    raised = np.where(edges.bridge, np.maximum(edges.layer, 1), 0)
    level = np.where(edges.tunnel, -1, raised).astype(np.int8)
    oneway = edges.forward != edges.backward
    against = oneway & edges.backward
    pieces = lines_of(world, offsets)
    pieces[against] = shapely.reverse(pieces[against])
    key = edges.class_code.astype(np.int64) * 1024 + (level.astype(np.int64) + 128) * 2
    if fine:
        key += oneway
    lines, first = merged(pieces, key, directed=oneway if fine else None)
    if not fine:
        lines = shapely.simplify(lines, _TOLERANCE_M)
    arrays, order = arranged_lines("road", lines)
    rows = first[order]
    arrays["road.class"] = edges.class_code[rows]
    arrays["road.level"] = level[rows]
    arrays["road.oneway"] = oneway[rows].astype(np.int8)
    named = np.ones(len(edges), dtype=bool) if fine else edges.class_code <= _NAMED_MAIN
    arrays |= _chains("street", edges, pieces, edges.names(), edges.class_code, named, texts, fine)
    numbered = edges.class_code < EDGE_CLASSES.index("tertiary")
    refs, classes = edges.refs, edges.class_code
    arrays |= _chains("number", edges, pieces, refs, classes, numbered, texts, fine, names=False)
    return arrays


def _chains(
    what: str,
    columns: Columns,
    pieces: Objects,
    labels: Objects,
    classes: npt.NDArray[np.int8],
    chosen: npt.NDArray[np.bool_],
    texts: Texts,
    fine: bool,
    *,
    names: bool = True,
) -> Arrays:
    """Pieces of one name and class that meet end to end as long lines, to write along."""
    rows = np.flatnonzero(chosen & np.array([bool(label) for label in labels], dtype=bool))
    numbers: dict[str, int] = {}
    code = np.array([numbers.setdefault(t, len(numbers)) for t in labels[rows]], dtype=np.int64)
    key = code * 128 + classes[rows]
    lines, first = merged(pieces[rows], key)
    if not fine:
        lines = shapely.simplify(lines, _TOLERANCE_M)
    arrays, order = arranged_lines(what, lines)
    chosen_rows = rows[first[order]] if len(rows) else rows
    arrays[f"{what}.class"] = classes[chosen_rows]
    arrays[f"{what}.length"] = shapely.length(lines)[order].astype(np.float32)
    if names:
        return arrays | _names(columns, chosen_rows, texts, what)
    return arrays | {f"{what}.name.": texts.numbers(labels[chosen_rows])}


# -- areas ---------------------------------------------------------------------------------------


def _areas(pack: Pack, texts: Texts, fine: bool) -> Arrays:
    columns = ["kind", "subkind", "area_m2", "geometry", *_NAMES]
    areas = _read(pack, "areas", columns, pc.field("kind") != "building")
    assert isinstance(areas, Areas)
    shapes, kinds = areas.geometry, areas.kind_code
    boxes = shapely.bounds(shapes).reshape(-1, 4)
    world_boxes = np.hstack([world_m(boxes[:, :2]), world_m(boxes[:, 2:])])
    sides = (world_boxes[:, 2:] - world_boxes[:, :2]).max(axis=1, initial=0)
    unfilled = [AREA_KINDS.index(kind) for kind in _UNFILLED]
    filled = ~np.isin(kinds, unfilled)
    if not fine:
        filled &= sides >= _LEAST_AREA_SIDE_M
    rows = np.flatnonzero(filled)
    sea = kinds[rows] == AREA_KINDS.index("sea")
    arrays, order = arranged_rings("ground", shapes[rows], None if fine else _TOLERANCE_M, sea)
    arrays["ground.kind"] = kinds[rows][order]
    arrays |= _boundaries(areas, fine)
    return arrays | _area_names(areas, world_boxes, pack.bounds, texts, fine)


def _boundaries(areas: Areas, fine: bool) -> Arrays:
    """Edges of settlements and of the finest districts, each line once."""
    lines: list[Objects] = []
    code: list[npt.NDArray[np.int8]] = []
    for number, kind in enumerate(_BOUNDARIES):
        rows = _boundary_rows(areas, kind)
        if len(rows) == 0:
            continue
        rings = shapely.get_rings(shapely.get_parts(areas.geometry_of(rows)))
        edges = lines_of(
            world_m(shapely.get_coordinates(rings)),
            np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))]),
        )
        # The union keeps a line that two neighbours share once.
        parts = shapely.get_parts(shapely.line_merge(shapely.union_all(edges, grid_size=0.01)))
        parts = parts[shapely.get_type_id(parts) == 1]
        lines.append(parts if fine else shapely.simplify(parts, _TOLERANCE_M))
        code.append(np.full(len(parts), number, dtype=np.int8))
    every = np.concatenate(lines) if lines else np.zeros(0, dtype=object)
    arrays, order = arranged_lines("boundary", every)
    kinds = np.concatenate(code) if code else np.zeros(0, dtype=np.int8)
    return arrays | {"boundary.kind": kinds[order]}


def _boundary_rows(areas: Areas, kind: str) -> npt.NDArray[np.int64]:
    """Rows of a kind of district; of several schemes the one with the most districts."""
    rows = np.flatnonzero(areas.kind_code == AREA_KINDS.index(kind))
    if kind != "district" or len(rows) == 0:
        return rows
    schemes = np.array([scheme or "" for scheme in areas.subkind[rows]], dtype=object)
    found = sorted(set(schemes), key=lambda one: (-int((schemes == one).sum()), one))
    return rows[schemes == found[0]]


def _area_names(
    areas: Areas,
    boxes: Floats,
    bounds: tuple[float, float, float, float],
    texts: Texts,
    fine: bool,
) -> Arrays:
    """Named areas, the largest first: where the name stands and how much room there is."""
    named = np.array([bool(name) for name in areas.names()], dtype=bool)
    shown = np.ones(len(areas), dtype=bool)
    shown[areas.kind_code == AREA_KINDS.index("beat")] = False
    districts = areas.kind_code == AREA_KINDS.index("district")
    shown[districts] = False
    shown[_boundary_rows(areas, "district")] = True
    # Settlements have a point with a rank of their own.
    shown[areas.kind_code == AREA_KINDS.index("settlement")] = False
    sides = boxes[:, 2:] - boxes[:, :2]
    if not fine:
        shown &= sides.max(axis=1, initial=0) >= _LEAST_AREA_SIDE_M * 10
    rows = np.flatnonzero(named & shown)
    rows = rows[np.argsort(-sides[rows].prod(axis=1), kind="stable")]
    shapes = areas.geometry_of(rows)
    # What of a lake or a forest lies in the region carries the name.
    inside = shapely.clip_by_rect(shapes, *bounds)
    shapes = np.where(shapely.is_empty(inside), shapes, inside)
    middle = shapely.centroid(shapes)
    outside = ~shapely.contains(shapes, middle)
    middle[outside] = shapely.point_on_surface(shapes[outside])
    arrays = arranged_points("area", world_m(shapely.get_coordinates(middle)), keep_order=True)[0]
    arrays["area.kind"] = areas.kind_code[rows]
    arrays["area.sides"] = np.rint(sides[rows]).astype(np.int32)
    return arrays | _names(areas, rows, texts, "area")


def _buildings(pack: Pack) -> Arrays:
    buildings = _read(pack, "areas", ["kind", "geometry"], pc.field("kind") == "building")
    return arranged_rings("building", buildings.geometry, None)[0]


# -- lines ---------------------------------------------------------------------------------------


def _lines(pack: Pack, texts: Texts, fine: bool) -> Arrays:
    columns = ["kind", "tunnel", "geometry", *_NAMES]
    only = None if fine else pc.field("kind").isin(list(_COARSE_LINES))
    lines = _read(pack, "lines", columns, only)
    assert isinstance(lines, Lines)
    points, offsets = lines.point_lines()
    pieces = lines_of(world_m(points), offsets)
    kinds = lines.kind_code
    # Under the ground only a metro is drawn: it is there to be found.
    shown = np.flatnonzero(~lines.tunnel | (kinds == LINE_KINDS.index("metro")))
    whole, first = merged(pieces[shown], kinds[shown].astype(np.int64))
    if not fine:
        whole = shapely.simplify(whole, _TOLERANCE_M)
    arrays, order = arranged_lines("line", whole)
    arrays["line.kind"] = kinds[shown][first[order]] if len(shown) else kinds[:0]
    water = np.isin(kinds, [LINE_KINDS.index(kind) for kind in ("river", "canal")])
    return arrays | _chains("water", lines, pieces, lines.names(), kinds, water, texts, fine)


# -- points --------------------------------------------------------------------------------------


def _places(pack: Pack, texts: Texts, fine: bool) -> Arrays:
    places = pack.places
    last = PLACE_KINDS.index("fire_station")
    shown = [PLACE_KINDS.index(kind) for kind in _SHOWN_PLACES]
    rows = np.flatnonzero(np.isin(places.kind_code, shown) & (fine | (places.kind_code < last)))
    arrays, order = arranged_points("place", world_m(places.lonlat[rows]))
    rows = rows[order]
    arrays["place.kind"] = places.kind_code[rows]
    people = np.nan_to_num(places.population[rows])
    arrays["place.people"] = np.clip(people, 0, 2**31 - 1).astype(np.int32)
    arrays["place.ref"] = texts.numbers(places.refs[rows])
    return arrays | _names(places, rows, texts, "place")


def _addresses(pack: Pack, texts: Texts) -> Arrays:
    columns = ["number", "parity", "entrance", "lon_e7", "lat_e7"]
    addresses = _read(pack, "addresses", columns, None)
    assert isinstance(addresses, Addresses)
    rows = np.flatnonzero(addresses.parity_code < 0)
    arrays, order = arranged_points("address", world_m(addresses.lonlat[rows]))
    arrays["address.number"] = texts.numbers(addresses.texts("number")[rows[order]])
    arrays["address.entrance"] = texts.numbers(addresses.texts("entrance")[rows[order]])
    return arrays
