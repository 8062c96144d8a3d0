"""Pictures by web tile: an MBTiles file or a folder `z/x/y.png`. Both come from strangers."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from dispatch.domain.message import Problem
from ui.map.tiles.raster import FORMATS, MAX_BYTES

#: Deepest level of a pyramid.
MAX_LEVEL = 24
#: Steps of SQLite's machine after which a query is given up: `tiles` may be a view of anything.
_MAX_STEPS = 200_000
_STEPS_A_CALL = 10_000


class MbTiles:
    """An MBTiles file (version 1.3), read only. Raises `Problem("map.underlay_broken")`."""

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            self._db = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
            self._db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MAX_BYTES)
            self._db.execute("PRAGMA trusted_schema=OFF")
            self._db.execute("PRAGMA query_only=ON")
            self._db.set_progress_handler(self._count, _STEPS_A_CALL)
            told = dict(
                self._ask("SELECT name, value FROM metadata WHERE name LIKE '%zoom' LIMIT 9")
            )
            named = str(
                dict(self._ask("SELECT name, value FROM metadata WHERE name='format'")).get(
                    "format", "png"
                )
            )
            if named.lower() not in FORMATS:
                raise Problem("map.underlay_format", file=path, what=named[:20])
            coarsest, finest = self._level(told, "minzoom"), self._level(told, "maxzoom")
            if coarsest is None:
                coarsest = self._ask("SELECT min(zoom_level) FROM tiles")[0][0]
            if finest is None:
                finest = self._ask("SELECT max(zoom_level) FROM tiles")[0][0]
            if not isinstance(coarsest, int) or not isinstance(finest, int):
                raise Problem("map.underlay_broken", file=path, what="zoom_level")
            if not 0 <= coarsest <= finest <= MAX_LEVEL:
                raise Problem("map.underlay_broken", file=path, what=f"{coarsest} - {finest}")
        except (sqlite3.Error, OSError, ValueError, IndexError) as error:
            raise Problem("map.underlay_broken", file=path, what=str(error)) from error
        self.levels = (coarsest, finest)

    @staticmethod
    def _level(told: dict[object, object], name: str) -> int | None:
        with contextlib.suppress(ValueError):
            return int(str(told[name])) if name in told else None
        return None

    def picture(self, z: int, x: int, y: int) -> bytes | None:
        """One picture; MBTiles counts rows from the south."""
        where = "zoom_level=? AND tile_column=? AND tile_row=?"
        try:
            found = self._ask(
                f"SELECT tile_data FROM tiles WHERE {where} LIMIT 1", (z, x, 2**z - 1 - y)
            )
        except sqlite3.Error as error:
            raise Problem("map.underlay_broken", file=self._path, what=str(error)) from error
        return found[0][0] if found and isinstance(found[0][0], bytes) else None

    def _ask(self, query: str, values: tuple[int, ...] = ()) -> list[tuple[object, ...]]:
        self._steps = 0
        return self._db.execute(query, values).fetchall()

    def _count(self) -> int:
        self._steps += _STEPS_A_CALL
        return int(self._steps > _MAX_STEPS)


class Folder:
    """A folder of pictures `z/x/y.png` (or jpg, webp)."""

    def __init__(self, path: str, *, from_south: bool) -> None:
        self._root = Path(path)
        self._from_south = from_south
        try:
            names = [entry.name for entry in self._root.iterdir() if entry.is_dir()]
        except OSError as error:
            what = error.strerror or str(error)
            raise Problem("map.underlay_broken", file=path, what=what) from error
        levels = sorted(int(name) for name in names if name.isascii() and name.isdecimal())
        levels = [level for level in levels if level <= MAX_LEVEL]
        if not levels:
            raise Problem("map.underlay_broken", file=path, what="z/x/y")
        self.levels = (levels[0], levels[-1])

    def picture(self, z: int, x: int, y: int) -> bytes | None:
        """One picture, None where there is none."""
        row = 2**z - 1 - y if self._from_south else y
        for suffix in FORMATS:
            file = self._root / str(z) / str(x) / f"{row}.{suffix}"
            with contextlib.suppress(OSError):
                if file.stat().st_size <= MAX_BYTES:
                    return file.read_bytes()
        return None
