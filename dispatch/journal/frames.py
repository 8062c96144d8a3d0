"""One moment of all vehicle positions as bytes: columns, differences, byte planes, zstd.

A key frame stands alone and carries the unit ids. A delta frame holds, for the units of its key
frame, the zig-zag coded change of every column since the frame before; longitude and latitude the
change of the change, since vehicles mostly keep their course. Both end as byte planes (all lowest
bytes, then all second bytes, ...), in which the many zero bytes compress to nearly nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.signedinteger[Any]]

MAX_UNITS = 100_000
MAX_IDS_BYTES = 100 * MAX_UNITS
_HEADER = struct.Struct("<2sII")
_KEY, _DELTA = b"K1", b"D1"
_NARROW, _WIDE = "<i4", "<i8"
_DTYPES = (_NARROW, _NARROW, _NARROW, _NARROW, _WIDE)
_ROW_BYTES = 24
_COURSED = 2  # the first two columns are predicted by their last change


@dataclass(frozen=True, eq=False, slots=True)
class FixFrame:
    """The last known fix of every unit at one moment; arrays of one length, in order of ids."""

    unit_ids: tuple[str, ...]
    lon_e7: Column
    """Longitude, degrees times 1e7 (int32)."""
    lat_e7: Column
    """Latitude, degrees times 1e7 (int32)."""
    heading_deg: Column
    """0 to 359, -1 unknown (int32)."""
    speed_cms: Column
    """Centimetres a second, -1 unknown (int32)."""
    fix_t_us: Column
    """When each fix was taken, operational clock (int64)."""


class Encoder:
    """Turns frames in time order into bytes."""

    def __init__(self) -> None:
        import zstandard

        self._compressor = zstandard.ZstdCompressor(level=1)
        self._ids: tuple[str, ...] | None = None
        self._columns: list[Any] = []
        self._changes: list[Any] = []

    def forget(self) -> None:
        """Make the next frame a key frame."""
        self._ids = None

    def encode(self, frame: FixFrame) -> tuple[bool, bytes]:
        """Whether it became a key frame, and its bytes."""
        import numpy as np

        count = len(frame.unit_ids)
        given = (
            frame.lon_e7,
            frame.lat_e7,
            frame.heading_deg,
            frame.speed_cms,
            frame.fix_t_us,
        )
        # Copies: the caller may go on writing into its arrays.
        columns = [np.array(c, dtype=d, copy=True) for c, d in zip(given, _DTYPES, strict=True)]
        if count > MAX_UNITS or any(column.shape != (count,) for column in columns):
            raise ValueError(f"columns of a frame of {count} units differ in length")
        key = frame.unit_ids != self._ids
        if key:
            ids = msgspec.json.encode(frame.unit_ids)
            parts = [_HEADER.pack(_KEY, count, len(ids)), ids]
            parts += [_planes(column) for column in columns]
            changes = [np.zeros_like(columns[0]), np.zeros_like(columns[1])]
        else:
            parts = [_HEADER.pack(_DELTA, count, 0)]
            changes = []
            for i, (column, last) in enumerate(zip(columns, self._columns, strict=True)):
                change = column - last
                if i < _COURSED:
                    changes.append(change)
                    change = change - self._changes[i]
                parts.append(_planes(_zigzag(change)))
        self._ids, self._columns, self._changes = frame.unit_ids, columns, changes
        return key, self._compressor.compress(b"".join(parts))


class Decoder:
    """Turns bytes back into frames; feed it a key frame, then the deltas after it in order.

    Raises `ValueError` for anything that is not a frame; sizes are bounded before inflating.
    """

    def __init__(self) -> None:
        import zstandard

        self._decompressor = zstandard.ZstdDecompressor()
        self._ids: tuple[str, ...] | None = None
        self._columns: list[Any] = []
        self._changes: list[Any] = []

    def decode(self, data: bytes) -> FixFrame:
        import numpy as np
        import zstandard

        limit = _HEADER.size + MAX_IDS_BYTES + _ROW_BYTES * MAX_UNITS
        try:
            if zstandard.get_frame_parameters(data).content_size > limit:
                raise ValueError("a frame larger than any frame can be")
            payload = self._decompressor.decompress(data, max_output_size=limit)
        except zstandard.ZstdError as error:
            raise ValueError(f"not a position frame: {error}") from error
        if len(payload) < _HEADER.size:
            raise ValueError("a position frame without its header")
        tag, count, ids_bytes = _HEADER.unpack_from(payload)
        key = tag == _KEY
        if not key and tag != _DELTA:
            raise ValueError(f"a position frame of unknown form {tag!r}")
        if len(payload) != _HEADER.size + ids_bytes + _ROW_BYTES * count:
            raise ValueError("a position frame whose length is not what its header says")
        if key:
            ids = msgspec.json.decode(
                payload[_HEADER.size : _HEADER.size + ids_bytes], type=tuple[str, ...]
            )
            if len(ids) != count:
                raise ValueError("a position frame with more or fewer ids than rows")
            self._ids = ids
        elif self._ids is None or len(self._ids) != count:
            raise ValueError("a change of positions without its key frame")
        at = _HEADER.size + ids_bytes
        columns: list[Any] = []
        changes: list[Any] = []
        for i, dtype in enumerate(_DTYPES):
            width = np.dtype(dtype).itemsize
            planes = np.frombuffer(payload, dtype="u1", count=width * count, offset=at)
            at += width * count
            values = np.ascontiguousarray(planes.reshape(width, count).T).reshape(-1).view(dtype)
            if not key:
                values = _unzigzag(values)
                if i < _COURSED:
                    values = values + self._changes[i]
                    changes.append(values)
                values = self._columns[i] + values
            elif i < _COURSED:
                changes.append(np.zeros_like(values))
            # The next delta builds on these, so nobody may write into them.
            values.flags.writeable = False
            columns.append(values)
        self._columns, self._changes = columns, changes
        return FixFrame(self._ids, *columns)


def _planes(column: Any) -> bytes:
    planes: bytes = column.view("u1").reshape(len(column), column.itemsize).T.tobytes()
    return planes


def _zigzag(change: Any) -> Any:
    return (change << 1) ^ (change >> (change.itemsize * 8 - 1))


def _unzigzag(coded: Any) -> Any:
    unsigned = coded.view(f"<u{coded.itemsize}")
    return (unsigned >> 1).view(coded.dtype) ^ -(coded & 1)
