"""A region as the painter reads it: one file of flat arrays, mapped into memory, never copied.

Derived from a pack by `making`, kept in the cache under the pack's hash, safe to delete. All
coordinates are whole centimetres of the world plane (Web Mercator, x east, y north): four bytes
each, a fourteenth of a pixel at the closest zoom. Texts are one blob with offsets.

Layout: magic, length of the header (8 bytes, little-endian), the header as JSON, the arrays, each
on a multiple of 64 bytes.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt

from dispatch.domain.message import Problem
from ui.map.projection import HALF_WORLD_M

#: Raised whenever the arrays change, so that files of an earlier version are made anew.
FORMAT = 3
CM = 100.0
#: The largest coordinate that is written: the world's half and a little sea beyond it.
MAX_CM = int(HALF_WORLD_M * CM) + 100_000_000

_MAGIC = b"VIGILDRW"
_ALIGN = 64
_HEADER_CAP = 1_000_000
_DTYPES = ("<i4", "|i1", "|u1", "<i8", "<f4")

Array = npt.NDArray[Any]
Cms = npt.NDArray[np.int32]


class ArraySpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one array lies in the file."""

    dtype: str
    shape: Annotated[list[Annotated[int, msgspec.Meta(ge=0)]], msgspec.Meta(max_length=2)]
    offset: Annotated[int, msgspec.Meta(ge=0)]


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds. `lists` are the closed lists that codes are positions in."""

    format: int
    region_hash: str
    stage: str
    lists: dict[str, list[str]]
    arrays: dict[str, ArraySpec]


def to_cm(world: npt.ArrayLike) -> Cms:
    """World metres to whole centimetres, kept inside the world."""
    whole = np.rint(np.asarray(world, dtype=np.float64) * CM)
    return np.clip(whole, -MAX_CM, MAX_CM).astype(np.int32)


def drawing_path(cache: Path, region_hash: str, stage: str) -> Path:
    """Where the drawing of a region lies in a cache folder."""
    return cache / "drawings" / f"{region_hash[:40]}-{FORMAT}.{stage}"


def write_drawing(
    path: Path,
    region_hash: str,
    stage: str,
    arrays: dict[str, Array],
    lists: dict[str, list[str]],
) -> None:
    """Write a drawing; it appears whole or not at all. Raises OSError."""
    specs: dict[str, ArraySpec] = {}
    parts: list[Array] = []
    at = 0
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array)
        specs[name] = ArraySpec(flat.dtype.str, list(flat.shape), at)
        parts.append(flat)
        at += -(-flat.nbytes // _ALIGN) * _ALIGN
    header = msgspec.json.encode(Header(FORMAT, region_hash, stage, lists, specs))
    # Padded with blanks, which JSON passes over, so that the arrays begin on a boundary.
    header += b" " * (-(len(_MAGIC) + 8 + len(header)) % _ALIGN)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as file:
            file.write(_MAGIC + len(header).to_bytes(8, "little") + header)
            for flat in parts:
                file.write(flat.data if flat.size else b"")
                file.write(bytes(-flat.nbytes % _ALIGN))
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


class Drawing:
    """An open drawing: arrays by name, read-only views of the file."""

    def __init__(self, header: Header, arrays: dict[str, Array]) -> None:
        self.region_hash = header.region_hash
        self.stage = header.stage
        self.lists = header.lists
        self._arrays = arrays
        self._texts: dict[int, str] = {}

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def code(self, kind_list: str, name: str) -> int:
        """The code of a kind, -1 where this region's lists do not know it."""
        known = self.lists[kind_list]
        return known.index(name) if name in known else -1

    def text(self, number: int) -> str:
        """One text by its number; "" for -1."""
        if number < 0:
            return ""
        found = self._texts.get(number)
        if found is None:
            begin, end = self._arrays["text.at"][number : number + 2].tolist()
            found = bytes(self._arrays["text.bytes"][begin:end]).decode("utf-8", "replace")
            if len(self._texts) > 50_000:
                self._texts.clear()
            self._texts[number] = found
        return found


def open_drawing(path: Path, region_hash: str) -> Drawing:
    """Map a drawing into memory. Raises `Problem("map.drawing_broken")`: make it anew then."""
    try:
        raw = np.memmap(path, dtype=np.uint8, mode="r")
        return _read(raw, region_hash)
    except (OSError, ValueError, msgspec.DecodeError) as error:
        raise Problem("map.drawing_broken", file=str(path), what=str(error)) from error


def _read(raw: Array, region_hash: str) -> Drawing:
    start = len(_MAGIC) + 8
    if bytes(raw[: len(_MAGIC)]) != _MAGIC:
        raise ValueError("magic")
    length = int.from_bytes(bytes(raw[len(_MAGIC) : start]), "little")
    if length > _HEADER_CAP or start + length > len(raw):
        raise ValueError("header")
    header = msgspec.json.decode(bytes(raw[start : start + length]), type=Header)
    if header.format != FORMAT or header.region_hash != region_hash:
        raise ValueError("format")
    body = raw[start + length :]
    arrays: dict[str, Array] = {}
    for name, spec in header.arrays.items():
        if spec.dtype not in _DTYPES or not spec.shape:
            raise ValueError(name)
        dtype = np.dtype(spec.dtype)
        size = dtype.itemsize * int(np.prod(spec.shape, dtype=np.int64))
        if spec.offset + size > len(body):
            raise ValueError(name)
        view = body[spec.offset : spec.offset + size].view(np.ndarray)
        arrays[name] = view.view(dtype).reshape(spec.shape)
    return Drawing(header, arrays)


class Texts:
    """Texts being collected for a drawing: each once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str | None) -> int:
        """The number of a text, -1 for none."""
        if not text:
            return -1
        return self._numbers.setdefault(text, len(self._numbers))

    def numbers(self, texts: npt.NDArray[np.object_]) -> npt.NDArray[np.int32]:
        """The numbers of many."""
        known, number = self._numbers, self.number
        return np.fromiter(
            (known.get(t, -1) if t in known else number(t) for t in texts.tolist()),
            dtype=np.int32,
            count=len(texts),
        )

    def arrays(self) -> dict[str, Array]:
        """The blob and its offsets."""
        encoded = [text.encode("utf-8", "replace") for text in self._numbers]
        sizes = np.array([0, *(len(one) for one in encoded)], dtype=np.int64)
        blob = np.frombuffer(b"".join(encoded), dtype=np.uint8)
        return {"text.at": np.cumsum(sizes), "text.bytes": blob}
