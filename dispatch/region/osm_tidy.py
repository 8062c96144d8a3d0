"""Extracts that are not as planet files are: compressed beyond belief, unsorted, from an editor."""

from __future__ import annotations

import bz2
import gzip
import re
import zlib
from pathlib import Path
from typing import IO, Any

import osmium
from osmium.osm.mutable import Node

from dispatch.domain.message import Problem
from dispatch.region.progress import Steps

_CHUNK = 1 << 20
#: Map data shrink to a tenth; what grows beyond these shares when unpacked is made to fill a disk.
_MOST_GROWTH = {"osm.gz": 150, "osm.bz2": 300, "pbf": 60}
#: ... from this size on: small files of one street over and over do shrink that well.
_FREE_BYTES = 64 * 1024**2
#: What is sorted in memory may unpack to this.
_SORTABLE_BYTES = 1024**3
#: Ids of an editor's new objects are negative: they are counted on from here.
_NEW_IDS = 1 << 48
_DELETED = re.compile(
    rb"<(node|way|relation)\b(?=[^>]*\baction=[\"']delete[\"'])[^>]*?\bid=[\"'](-?\d{1,18})[\"']"
)


def check_unpacked(path: Path, format_: str, steps: Steps) -> None:
    """Refuse what unpacks to far more than map data do, or does not unpack at all.

    Raises `Problem`: `region.extract_swollen`, `region.extract_broken` (with the place).
    """
    if format_ in ("osm", "o5m"):
        return
    packed = path.stat().st_size
    most = max(_FREE_BYTES, packed * _MOST_GROWTH[format_])
    unpacked, at = 0, 0
    try:
        if format_ == "pbf":
            with path.open("rb") as raw:
                for begin, size in _blobs(raw):
                    at, unpacked = begin, unpacked + size
                    _compare(path, unpacked, most)
        else:
            with path.open("rb") as raw, _opened(raw, format_) as stream:
                while chunk := stream.read(_CHUNK):
                    unpacked += len(chunk)
                    at = raw.tell()
                    _compare(path, unpacked, most)
                    steps.at("region.step.unpacking", 0.05 * at / packed)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        what = f"{error}, after byte {at}"[:300]
        raise Problem("region.extract_broken", file=str(path), what=what) from error


def _opened(raw: IO[bytes], format_: str) -> IO[bytes]:
    return gzip.open(raw) if format_ == "osm.gz" else bz2.open(raw)  # type: ignore[return-value]


def _compare(path: Path, unpacked: int, most: int) -> None:
    if unpacked > most:
        raise Problem("region.extract_swollen", file=str(path), cap=most)


def _blobs(raw: IO[bytes]) -> Any:
    """Where each block of a PBF file starts and the size it says it unpacks to."""
    while head := raw.read(4):
        at = raw.tell() - len(head)
        if len(head) < 4:
            raise ValueError("cut off")
        length = int.from_bytes(head, "big")
        if length > 64 * 1024:
            raise ValueError("block header too long")
        fields = dict(_fields(raw.read(length)))
        size = fields.get(3, 0)
        start = raw.tell()
        if not isinstance(size, int) or size > 32 * 1024**2:
            raise ValueError("block too long")
        # The unpacked size stands before the data.
        said = next((v for key, v in _fields(raw.read(min(size, 16))) if key == 2), 0)
        raw.seek(start + size - 1)
        if size and not raw.read(1):
            raise ValueError("cut off")
        yield at, max(size, said if isinstance(said, int) else 0)


