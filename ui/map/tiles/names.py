"""Named lines for lettering: pieces of one street merged into long chains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from ui.map.projection import Floats
from ui.map.tiles.scene import Index, Shapes
from ui.map.tiles.strokes import Ints

#: A name longer than this is not a name.
MAX_NAME = 80


@dataclass(frozen=True)
class Chains:
    """Long lines with a name and a rank (position in the style's road list) each."""

    shapes: Shapes
    names: npt.NDArray[np.object_]
    rank: Ints
    length_m: Floats

    @cached_property
    def index(self) -> Index:
        return Index(self.shapes.boxes)

    def __len__(self) -> int:
        return len(self.names)


def merge(shapes: Shapes, rows: Ints, names: npt.NDArray[np.object_], rank: Ints) -> Chains:
    """Chains of the rows that have a name; `names` and `rank` are per row of `shapes`.

    Pieces of one name and rank that meet end to end become one line, so that a name is written
    once a stretch and not once a block.
    """
    usable = [bool(name) and len(name) <= MAX_NAME for name in names[rows]]
    rows = rows[np.array(usable, dtype=bool)]
    if len(rows) == 0:
        empty = Shapes(np.zeros((0, 2)), np.zeros(1, dtype=np.int64))
        return Chains(empty, np.zeros(0, dtype=object), np.zeros(0, np.int64), np.zeros(0))
    numbers: dict[tuple[str, int], int] = {}
    keys = zip(names[rows].tolist(), rank[rows].tolist(), strict=True)
    group = np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)
    order = np.argsort(group, kind="stable")
    points, starts = shapes.gather(rows[order])
    pieces = shapely.linestrings(points, indices=np.cumsum(starts) - 1)
    merged = shapely.line_merge(shapely.multilinestrings(pieces, indices=group[order]))
    parts, owner = shapely.get_parts(merged, return_index=True)
    sizes = shapely.get_num_coordinates(parts)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    labels = list(numbers)
    return Chains(
        Shapes(shapely.get_coordinates(parts), offsets),
        np.array([labels[i][0] for i in owner.tolist()], dtype=object),
        np.array([labels[i][1] for i in owner.tolist()], dtype=np.int64),
        shapely.length(parts),
    )
