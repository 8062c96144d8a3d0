"""OSMnx drive networks in GraphML (plain or gzip) -> roads."""

from __future__ import annotations

import ast
import gzip
import zlib
from collections import Counter
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import numpy as np
import shapely

from dispatch.domain.message import Problem
from dispatch.region.assemble import Draft
from dispatch.region.osm_roads import PIECES_PER_WAY
from dispatch.region.osm_way import parse_road
from dispatch.region.progress import Steps
from dispatch.region.road_draft import RoadDraft
from dispatch.region.schema import words

_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    ValueError,
    LookupError,
    OverflowError,
    expat.ExpatError,
    shapely.errors.GEOSException,
)
_SIZE_CAP = 2 * 1024**3
#: A graph shrinks to a tenth; what unpacks to more than this many times its file is no graph.
_MOST_GROWTH, _FREE_BYTES = 150, 64 * 1024**2
_CHUNK = 1 << 20
_TAGS = words("highway oneway maxspeed lanes name ref bridge tunnel junction access")


def _open(source: Path) -> IO[bytes]:
    with source.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
    return gzip.open(source) if packed else source.open("rb")  # type: ignore[return-value]


def is_graphml(source: Path) -> bool:
    """Whether a file is GraphML, by its first bytes."""
    try:
        with _open(source) as stream:
            return b"<graphml" in stream.read(2_048)
    except (OSError, EOFError, zlib.error):
        return False


class _Parser:
    """A streaming reader; GraphML needs no entities, so a document with them is refused."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.nodes: dict[str, dict[str, str]] = {}
        self.edges: list[tuple[str, str, dict[str, str]]] = []
        self._data: dict[str, str] | None = None
        self._key: str | None = None
        self._text: list[str] = []
        self._expat = expat.ParserCreate()
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.EntityDeclHandler = self._refuse

    def feed(self, content: bytes, final: bool) -> None:
        self._expat.Parse(content, final)

    def _refuse(self, *_: Any) -> None:
        raise ValueError("entities")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "key":
            self.keys[attributes["id"]] = attributes.get("attr.name", attributes["id"])
        elif name == "node":
            self._data = self.nodes.setdefault(attributes["id"], {})
        elif name == "edge":
            self._data = {}
            self.edges.append((attributes["source"], attributes["target"], self._data))
        elif name == "data":
            self._key, self._text = attributes["key"], []

    def _characters(self, text: str) -> None:
        if self._key is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if name == "data" and self._key is not None:
            if self._data is not None:
                self._data[self.keys.get(self._key, self._key)] = "".join(self._text)
            self._key = None
        elif name in ("node", "edge"):
            self._data = None


def read(source: Path, steps: Steps) -> Draft:
    """The roads of an OSMnx graph. Raises `Problem("region.extract_broken")` naming the file."""
    parser, size = _Parser(), 0
    most = min(_SIZE_CAP, max(_FREE_BYTES, _MOST_GROWTH * source.stat().st_size))
    try:
        with _open(source) as stream:
            while content := stream.read(_CHUNK):
                size += len(content)
                if size > most:
                    raise Problem("region.extract_swollen", file=str(source), cap=most)
                steps.at("region.step.reading", 0.1)
                parser.feed(content, False)
        parser.feed(b"", True)
        return _draft(parser)
    except _BROKEN as error:
        raise Problem("region.extract_broken", file=str(source), what=str(error)[:200]) from error


def _draft(parser: _Parser) -> Draft:
    points = {
        node: (round(float(data["x"]) * 1e7), round(float(data["y"]) * 1e7))
        for node, data in parser.nodes.items()
    }
    for lon, lat in points.values():
        if abs(lon) > 1_800_000_000 or abs(lat) > 900_000_000:
            raise ValueError("x, y: not degrees")
    numbers = {node: _whole(node) or i for i, node in enumerate(points)}
    signals = {
        numbers[node]
        for node, data in parser.nodes.items()
        if data.get("highway") == "traffic_signals"
    }
    draft = Draft(roads=RoadDraft(), signals=signals)
    waiting: dict[tuple[int, int, int, int], list[int]] = {}
    rows: list[dict[str, Any]] = []
    for u, v, data in parser.edges:
        start, end = numbers[u], numbers[v]
        coords = _coords(data.get("geometry"), points[u], points[v])
        if len(coords) < 4:
            draft.doubts["region.doubt.line"] += 1
            continue
        length = round(float(data.get("length", 0)))
        # A two-way street is two directed edges: the second completes the first.
        if twins := waiting.get((end, start, length, len(coords))):
            rows[twins.pop()]["backward"] = True
            continue
        tags = {key: _first(data[key]) for key in _TAGS if data.get(key)}
        # OSMnx has already turned one-way tags into directed edges.
        tags.pop("oneway", None)
        road = parse_road(tags)
        if road is None:
            draft.doubts["region.doubt.class"] += 1
            continue
        draft.doubts.update(road.doubts)
        waiting.setdefault((start, end, length, len(coords)), []).append(len(rows))
        rows.append(
            {
                "from_node": start,
                "to_node": end,
                "way_id": _whole(_first(data.get("osmid", "0"))),
                "class_": road.class_,
                "speed_kmh": road.speed_kmh,
                "speed_known": road.speed_known,
                "forward": True,
                "backward": False,
                "coords_e7": coords,
                "names": road.names,
                "ref": road.ref,
                "lanes": road.lanes,
                "layer": road.layer,
                "bridge": road.bridge,
                "tunnel": road.tunnel,
                "roundabout": road.roundabout,
                "access": road.access,
            }
        )
    pieces: Counter[int] = Counter()
    for row in rows:
        way = row["way_id"]
        draft.roads.add(edge_id=way * PIECES_PER_WAY + pieces[way], **row)
        pieces[way] += 1
    return draft


def _whole(text: str) -> int:
    """An OpenStreetMap id, 0 where the text is none."""
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 14 else 0


def _first(text: str) -> str:
    """The first of a list that OSMnx wrote as Python text, else the text itself."""
    if text.startswith("["):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return text
        return str(value[0]) if isinstance(value, list) and value else text
    return "yes" if text == "True" else text


def _coords(wkt: str | None, start: tuple[int, int], end: tuple[int, int]) -> list[int]:
    """lon, lat, lon, lat ... in 1e-7 degree without repeated points."""
    if wkt:
        line = shapely.from_wkt(wkt)
        if line.geom_type != "LineString":
            raise ValueError("geometry")
        points = np.round(shapely.get_coordinates(line) * 1e7).astype(np.int64)
    else:
        points = np.array([start, end], dtype=np.int64)
    if (np.abs(points) > (1_800_000_000, 900_000_000)).any():
        raise ValueError("geometry: not degrees")
    keep = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
    kept: list[int] = points[keep].ravel().tolist()
    return kept
