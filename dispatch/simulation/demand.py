"""When and where people ring: the agency's demand surface, or an even city where it has none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dispatch.domain.message import Problem
from dispatch.region.pack import Pack

EVEN_CALLS_PER_HOUR = 14.0
HOURS = 168
MAX_ROWS = 5_000_000
#: Share of the daily mean by hour of the day, 00 to 23, where an agency has no surface.
DAY = (
    *(0.62, 0.52, 0.46, 0.42, 0.42, 0.48, 0.66, 0.90, 1.10, 1.22, 1.28, 1.30),
    *(1.30, 1.28, 1.26, 1.26, 1.30, 1.36, 1.38, 1.34, 1.24, 1.12, 0.96, 0.82),
)


@dataclass(frozen=True)
class Where:
    """Drawn demand: a centre (lon, lat), and the type where the surface knows it."""

    lon: float
    lat: float
    type_id: str | None


class Demand:
    """Calls per hour by hour of the week (local), and where they come from."""

    def __init__(
        self,
        rates: NDArray[np.float64],
        zones: dict[int, tuple[NDArray[np.float64], NDArray[np.float64], list[str]]],
        time_zone: str,
    ) -> None:
        self._rates, self._zones, self._zone = rates, zones, ZoneInfo(time_zone)

    @classmethod
    def of(cls, agency_dir: Path, pack: Pack, calls_per_hour: float = 0.0) -> Demand:
        """From `demand.parquet` of the agency, scaled to a mean rate where one is given."""
        path = agency_dir / "demand.parquet"
        made = cls._surface(path, pack) if path.is_file() else cls._even(pack)
        if calls_per_hour > 0 and made._rates.mean() > 0:
            made._rates = made._rates * (calls_per_hour / made._rates.mean())
        return made

    @classmethod
    def _even(cls, pack: Pack) -> Demand:
        coords, offsets = pack.edge_lines()
        points = np.asarray(coords[(offsets[:-1] + offsets[1:]) // 2], dtype=np.float64)
        weights = np.asarray(pack.edges.length_m, dtype=np.float64)
        rates = np.array(DAY * 7) * EVEN_CALLS_PER_HOUR
        return cls(rates, {-1: (points, np.cumsum(weights) / weights.sum(), [])}, pack.time_zone)

    @classmethod
    def _surface(cls, path: Path, pack: Pack) -> Demand:
        columns = ["lon_e7", "lat_e7", "hour", "type_id", "calls_per_hour"]
        try:
            file = pq.ParquetFile(path)
            if file.metadata.num_rows > MAX_ROWS:
                raise ValueError(f"{file.metadata.num_rows} rows")
            table = file.read(columns=columns)
            hour = table["hour"].to_numpy().astype(np.int64)
            rate = table["calls_per_hour"].to_numpy().astype(np.float64)
            lonlat = np.column_stack([table["lon_e7"].to_numpy(), table["lat_e7"].to_numpy()])
            lonlat = lonlat * 1e-7
            types = np.array(table["type_id"].to_pylist(), dtype=object)
        except (OSError, ValueError, KeyError) as error:
            raise Problem("simulation.demand_broken", file=str(path), what=str(error)) from error
        sound = np.isfinite(rate) & (rate >= 0) & (hour >= 0) & (hour < HOURS)
        if not sound.all() or not len(rate):
            raise Problem("simulation.demand_broken", file=str(path), what="calls_per_hour, hour")
        rates = np.bincount(hour, weights=rate, minlength=HOURS).astype(np.float64)
        zones = {}
        for at in range(HOURS):
            mine = np.flatnonzero((hour == at) & (rate > 0))
            if len(mine):
                share = np.cumsum(rate[mine]) / rate[mine].sum()
                zones[at] = (lonlat[mine], share, [str(t) for t in types[mine]])
        return cls(rates, zones, pack.time_zone)

    def hour_of(self, t_us: int) -> int:
        """Hour of the local week, 0 = Monday 00 to 01."""
        local = datetime.fromtimestamp(t_us / 1e6, UTC).astimezone(self._zone)
        return local.weekday() * 24 + local.hour

    def rate_at(self, t_us: int) -> float:
        """Calls per hour expected at a moment."""
        return float(self._rates[self.hour_of(t_us)])

    @property
    def peak(self) -> float:
        """The highest rate of the week, calls per hour."""
        return float(self._rates.max())

    def where(self, rng: np.random.Generator, t_us: int) -> Where:
        """Where the next call comes from."""
        zone = self._zones.get(self.hour_of(t_us)) or next(iter(self._zones.values()))
        points, share, types = zone
        row = min(len(share) - 1, int(np.searchsorted(share, rng.random(), side="right")))
        lon, lat = points[row]
        return Where(float(lon), float(lat), types[row] if types else None)
