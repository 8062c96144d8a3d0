"""Small OpenStreetMap files written in tests."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr


class OsmText:
    """Nodes, ways and relations as an .osm file; positions in hundredths of a degree grid units.

    `at(x, y)` puts a node 0.001 degree per unit from (76.9, 43.2).
    """

    def __init__(self) -> None:
        self._nodes: dict[tuple[float, float], int] = {}
        self._lines: list[str] = []
        self._ways: list[str] = []
        self._relations: list[str] = []
        self._next = 1

    def at(self, x: float, y: float, **tags: str) -> int:
        """The node at a grid place, made once; tags are added when it is made."""
        if (x, y) not in self._nodes:
            number = self._nodes[x, y] = len(self._nodes) + 1
            lon, lat = 76.9 + x * 0.001, 43.2 + y * 0.001
            body = "".join(self._tags(tags))
            self._lines.append(
                f'<node id="{number}" version="1" lon="{lon:.7f}" lat="{lat:.7f}">{body}</node>'
            )
        return self._nodes[x, y]

    def way(self, points: list[tuple[float, float]], way_id: int | None = None, **tags: str) -> int:
        """A way through grid places."""
        number = way_id or 100 + len(self._ways)
        refs = "".join(f'<nd ref="{self.at(*point)}"/>' for point in points)
        self._ways.append(f'<way id="{number}" version="1">{refs}{"".join(self._tags(tags))}</way>')
        return number

    def relation(self, members: list[tuple[str, int, str]], **tags: str) -> None:
        """A relation of (type, id, role)."""
        number = 1000 + len(self._relations)
        body = "".join(f'<member type="{t}" ref="{r}" role="{o}"/>' for t, r, o in members)
        self._relations.append(
            f'<relation id="{number}" version="1">{body}{"".join(self._tags(tags))}</relation>'
        )

    def _tags(self, tags: dict[str, str]) -> list[str]:
        # Python names have no colon: `name__ru` means name:ru.
        return [
            f"<tag k={quoteattr(key.replace('__', ':'))} v={quoteattr(value)}/>"
            for key, value in tags.items()
        ]

    def write(self, path: Path) -> Path:
        """Write the file."""
        body = "\n".join([*self._lines, *self._ways, *self._relations])
        path.write_text(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n{body}\n</osm>\n',
            "utf-8",
        )
        return path
