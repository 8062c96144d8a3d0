"""Painted tiles on disk: one SQLite file, bounded in bytes, safe to delete at any time.

Used in the painter's process alone. A store that cannot be opened or written only costs speed,
so every failure ends in "no tile here" and never in an error for the dispatcher.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import zlib
from pathlib import Path

from ui.map.tiles.keys import TileKey

log = logging.getLogger(__name__)

STORE_FORMAT = 1
#: Level 1: two milliseconds a tile, where PNG takes four to six.
ZLIB_LEVEL = 1
#: Forget this share of the limit at once, so that forgetting is rare.
FORGET_SHARE = 0.2

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tile (
    look TEXT NOT NULL, level INTEGER NOT NULL, x INTEGER NOT NULL, y INTEGER NOT NULL,
    used INTEGER NOT NULL, pixels BLOB NOT NULL,
    PRIMARY KEY (look, level, x, y)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tile_used ON tile (used);
"""


class TileStore:
    """Tiles by (look, level, x, y). A look names region, theme, language, ratio and style."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._since_check = 0
        self._clock = 0
        self._db = self._open()

    def get(self, look: str, key: TileKey, size: int) -> bytes | None:
        """The raw pixels of a tile, exactly `size` bytes, or None."""
        if self._db is None:
            return None
        place = (look, key.level, key.x, key.y)
        try:
            row = self._db.execute(
                "SELECT pixels FROM tile WHERE look=? AND level=? AND x=? AND y=?", place
            ).fetchone()
        except sqlite3.Error as error:
            self._refused(error)
            return None
        if row is None:
            return None
        try:
            unpacker = zlib.decompressobj()
            pixels = unpacker.decompress(row[0], size + 1)
        except zlib.error:
            return None
        return pixels if len(pixels) == size else None

    def has(self, look: str, key: TileKey) -> bool:
        """Whether a tile is kept."""
        if self._db is None:
            return False
        place = (look, key.level, key.x, key.y)
        try:
            found = self._db.execute(
                "SELECT 1 FROM tile WHERE look=? AND level=? AND x=? AND y=?", place
            ).fetchone()
        except sqlite3.Error as error:
            self._refused(error)
            return False
        return found is not None

    @property
    def is_full(self) -> bool:
        """Whether another tile would push out older ones, or nothing can be kept at all."""
        if self._db is None:
            return True
        try:
            return self._total() > self._limit_bytes * (1 - FORGET_SHARE)
        except sqlite3.Error as error:
            self._refused(error)
            return True

    def put(self, look: str, key: TileKey, pixels: bytes | memoryview) -> None:
        """Keep a tile; the oldest go when the file passes its limit."""
        if self._db is None:
            return
        packed = zlib.compress(pixels, ZLIB_LEVEL)
        self._clock += 1
        try:
            self._db.execute(
                "INSERT OR REPLACE INTO tile VALUES (?,?,?,?,?,?)",
                (look, key.level, key.x, key.y, self._clock, packed),
            )
            self._since_check += len(packed)
            if self._since_check > self._limit_bytes / 20:
                self._since_check = 0
                self._forget()
        except sqlite3.Error as error:
            self._refused(error)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _open(self) -> sqlite3.Connection | None:
        for _attempt in range(2):
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                return self._connect()
            except sqlite3.DatabaseError as error:
                # A torn or foreign file: tiles can be painted again, so start afresh.
                log.warning("tile store %s starts afresh: %s", self._path, error)
                self._remove()
            except OSError as error:
                log.warning("no tile store at %s: %s", self._path, error)
                return None
        return None

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=0.1, isolation_level=None)
        try:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, STORE_FORMAT):
                db.execute("DROP TABLE IF EXISTS tile")
            db.execute("PRAGMA auto_vacuum=INCREMENTAL")
            db.execute("PRAGMA journal_mode=WAL")
            # Losing the last tiles in a power cut is nothing: they are painted again.
            db.execute("PRAGMA synchronous=OFF")
            db.executescript(_SCHEMA)
            db.execute(f"PRAGMA user_version={STORE_FORMAT}")
            self._clock = db.execute("SELECT coalesce(max(used), 0) FROM tile").fetchone()[0]
        except BaseException:
            db.close()
            raise
        return db

    def _forget(self) -> None:
        assert self._db is not None
        total = self._total()
        if total <= self._limit_bytes:
            return
        spare = total - self._limit_bytes * (1 - FORGET_SHARE)
        newest_gone = 0
        for used, size in self._db.execute("SELECT used, length(pixels) FROM tile ORDER BY used"):
            spare -= size
            newest_gone = used
            if spare <= 0:
                break
        self._db.execute("DELETE FROM tile WHERE used <= ?", (newest_gone,))
        self._db.execute("PRAGMA incremental_vacuum")

    def _total(self) -> int:
        """Bytes of the whole file that hold something."""
        assert self._db is not None
        pages, free, size = (
            int(self._db.execute(f"PRAGMA {what}").fetchone()[0])
            for what in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size

    def _refused(self, error: sqlite3.Error) -> None:
        """Another painter writing just now is no reason to stop; a broken or full disk is."""
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return
        log.warning("tile store %s is left alone: %s", self._path, error)
        self.close()
        if code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            self._remove()
            self._db = self._open()

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()
