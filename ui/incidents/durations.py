"""Times as people read them at a console: m:ss, bands, and the clock of the region."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dispatch.domain.advice import Arrival


def span(seconds: float) -> str:
    """A length of time as `m:ss`, from an hour on `h:mm:ss`; the sign is dropped."""
    whole = int(abs(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def band(arrival: Arrival | None) -> str:
    """P50 to P90 of an arrival, `3:40 – 4:50`; empty where there is none."""
    return "" if arrival is None else band_of(arrival.p50_s, arrival.p90_s)


def band_of(p50_s: float | None, p90_s: float | None) -> str:
    """The same from two lengths of time in seconds."""
    if p50_s is None:
        return ""
    return f"{span(p50_s)} – {span(p90_s) if p90_s is not None else '?'}"


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def clock_text(t_us: int, time_zone: str, *, seconds: bool = False) -> str:
    """The time of day in the region, `14:03` or `14:03:12`, of microseconds UTC."""
    local = datetime.fromtimestamp(t_us / 1e6, UTC).astimezone(_zone(time_zone))
    return local.strftime("%H:%M:%S" if seconds else "%H:%M")


def initials(name: str) -> str:
    """The first letters of a name or user id: "A. Seitkali" and "a.seitkali" give "AS"."""
    parts = [part for part in name.replace(".", " ").replace("-", " ").split() if part]
    if len(parts) == 1 and len(parts[0]) <= 3:
        return parts[0].upper()
    return "".join(part[0] for part in parts[:2]).upper()
