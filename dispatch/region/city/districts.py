"""Districts and police beats: whole blocks gathered round a middle; borders follow streets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from dispatch.region.city import names
from dispatch.region.city.landuse import Block
from dispatch.region.city.naming import Name
from dispatch.region.city.plan import SATELLITES, Floats
from dispatch.region.city.services import Zone
from dispatch.region.city.terrain import Terrain

BEATS = 24


@dataclass(frozen=True, kw_only=True)
class Ward:
    """A district or a beat."""

    ref: str
    name: Name
    shape: BaseGeometry


def _gather(blocks: list[Block], owner: list[int], count: int) -> list[BaseGeometry]:
    shapes: list[BaseGeometry] = []
    for k in range(count):
        mine = [b.shape for b, o in zip(blocks, owner, strict=True) if o == k]
        merged = shapely.union_all(mine) if mine else shapely.Polygon()
        parts = [p for p in shapely.get_parts(merged.buffer(3.0).buffer(-3.0)) if p.area > 4e4]
        parts = [shapely.Polygon(p.exterior) for p in parts]
        shapes.append(shapely.union_all(parts).simplify(2.5) if parts else shapely.Polygon())
    return shapes


def make_districts(blocks: list[Block], terrain: Terrain) -> list[Ward]:
    """The city's districts, and one for each small town."""
    seeds = [(x, y) for x, y, _ in names.DISTRICTS] + [(s.x, s.y) for s in SATELLITES]
    titles = [name for _, _, name in names.DISTRICTS] + list(names.SATELLITES)
    built = [b for b in blocks if b.built > 0.1 or b.shape.area < 4.0e5]
    owner = _nearest(built, np.array(seeds))
    island = terrain.island.buffer(5.0)
    for k, block in enumerate(built):
        inside = island.contains(block.shape.representative_point())
        if inside:
            owner[k] = 1
        elif owner[k] == 1:
            owner[k] = _nearest([block], np.array([s for i, s in enumerate(seeds) if i != 1]))[0]
            owner[k] += 1 if owner[k] >= 1 else 0
    shapes = _gather(built, owner, len(seeds))
    return [
        Ward(ref=str(k + 1), name=title, shape=shape)
        for k, (title, shape) in enumerate(zip(titles, shapes, strict=True))
        if not shape.is_empty
    ]


def make_beats(blocks: list[Block], zones: list[Zone]) -> list[Ward]:
    """Police beats of about equal load, by weighted k-means over the zones."""
    points = np.array([(z.x, z.y) for z in zones])
    weight = np.array([z.people + z.workers for z in zones])
    centres = points[np.argsort(-weight, kind="stable")[:: max(1, len(points) // BEATS)][:BEATS]]
    for _ in range(60):
        label = np.hypot(*(points[:, None, :] - centres[None, :, :]).transpose(2, 0, 1)).argmin(1)
        for k in range(len(centres)):
            mine = label == k
            if mine.any():
                centres[k] = np.average(points[mine], axis=0, weights=weight[mine])
    built = [b for b in blocks if b.built > 0.1 or b.shape.area < 4.0e5]
    shapes = _gather(built, _nearest(built, centres), len(centres))
    return [
        Ward(ref=f"{101 + k}", shape=shape,
             name=Name(en=f"Beat {101 + k}", ru=f"Участок {101 + k}", kk=f"{101 + k}-учаске",
                       ko=f"{101 + k}구역"))
        for k, shape in enumerate(shapes) if not shape.is_empty
    ]  # fmt: skip


def _nearest(blocks: list[Block], seeds: Floats) -> list[int]:
    middles = np.array([[p.x, p.y] for p in (b.shape.representative_point() for b in blocks)])
    away = np.hypot(*(middles[:, None, :] - seeds[None, :, :]).transpose(2, 0, 1))
    return [int(k) for k in away.argmin(axis=1)]