def _fields(content: bytes) -> Any:
    """The numbered fields of a protobuf message as far as they go; only numbers have a value."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while at < len(content) and shift < 64:
            byte = content[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ValueError("not a PBF block")

    while at < len(content):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 2:
            length = varint()
            at += length
            yield key >> 3, None
        else:
            raise ValueError("not a PBF block")


def tidied(path: Path, format_: str, folder: Path, steps: Steps) -> Path:
    """The extract sorted, one version of each object, without what its editor deleted, with ids
    above zero and a node for every place that ways name: a file in `folder`.

    Raises `Problem("region.extract_unsorted")` where it is too large for that, and what osmium
    raises for a broken file.
    """
    steps.at("region.step.sorting", 0.05)
    content = _content(path, format_)
    inner = format_.removesuffix(".gz").removesuffix(".bz2")
    deleted = {"node": set[int](), "way": set[int](), "relation": set[int]()}
    if inner == "osm":
        for match in _DELETED.finditer(content):
            deleted[match[1].decode()].add(int(match[2]))
    steps.at("region.step.sorting", 0.07)
    rough, sorted_ = folder / "rough.osm.pbf", folder / "sorted.osm.pbf"
    merged = osmium.MergeInputReader()
    merged.add_buffer(content, inner)
    rough.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(rough), overwrite=True) as writer:
        merged.apply(_Renumber(writer, deleted, steps), simplify=True)
    steps.at("region.step.sorting", 0.1)
    merged = osmium.MergeInputReader()
    merged.add_buffer(rough.read_bytes(), "pbf")
    with osmium.SimpleWriter(str(sorted_), overwrite=True) as writer:
        merged.apply(_Copy(writer, steps), simplify=True)
    rough.unlink(missing_ok=True)
    return sorted_


def _content(path: Path, format_: str) -> bytes:
    with path.open("rb") as raw:
        stream = raw if format_ in ("osm", "pbf", "o5m") else _opened(raw, format_)
        content = stream.read(_SORTABLE_BYTES + 1)
    if len(content) > _SORTABLE_BYTES:
        raise Problem("region.extract_unsorted", file=str(path))
    return content


class _Copy(osmium.SimpleHandler):
    """Writes what it is handed."""

    def __init__(self, writer: Any, steps: Steps) -> None:
        super().__init__()
        self._writer = writer
        self._steps = steps
        self._count = 0

    def _look(self) -> None:
        self._count += 1
        if self._count % 20_000 == 0:
            self._steps.at("region.step.sorting", 0.1)

    def node(self, node: Any) -> None:
        self._look()
        self._writer.add_node(node)

    def way(self, way: Any) -> None:
        self._look()
        self._writer.add_way(way)

    def relation(self, relation: Any) -> None:
        self._look()
        self._writer.add_relation(relation)


class _Renumber(osmium.SimpleHandler):
    """Writes what is not deleted, under an id above zero."""

    def __init__(self, writer: Any, deleted: dict[str, set[int]], steps: Steps) -> None:
        super().__init__()
        self._writer = writer
        self._deleted = deleted
        self._steps = steps
        self._nodes: set[int] = set()
        self._count = 0

    def _gone(self, kind: str, thing: Any) -> bool:
        self._count += 1
        if self._count % 20_000 == 0:
            self._steps.at("region.step.sorting", 0.07)
        return not thing.visible or thing.id in self._deleted[kind]

    def node(self, node: Any) -> None:
        if not self._gone("node", node):
            number = _above_zero(node.id)
            self._nodes.add(number)
            self._writer.add_node(node.replace(id=number))

    def way(self, way: Any) -> None:
        if self._gone("way", way):
            return
        refs = []
        for node in way.nodes:
            number = _above_zero(node.ref)
            refs.append(number)
            if node.location.valid() and number not in self._nodes:
                # Ways that carry their places (Overpass `out geom`, add-locations-to-ways).
                self._nodes.add(number)
                place = (node.location.lon, node.location.lat)
                self._writer.add_node(Node(id=number, location=place))
        self._writer.add_way(way.replace(id=_above_zero(way.id), nodes=refs))

    def relation(self, relation: Any) -> None:
        if self._gone("relation", relation):
            return
        members = [(m.type, _above_zero(m.ref), m.role) for m in relation.members]
        self._writer.add_relation(relation.replace(id=_above_zero(relation.id), members=members))


def _above_zero(number: int) -> int:
    return number if number >= 0 else _NEW_IDS - number
