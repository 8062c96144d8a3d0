"""`hydrants.parquet` of an agency: where its water is, as columns for a map of 100,000."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dispatch.domain.message import Problem

HYDRANT_KINDS = (
    "pillar",
    "underground",
    "wall",
    "dry_riser",
    "water_tank",
    "pond",
    "other",
)
HYDRANTS_CAP = 200_000
_UNPACKED_CAP = 64 * 1024**2

SCHEMA = pa.schema(
    [
        pa.field("hydrant_id", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("lon_e7", pa.int32(), nullable=False),
        pa.field("lat_e7", pa.int32(), nullable=False),
        pa.field("flow_lpm", pa.float32()),
        pa.field("diameter_mm", pa.float32()),
        pa.field("in_service", pa.bool_(), nullable=False),
        pa.field("address", pa.string()),
    ]
)


@dataclass(frozen=True, eq=False)
class Hydrants:
    """Columns of equal length n.

    `lonlat` (n, 2) float64 degrees; `kind` (n,) int8, a position in `HYDRANT_KINDS`; `flow_lpm`
    litres a minute and `diameter_mm` (n,) float32, NaN where unknown; `in_service` (n,) bool;
    `ids` and `addresses` texts.
    """

    ids: tuple[str, ...]
    lonlat: NDArray[np.float64]
    kind: NDArray[np.int8]
    flow_lpm: NDArray[np.float32]
    diameter_mm: NDArray[np.float32]
    in_service: NDArray[np.bool_]
    addresses: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @staticmethod
    def none() -> Hydrants:
        """No hydrants."""
        return hydrants_from(SCHEMA.empty_table())


def hydrants_from(table: pa.Table) -> Hydrants:
    """The columns of a table of `SCHEMA`. Raises `ValueError` for values out of range."""
    lonlat = np.column_stack([table["lon_e7"].to_numpy(), table["lat_e7"].to_numpy()]) * 1e-7
    if len(lonlat) and not (np.abs(lonlat) <= (180, 90)).all():
        raise ValueError("lon_e7, lat_e7")
    kinds = {kind: code for code, kind in enumerate(HYDRANT_KINDS)}
    unknown = set(table["kind"].unique().to_pylist()) - set(kinds)
    if unknown:
        raise ValueError(f"kind {sorted(unknown)[0]}")
    return Hydrants(
        ids=tuple(table["hydrant_id"].to_pylist()),
        lonlat=lonlat,
        kind=np.array([kinds[kind] for kind in table["kind"].to_pylist()], dtype=np.int8),
        flow_lpm=table["flow_lpm"].to_numpy().astype(np.float32),
        diameter_mm=table["diameter_mm"].to_numpy().astype(np.float32),
        in_service=np.array(table["in_service"].to_pylist(), dtype=np.bool_),
        addresses=tuple(text or "" for text in table["address"].to_pylist()),
    )


def read_hydrants(file: Path) -> Hydrants:
    """Raises `Problem("region.agency_table")` naming the file and what is wrong in it."""
    try:
        parquet = pq.ParquetFile(file)
        metadata = parquet.metadata
        size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        if metadata.num_rows > HYDRANTS_CAP or size > _UNPACKED_CAP:
            raise Problem("layers.too_many_rows", file=str(file), cap=HYDRANTS_CAP)
        found = parquet.schema_arrow
        if [(f.name, f.type) for f in found] != [(f.name, f.type) for f in SCHEMA]:
            raise ValueError(", ".join(found.names)[:200])
        table = parquet.read(use_threads=False)
        table.validate(full=True)
        for field in SCHEMA:
            if not field.nullable and table[field.name].null_count:
                raise ValueError(field.name)
        return hydrants_from(table)
    except (OSError, pa.ArrowException, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise Problem("region.agency_table", file=str(file), what=str(error)[:200]) from error
