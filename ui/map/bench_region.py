"""A big city to measure maps on: the built-in city six times over, side by side.

113,000 road segments, 350,000 buildings, three cities wide and two tall. Neighbours are mirror
images, so that what runs off one city's edge goes on in the next. The same bytes every time; made
once and kept among the things that can be made again.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute
import shapely

from dispatch.places import Places
from dispatch.region.manifest import Manifest, Source
from dispatch.region.pack import Pack, open_pack
from dispatch.region.schema import TABLES
from dispatch.region.writer import PackWriter
from dispatch.resources import resource

COLUMNS, ROWS = 3, 2
#: Ids of one copy lie this far from the next one's.
ID_STEP = 1 << 50
#: Counts changes of this maker: a pack of an older one is made anew.
MAKER = 1

_IDS = {
    "nodes": ("node_id",),
    "edges": ("edge_id", "from_node", "to_node", "way_id"),
    "areas": ("area_id",),
    "lines": ("line_id",),
    "places": ("place_id",),
    "addresses": ("address_id", "edge_id"),
}


def bench_region(folder: Path | None = None) -> Pack:
    """The big city as a pack; made in `folder` (by default the cache) if it is not there yet.

    Takes some 20 s the first time.
    """
    city = open_pack(resource("region", "builtin.region"))
    home = folder or Places().cache / "bench"
    path = home / f"six-cities-{MAKER}-{city.hash[:12]}.region"
    if not path.exists():
        _make(city, path)
    return open_pack(path)


def _make(city: Pack, output: Path) -> None:
    west, south, east, north = city.bounds
    with PackWriter(output) as writer:
        for name in _IDS:
            whole: dict[str, list[Any]] = {}
            for number in range(COLUMNS * ROWS):
                for column, values in _copy(city, name, number).items():
                    whole.setdefault(column, []).append(values)
            writer.write(name, {key: np.concatenate(parts) for key, parts in whole.items()})
        writer.finish(
            Manifest(
                name=f"{city.name} x {COLUMNS * ROWS}",
                bounds=(
                    west,
                    south,
                    round(west + COLUMNS * (east - west), 7),
                    round(south + ROWS * (north - south), 7),
                ),
                time_zone=city.time_zone,
                languages=city.languages,
                attribution=city.attribution,
                source=Source(kind="generated", file="six-cities", sha256=city.hash),
            )
        )


def _copy(city: Pack, name: str, number: int) -> dict[str, npt.NDArray[Any]]:
    """One table of one copy: places moved, ids set apart."""
    table = city.table(name)
    columns = {}
    for column in TABLES[name].columns:
        data = table.column(column[0])
        if pa.types.is_dictionary(data.type):
            data = data.cast(pa.string())
        if column[0] in _IDS[name]:
            ids = pa.compute.add(data, pa.scalar(number * ID_STEP, pa.int64()))
            columns[column[0]] = np.array(ids.to_pylist(), dtype=object)
        elif column[0] == "geometry":
            columns[column[0]] = _moved_shapes(city, data, number)
        elif pa.types.is_floating(data.type) or not data.null_count:
            columns[column[0]] = data.to_numpy(zero_copy_only=False)
        else:
            columns[column[0]] = np.array(data.to_pylist(), dtype=object)
    if "lon_e7" in columns:
        at = np.column_stack([columns["lon_e7"], columns["lat_e7"]]) / 1e7
        moved = np.round(_moved(city, at, number) * 1e7).astype(np.int32)
        columns["lon_e7"], columns["lat_e7"] = moved[:, 0], moved[:, 1]
    return columns


def _moved_shapes(city: Pack, data: pa.ChunkedArray, number: int) -> npt.NDArray[Any]:
    shapes = shapely.from_wkb(data.to_numpy(zero_copy_only=False))
    moved = shapely.transform(shapes, lambda at: np.round(_moved(city, at, number), 7))
    result: npt.NDArray[Any] = shapely.to_wkb(moved, byte_order=1)
    return result


def _moved(city: Pack, at: npt.NDArray[np.float64], number: int) -> npt.NDArray[np.float64]:
    """Points of the city in one copy; copies in odd columns and rows are mirrored."""
    west, south, east, north = city.bounds
    column, row = number % COLUMNS, number // COLUMNS
    out = np.empty_like(at)
    out[:, 0] = west + east - at[:, 0] if column % 2 else at[:, 0]
    out[:, 1] = south + north - at[:, 1] if row % 2 else at[:, 1]
    out[:, 0] += column * (east - west)
    out[:, 1] += row * (north - south)
    return out
