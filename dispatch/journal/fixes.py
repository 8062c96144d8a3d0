"""Vehicle positions over time: written a frame a second, sealed a minute at a time.

They are a stream beside the log, not facts; only the hash of each sealed minute is one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, bindparam, func, insert, select

from dispatch.domain.message import Problem
from dispatch.journal.chain import segment_hash
from dispatch.journal.database import named_errors
from dispatch.journal.frames import Decoder, Encoder, FixFrame
from dispatch.journal.log import Log
from dispatch.journal.tables import AVL_FRAME, AVL_MINUTE

log = logging.getLogger(__name__)

MINUTE_US = 60_000_000
RANGE_CHUNK = 300

_INSERT = insert(AVL_FRAME)
_KEY_BEFORE = (
    select(AVL_FRAME.c.t_us)
    .where(AVL_FRAME.c.t_us <= bindparam("upto"), AVL_FRAME.c.key == 1)
    .order_by(AVL_FRAME.c.t_us.desc())
    .limit(1)
)
_BETWEEN = (
    select(AVL_FRAME.c.t_us, AVL_FRAME.c.key, AVL_FRAME.c.data)
    .where(AVL_FRAME.c.t_us > bindparam("after"), AVL_FRAME.c.t_us <= bindparam("upto"))
    .order_by(AVL_FRAME.c.t_us)
)


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a `journal.minute_sealed` fact."""

    first_us: int
    last_us: int
    frames: int
    sha: str


class Fixes:
    """The position frames of one journal. Safe to call from any thread."""

    def __init__(self, path: Path, readers: Engine, writer: Log | None) -> None:
        self._path = path
        self._readers = readers
        self._log = writer
        self._lock = threading.Lock()
        self._encoder: Encoder | None = None
        self._first_us: int | None = None  # the open segment: first and last frame
        self._last_us: int | None = None
        self._loaded = False
        self._decoder = Decoder()
        self._shown: tuple[int, FixFrame] | None = None
        self.dropped = 0
        """Frames not written because they came late: not after the last one kept."""

    def write(self, t_us: int, frame: FixFrame) -> bool:
        """Keep the positions at a moment of the operational clock; seals the minute before it.

        False (and counted in `dropped`) when `t_us` is not after the last frame. Outlives this
        process at once; a power cut may take the last seconds. Raises `Problem` like `append`.
        """
        writer = self._writer()
        with self._lock:
            self._load(writer)
            if self._last_us is not None and t_us <= self._last_us:
                self.dropped += 1
                return False
            if self._first_us is not None and t_us // MINUTE_US != self._first_us // MINUTE_US:
                self._seal(writer)
            if self._encoder is None:
                self._encoder = Encoder()
            try:
                key, data = self._encoder.encode(frame)
                with writer.writing(durable=False) as connection:
                    connection.execute(_INSERT, {"t_us": t_us, "key": int(key), "data": data})
            except BaseException:
                self._encoder.forget()  # the next frame must not build on one that is not there
                raise
            self._first_us = t_us if self._first_us is None else self._first_us
            self._last_us = t_us
            return True

    def seal(self) -> None:
        """Seal what is written so far, before its minute is over: at closing."""
        writer = self._writer()
        with self._lock:
            self._load(writer)
            self._seal(writer)

    def at(self, t_us: int) -> FixFrame | None:
        """The newest frame at or before a moment, or None. Every fix says how old it is.

        Stepping forward through time decodes one frame a step. Raises
        `Problem("journal.fixes_corrupt")`.
        """
        with self._lock, named_errors(self._path), self._readers.connect() as connection:
            key_us = connection.execute(_KEY_BEFORE, {"upto": t_us}).scalar()
            if key_us is None:
                return None
            after = key_us - 1
            if self._shown is not None and key_us <= self._shown[0] <= t_us:
                after = self._shown[0]
            rows = connection.execute(_BETWEEN, {"after": after, "upto": t_us}).all()
            for moment, _key, data in rows:
                self._shown = (moment, self._decode(self._decoder, moment, data))
            assert self._shown is not None
            return self._shown[1]

    def range(self, from_us: int, to_us: int) -> Iterator[tuple[int, FixFrame]]:
        """Every frame with `from_us <= t_us <= to_us`, in order, with its moment."""
        decoder = Decoder()
        with named_errors(self._path), self._readers.connect() as connection:
            key_us = connection.execute(_KEY_BEFORE, {"upto": from_us}).scalar()
        after = from_us - 1 if key_us is None else key_us - 1
        statement = _BETWEEN.limit(RANGE_CHUNK)
        while True:
            with named_errors(self._path), self._readers.connect() as connection:
                rows = connection.execute(statement, {"after": after, "upto": to_us}).all()
            for moment, _key, data in rows:
                frame = self._decode(decoder, moment, data)
                if moment >= from_us:
                    yield moment, frame
            if len(rows) < RANGE_CHUNK:
                return
            after = rows[-1][0]

    def span(self) -> tuple[int, int] | None:
        """The first and the last moment with a frame, or None."""
        with named_errors(self._path), self._readers.connect() as connection:
            first, last = connection.execute(
                select(func.min(AVL_FRAME.c.t_us), func.max(AVL_FRAME.c.t_us))
            ).one()
        return None if first is None else (first, last)

    def _writer(self) -> Log:
        if self._log is None:
            raise Problem("journal.read_only", file=str(self._path))
        return self._log

    def _decode(self, decoder: Decoder, t_us: int, data: bytes) -> FixFrame:
        try:
            return decoder.decode(data)
        except (ValueError, msgspec.MsgspecError) as error:
            self._shown = None
            self._decoder = Decoder()
            raise Problem(
                "journal.fixes_corrupt", file=str(self._path), t_us=t_us, what=str(error)
            ) from error

    def _load(self, writer: Log) -> None:
        """Take up the segment that the last writer left unsealed."""
        if self._loaded:
            return
        with named_errors(self._path), self._readers.connect() as connection:
            sealed = connection.execute(select(func.max(AVL_MINUTE.c.last_us))).scalar()
            open_ = select(func.min(AVL_FRAME.c.t_us), func.max(AVL_FRAME.c.t_us))
            if sealed is not None:
                open_ = open_.where(AVL_FRAME.c.t_us > sealed)
            self._first_us, self._last_us = connection.execute(open_).one()
            self._last_us = sealed if self._last_us is None else self._last_us
        self._loaded = True

    def _seal(self, writer: Log) -> None:
        if self._first_us is None or self._last_us is None:
            return
        with writer.writing() as connection:
            rows = connection.execute(
                _BETWEEN, {"after": self._first_us - 1, "upto": self._last_us}
            ).all()
            body = Sealed(
                first_us=self._first_us,
                last_us=self._last_us,
                frames=len(rows),
                sha=segment_hash([(t, key, data) for t, key, data in rows]),
            )
            self._record(writer, connection, body)
        self._first_us = None
        if self._encoder is not None:
            self._encoder.forget()

    def _record(self, writer: Log, connection: Connection, body: Sealed) -> None:
        fact = writer.note_within(
            connection,
            "minute_sealed",
            str(body.first_us),
            msgspec.json.encode(body).decode(),
            body.last_us,
        )
        connection.execute(
            insert(AVL_MINUTE).values(
                first_us=body.first_us,
                last_us=body.last_us,
                frames=body.frames,
                sha=body.sha,
                pos=fact.pos,
            )
        )
