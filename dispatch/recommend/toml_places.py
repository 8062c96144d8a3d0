"""On which line of a TOML file something stands, so that an error can name it.

The standard parser keeps no positions. Files here are small and simple, so a scan for table
headers and keys is enough; where it finds nothing it answers the header's line, or 1.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from dispatch.domain.message import Problem

MAX_BYTES = 1_000_000
_HEADER = re.compile(r"^\s*\[\[?\s*([A-Za-z0-9_.\-]+)\s*\]?\]")
_KEY = re.compile(r"^\s*\"?([A-Za-z0-9_.\-]+)\"?\s*=")
_AT = re.compile(r"line (\d+), column (\d+)")


class TomlFile:
    """A decoded TOML file that can say where its parts stand.

    Raises `Problem` (`recommend.file.*`) naming file and line when it is missing, too large, not
    UTF-8 or not TOML.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > MAX_BYTES:
                raise Problem("recommend.file.large", file=str(path), limit=MAX_BYTES)
            self.text = path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise Problem("recommend.file.unreadable", file=str(path), what=str(error)) from error
        except UnicodeDecodeError as error:
            raise Problem("recommend.file.not_utf8", file=str(path)) from error
        try:
            self.data: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            at = _AT.search(str(error))
            line = int(at.group(1)) if at else self.text.count("\n") + 1
            raise Problem(
                "recommend.file.not_toml", file=str(path), line=line, what=str(error)
            ) from error

    def line(self, *steps: str | int, key: str = "") -> int:
        """The line (from 1) of a table, or of `key` in it.

        `steps` walk down arrays of tables: `line("card", 2, "slot", 0, key="count")`.
        """
        wanted: list[tuple[str, int]] = []
        name = ""
        for step in steps:
            if isinstance(step, int):
                wanted.append((name, step))
            else:
                name = f"{name}.{step}" if name else step
        if (wanted and name != wanted[-1][0]) or (not wanted and name):
            wanted.append((name, 0))
        seen: dict[str, int] = {}
        level, header = 0, 1
        found = not wanted
        for number, text in enumerate(self.text.splitlines(), 1):
            match = _HEADER.match(text)
            if match:
                if found:
                    break
                seen[match.group(1)] = seen.get(match.group(1), -1) + 1
                target, index = wanted[level]
                if match.group(1) == target and seen[target] == index:
                    header = number
                    level += 1
                    if level == len(wanted):
                        found = True
                    else:
                        seen.pop(wanted[level][0], None)
                continue
            named = _KEY.match(text)
            if found and key and named and named.group(1) == key:
                return number
        return header

    def problem(
        self, id: str, *steps: str | int, key: str = "", **values: str | int | float
    ) -> Problem:
        """A `Problem` that names this file and the line of a place in it."""
        if key:
            values["column"] = key
        return Problem(id, file=str(self.path), line=self.line(*steps, key=key), **values)
