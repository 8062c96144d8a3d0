"""Edges and nodes of a pack in the making, whatever source they come from."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dispatch.region.osm_tags import Names
from dispatch.region.schema import NAME_LANGUAGES, words

_GEOD = pyproj.Geod(ellps="WGS84")
_NAME_COLUMNS = ("name", *(f"name_{language}" for language in NAME_LANGUAGES))


class RoadDraft:
    """Collects edges one by one; `finish` gives the columns of `nodes` and `edges`."""

    def __init__(self) -> None:
        self.columns: dict[str, list[Any]] = {
            key: []
            for key in words(
                "edge_id from_node to_node way_id class speed_kmh speed_known forward backward "
                "lanes layer bridge tunnel roundabout access ref aliases rules"
            )
        }
        for key in _NAME_COLUMNS:
            self.columns[key] = []
        self._coords = array("i")
        self._counts = array("q")

    def __len__(self) -> int:
        return len(self._counts)

    def add(
        self,
        *,
        edge_id: int,
        from_node: int,
        to_node: int,
        way_id: int,
        class_: str,
        speed_kmh: float,
        speed_known: bool,
        forward: bool,
        backward: bool,
        coords_e7: Sequence[int],
        names: Names,
        ref: str | None = None,
        lanes: int = 0,
        layer: int = 0,
        bridge: bool = False,
        tunnel: bool = False,
        roundabout: bool = False,
        access: str = "open",
        aliases: str | None = None,
        rules: str | None = None,
    ) -> None:
        """One edge; `coords_e7` is lon, lat, lon, lat ... in 1e-7 degree, two points or more."""
        row: tuple[Any, ...] = (
            edge_id,
            from_node,
            to_node,
            way_id,
            class_,
            speed_kmh,
            speed_known,
            forward,
            backward,
            lanes,
            layer,
            bridge,
            tunnel,
            roundabout,
            access,
            ref,
            aliases,
            rules,
            *names,
        )
        for column, value in zip(self.columns.values(), row, strict=True):
            column.append(value)
        self._coords.extend(coords_e7)
        self._counts.append(len(coords_e7) // 2)

    def raw(self) -> tuple[bytes, bytes]:
        """Points and their numbers by edge, to be kept and given back to `restore`."""
        return self._coords.tobytes(), self._counts.tobytes()

    def restore(
        self, columns: dict[str, list[Any]], coords: array[int], counts: array[int]
    ) -> None:
        """Be again what was kept."""
        self.columns = {key: columns[key] for key in self.columns}
        self._coords, self._counts = coords, counts

    def coords_e7(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """All points (m, 2) and offsets (n + 1,), in the order the edges were added."""
        coords = np.frombuffer(self._coords, dtype=np.int32).reshape(-1, 2)
        offsets = np.concatenate([[0], np.cumsum(np.frombuffer(self._counts, dtype=np.int64))])
        return coords, offsets

    def finish(self, signals: Iterable[int] = ()) -> tuple[dict[str, Any], dict[str, Any]]:
        """The columns of `nodes` and of `edges`. `signals` are ids of nodes with lights."""
        coords, offsets = self.coords_e7()
        degrees = coords.astype(np.float64) * 1e-7
        owner = np.repeat(np.arange(len(self)), np.diff(offsets))
        edges: dict[str, Any] = dict(self.columns)
        edges["length_m"] = _lengths_m(degrees, offsets)
        edges["geometry"] = shapely.to_wkb(
            shapely.linestrings(degrees, indices=owner), byte_order=1
        )
        start = np.array(self.columns["from_node"], dtype=np.int64)
        end = np.array(self.columns["to_node"], dtype=np.int64)
        ids, first, index = np.unique(
            np.concatenate([start, end]), return_index=True, return_inverse=True
        )
        points = np.concatenate([coords[offsets[:-1]], coords[offsets[1:] - 1]])[first]
        nodes = {
            "node_id": ids,
            "lon_e7": points[:, 0],
            "lat_e7": points[:, 1],
            "signals": np.isin(ids, np.fromiter(signals, dtype=np.int64)),
            "component": components(
                len(ids),
                index[: len(self)],
                index[len(self) :],
                np.array(self.columns["forward"], dtype=bool),
                np.array(self.columns["backward"], dtype=bool),
            ),
        }
        return nodes, edges


def _lengths_m(degrees: NDArray[np.float64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Geodesic length of each line (metres), to the millimetre so that bytes do not wander."""
    lon, lat = degrees[:, 0], degrees[:, 1]
    _, _, steps = _GEOD.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    along = np.concatenate([[0.0], np.cumsum(steps)])
    lengths: NDArray[np.float64] = np.round(along[offsets[1:] - 1] - along[offsets[:-1]], 3)
    return lengths


def components(
    count: int,
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    forward: NDArray[np.bool_],
    backward: NDArray[np.bool_],
) -> NDArray[np.int32]:
    """Which part of the network a node is in: 0 main, 1 joined to it one way only, 2.. islands."""
    tail = np.concatenate([start[forward], end[backward]])
    head = np.concatenate([end[forward], start[backward]])
    graph = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(count, count)).tocsr()
    _, strong = connected_components(graph, directed=True, connection="strong")
    _, weak = connected_components(graph, directed=True, connection="weak")
    # Of two parts of one size the one with the smaller node id is the main one.
    sizes = np.bincount(strong)
    main = strong[np.argmax(sizes[strong])]
    result = np.full(count, 1, dtype=np.int32)
    island_ids = [part for part in np.unique(weak) if part != weak[strong == main][0]]
    island_ids.sort(key=lambda part: -int((weak == part).sum()))
    order = {part: rank + 2 for rank, part in enumerate(island_ids)}
    ranks = np.array([order.get(part, 1) for part in range(int(weak.max()) + 1)], dtype=np.int32)
    result[:] = ranks[weak]
    result[strong == main] = 0
    return result
