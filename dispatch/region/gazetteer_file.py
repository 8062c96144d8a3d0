"""One file of arrays and texts: what the search index lies in, mapped into memory as it is.

Layout: magic, length of the head, head (JSON: name -> type, rows, place), then the arrays, each at
a multiple of 64 bytes, then the CRC-32 of all before it. A file that is cut short, overwritten or
of another make does not open; it can always be made again.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import uuid
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

_MAGIC = b"VIGILGAZ"
_ALIGN = 64
_BLOCK = 1 << 20
_HEAD_CAP = 1 << 20

_Type = Literal["u1", "u2", "i4", "i8", "u8", "f4", "f8"]


class _Array(msgspec.Struct, forbid_unknown_fields=True):
    type: _Type
    count: int
    at: int


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    arrays: dict[str, _Array]
    lists: dict[str, list[str]]


class BrokenFileError(Exception):
    """The file is not what was written."""


class Texts:
    """Many short texts, UTF-8, end to end."""

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        self._blob, self._offsets = memoryview(blob), offsets  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, row: int) -> str:
        return self.raw(row).decode("utf-8", "replace")

    def raw(self, row: int) -> bytes:
        """The bytes of one text."""
        return bytes(self._blob[int(self._offsets[row]) : int(self._offsets[row + 1])])

    def first_not_before(self, wanted: bytes, low: int = 0) -> int:
        """Of sorted texts the first that is not smaller than `wanted`."""
        high = len(self)
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low


def text_arrays(name: str, texts: list[str]) -> dict[str, NDArray[Any]]:
    """The two arrays of a list of texts, to be read by `IndexFile.texts(name)`."""
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    lengths = (len(text.encode("utf-8", "replace")) for text in texts)
    np.cumsum(np.fromiter(lengths, np.int64, len(texts)), out=offsets[1:])
    blob = "".join(texts).encode("utf-8", "replace")
    return {name: np.frombuffer(blob, dtype=np.uint8), f"{name}.at": offsets}


class IndexFile:
    """A file open for reading. Arrays lie in the file's own pages, shared between processes."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], lists: Mapping[str, list[str]]) -> None:
        """An index that lies in memory alone."""
        self.lists, self._arrays = lists, arrays

    @classmethod
    def open(cls, path: Path) -> IndexFile:
        """Open and check the whole of it; `BrokenFileError` where it is not as it was written."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < _ALIGN:
                raise BrokenFileError(path.name)
            head, start = _read_head(file, size)
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        arrays = {}
        for name, each in head.arrays.items():
            begin = start + each.at
            width = np.dtype(each.type).itemsize
            if each.count < 0 or each.at < 0 or begin + each.count * width > size - 4:
                raise BrokenFileError(name)
            arrays[name] = np.frombuffer(pages, each.type, each.count, begin)
        return cls(arrays, head.lists)

    def array(self, name: str) -> NDArray[Any]:
        """One array; `BrokenFileError` where there is none."""
        try:
            return self._arrays[name]
        except KeyError as error:
            raise BrokenFileError(name) from error

    def texts(self, name: str) -> Texts:
        """One list of texts."""
        return Texts(self.array(name), self.array(f"{name}.at"))


def _read_head(file: Any, size: int) -> tuple[_Head, int]:
    """The head and where the arrays begin; the whole file is read once for its checksum."""
    found = file.read(16)
    length = int.from_bytes(found[8:16], "little")
    if found[:8] != _MAGIC or length > min(_HEAD_CAP, size - 20):
        raise BrokenFileError("head")
    raw = file.read(length)
    check = zlib.crc32(raw, zlib.crc32(found))
    left = size - 4 - 16 - length
    while left > 0:
        block = file.read(min(_BLOCK, left))
        if not block:
            raise BrokenFileError("cut short")
        check = zlib.crc32(block, check)
        left -= len(block)
    if file.read(4) != check.to_bytes(4, "little"):
        raise BrokenFileError("checksum")
    try:
        head = msgspec.json.decode(raw, type=_Head)
    except msgspec.DecodeError as error:
        raise BrokenFileError("head") from error
    return head, _aligned(16 + length)


def _aligned(at: int) -> int:
    return -(-at // _ALIGN) * _ALIGN


def write_file(
    path: Path, arrays: Mapping[str, NDArray[Any]], lists: Mapping[str, list[str]]
) -> None:
    """Write a file whole or not at all: under a name of its own, then moved into its place.

    Any number of threads and processes may write the same file at once. Raises `OSError`.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.partial")
    try:
        with partial.open("wb") as file:
            check = 0
            for block in _blocks(arrays, lists):
                check = zlib.crc32(block, check)
                file.write(block)
            file.write(check.to_bytes(4, "little"))
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def _blocks(
    arrays: Mapping[str, NDArray[Any]], lists: Mapping[str, list[str]]
) -> Iterator[bytes | memoryview]:
    places: dict[str, _Array] = {}
    at = 0
    kept = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    for name, array in kept.items():
        places[name] = _Array(array.dtype.str[1:], len(array), at)  # type: ignore[arg-type]
        at = _aligned(at + array.nbytes)
    head = msgspec.json.encode(_Head(places, dict(lists)))
    start = 16 + len(head)
    yield _MAGIC + len(head).to_bytes(8, "little") + head
    yield bytes(_aligned(start) - start)
    for array in kept.values():
        yield array.data.cast("B") if len(array) else b""
        yield bytes(_aligned(array.nbytes) - array.nbytes)
