"""Rings cut to a window with numpy alone: the painter holds no geometry library."""

from __future__ import annotations

import numpy as np

from ui.map.projection import Floats
from ui.map.tiles.strokes import Bools

Window = tuple[float, float, float, float]


def clipped_rings(rings: list[Floats], window: Window) -> tuple[Floats, Bools]:
    """What of some rings lies in a window (left, top, right, bottom), one ring after another.

    Sutherland and Hodgman (1974), *Reentrant polygon clipping*: one side of the window at a time.
    Parts of a ring that leave the window in between stay joined along its edge, which an even-odd
    fill does not show.
    """
    made: list[Floats] = []
    left, top, right, bottom = window
    for ring in rings:
        cut = ring
        for axis, limit, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
            cut = _cut(cut, axis, limit, sign)
            if len(cut) < 4:
                break
        if len(cut) >= 4:
            made.append(cut)
    if not made:
        return np.zeros((0, 2)), np.zeros(0, dtype=bool)
    sizes = np.array([len(one) for one in made])
    starts = np.zeros(int(sizes.sum()), dtype=bool)
    starts[np.cumsum(sizes) - sizes] = True
    return np.concatenate(made), starts


def _cut(ring: Floats, axis: int, limit: float, sign: int) -> Floats:
    """A closed ring without what lies beyond one side; closed again."""
    depth = (ring[:, axis] - limit) * sign
    inside = depth >= 0
    if inside.all():
        return ring
    if not inside.any():
        return ring[:0]
    near, far = ring[:-1], ring[1:]
    crossing = inside[:-1] != inside[1:]
    share = np.zeros(len(near))
    np.divide(depth[:-1], depth[:-1] - depth[1:], out=share, where=crossing)
    meeting = near + (far - near) * share[:, None]
    meeting[:, axis] = limit
    # For every side of the ring: where it crosses the limit, then its end if that is inside.
    pairs = np.stack([meeting, far], axis=1).reshape(-1, 2)
    kept = np.stack([crossing, inside[1:]], axis=1).ravel()
    out = pairs[kept]
    return np.concatenate([out, out[:1]])
