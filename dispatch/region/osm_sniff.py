"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path


def sniff(path: Path) -> str | None:
    """The osmium format of a file by its first bytes, None when it is none that we read."""
    with path.open("rb") as stream:
        head = stream.read(64)
    if head[:2] == b"\x1f\x8b":
        try:
            with gzip.open(path) as stream:
                inner = stream.read(64)
        except (OSError, EOFError, zlib.error):
            return None
        return "osm.gz" if _is_xml(inner) else None
    if b"OSMHeader" in head:
        return "pbf"
    if head[:7] == b"\xff\xe0\x04o5m2":
        return "o5m"
    if head[:3] == b"BZh":
        return "osm.bz2"
    return "osm" if _is_xml(head) else None


_PACKINGS = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ": "xz",
    b"PK\x03\x04": "zip",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"\x04\x22\x4d\x18": "lz4",
}


def packed_as(path: Path) -> str | None:
    """The packing of a file that has to be unpacked first, None when there is none."""
    with path.open("rb") as stream:
        head = stream.read(8)
    return next((name for magic, name in _PACKINGS.items() if head.startswith(magic)), None)


def _is_xml(head: bytes) -> bool:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith((b"<?xml", b"<osm"))
