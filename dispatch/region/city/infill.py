"""Buildings inside blocks and grounds, behind the street fronts: rows of sheds, slabs, wards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import Polygon

from dispatch.region.city.buildings import Building, Occupied, probe
from dispatch.region.city.landuse import Block
from dispatch.region.city.plan import Floats


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows of like buildings: pitch along and across, footprint, margin to the edge; metres."""

    along_m: float
    across_m: float
    breadth_m: float
    depth_m: float
    margin_m: float
    levels: tuple[int, int]
    kind: str
    people_m2: float = 1e9


SLABS = Rows(along_m=72.0, across_m=46.0, breadth_m=54.0, depth_m=13.0, margin_m=30.0,
             levels=(5, 9), kind="apartments", people_m2=48.0)  # fmt: skip
HALLS = Rows(along_m=128.0, across_m=78.0, breadth_m=100.0, depth_m=48.0, margin_m=24.0,
             levels=(1, 1), kind="industrial")  # fmt: skip
QUAY = Rows(along_m=150.0, across_m=62.0, breadth_m=118.0, depth_m=30.0, margin_m=22.0,
            levels=(1, 1), kind="industrial")  # fmt: skip
WARDS = Rows(along_m=92.0, across_m=58.0, breadth_m=68.0, depth_m=17.0, margin_m=34.0,
             levels=(3, 6), kind="hospital")  # fmt: skip
MALL = Rows(along_m=190.0, across_m=130.0, breadth_m=150.0, depth_m=85.0, margin_m=30.0,
            levels=(2, 3), kind="commercial", people_m2=1e9)  # fmt: skip


def rows_for(block: Block, is_flats: bool) -> Rows | None:
    """Which rows stand inside a block, None for none."""
    by_use = {"industrial": HALLS, "hospital": WARDS, "university": WARDS, "retail": MALL}
    if block.use in by_use:
        return by_use[block.use]
    if block.use == "residential" and is_flats and block.shape.area > 20_000.0:
        return SLABS
    return None


def fill(shape: Polygon, rows: Rows, taken: Occupied, rng: np.random.Generator) -> list[Building]:
    """Rows of buildings inside a shape, along its longer side, where the ground is free."""
    inner = shape.buffer(-rows.margin_m)
    made: list[Building] = []
    if inner.is_empty:
        return made
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(shape))[:4]
    sides = [corners[1] - corners[0], corners[2] - corners[1]]
    long = max(sides, key=lambda s: float(np.hypot(*s)))
    t = long / float(np.hypot(*long))
    n = np.array([-t[1], t[0]])
    middle = shapely.get_coordinates(inner.centroid)[0]
    reach = float(np.hypot(*sides[0]) + np.hypot(*sides[1])) / 2
    prepared = inner.buffer(2.0)
    shapely.prepare(prepared)
    for j in range(-int(reach / rows.across_m), int(reach / rows.across_m) + 1):
        for i in range(-int(reach / rows.along_m), int(reach / rows.along_m) + 1):
            jitter = rng.uniform(-1.0, 1.0, 3)
            centre = middle + t * (i * rows.along_m) + n * (j * rows.across_m)
            half = t * rows.breadth_m * (1.0 + 0.12 * float(jitter[0])) / 2
            deep = n * rows.depth_m * (1.0 + 0.12 * float(jitter[1])) / 2
            quad: Floats = np.array(
                [centre - half - deep, centre + half - deep, centre + half + deep,
                 centre - half + deep]
            )  # fmt: skip
            if not shapely.contains_xy(prepared, quad[:, 0], quad[:, 1]).all():
                continue
            cells = taken.index(probe(quad))
            if taken.cells[cells].any():
                continue
            taken.cells[cells] = True
            low, high = rows.levels
            levels = low + int((jitter[2] + 1.0) / 2.0 * (high - low + 0.999))
            floor = rows.breadth_m * rows.depth_m
            made.append(
                Building(corners=quad, levels=levels, kind=rows.kind,
                         people=floor * levels / rows.people_m2)
            )  # fmt: skip
    return made
