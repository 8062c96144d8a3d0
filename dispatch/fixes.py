"""Between vehicle fixes as values and the journal's position frames as columns."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.domain.unit import Fix
from dispatch.domain.value import Point
from dispatch.journal import FixFrame


def frame_of(fixes: Iterable[Fix]) -> FixFrame:
    """One frame of the last known fixes, ordered by unit id."""
    import numpy as np

    rows = sorted(fixes, key=lambda fix: fix.unit_id)
    return FixFrame(
        unit_ids=tuple(fix.unit_id for fix in rows),
        lon_e7=np.array([round(fix.point.lon * 1e7) for fix in rows], dtype=np.int32),
        lat_e7=np.array([round(fix.point.lat * 1e7) for fix in rows], dtype=np.int32),
        heading_deg=np.array([round(fix.heading_deg) % 360 for fix in rows], dtype=np.int32),
        speed_cms=np.array([round(fix.speed_ms * 100) for fix in rows], dtype=np.int32),
        fix_t_us=np.array([fix.t_us for fix in rows], dtype=np.int64),
    )


def fixes_of(frame: FixFrame | None) -> list[Fix]:
    """The fixes of a frame; none for no frame."""
    if frame is None:
        return []
    return [
        Fix(
            unit_id=unit_id,
            point=Point(lon=int(frame.lon_e7[i]) / 1e7, lat=int(frame.lat_e7[i]) / 1e7),
            t_us=int(frame.fix_t_us[i]),
            heading_deg=float(max(0, int(frame.heading_deg[i]))),
            speed_ms=max(0, int(frame.speed_cms[i])) / 100,
        )
        for i, unit_id in enumerate(frame.unit_ids)
    ]
