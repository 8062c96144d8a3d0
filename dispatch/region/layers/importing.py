"""`vigil agency import`: a layer into an agency's folder, whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.message import Problem
from dispatch.region.agency import Agency, open_agency
from dispatch.region.layers.columns import AREA_LAYERS, FIELDS
from dispatch.region.layers.earth import Bounds
from dispatch.region.layers.reading import read_layer
from dispatch.region.layers.tables import FILE_OF, LayerTable, table_of, write_table
from dispatch.region.layers.taken import Options, Taken
from dispatch.region.layers.taking import take
from dispatch.region.pack import Pack, open_pack


@dataclass(frozen=True)
class Report:
    """What came of an import. `rows` stand in the layer now (or would); `file` is the agency's
    file, None where nothing was written; `refused` says why, None for a check."""

    taken: Taken
    rows: int
    compared: bool
    file: Path | None = None
    refused: Problem | None = None


def find_pack(agency: Agency, region: Path | None = None) -> Pack | None:
    """The region pack of an agency: the one named, else its own beside its folder, if there.

    Raises the problems of `open_pack` for one that is there and broken.
    """
    if region is not None:
        return open_pack(region)
    beside = agency.path.absolute().parent / f"{agency.region}.region"
    return open_pack(beside) if beside.is_dir() else None


def import_layer(
    folder: Path,
    layer: str,
    file: Path,
    options: Options | None = None,
    *,
    region: Path | None = None,
    check: bool = False,
) -> Report:
    """Read a file, check every row, and put it into the agency's folder unless `check`.

    Where rows are at fault nothing is written and `refused` says so. The new file is tried in a
    copy of the folder first, and takes the old one's place in one step. Raises `Problem` where
    the file cannot be understood at all.
    """
    options = options or Options()
    agency = open_agency(folder)
    pack = find_pack(agency, region)
    bounds: Bounds | None = pack.bounds if pack is not None else None
    sheet = read_layer(file, options.layer_name, options.encoding)
    taken = take(sheet, layer, options, agency, bounds)
    compared = bounds is not None
    if taken.faults and not options.skip_bad:
        problem = Problem("layers.faults", file=str(file), n=len(taken.faults))
        return Report(taken, len(taken.cells), compared, refused=problem)
    if not taken.cells:
        return Report(taken, 0, compared, refused=Problem("layers.nothing", file=str(file)))
    table = _table(taken)
    if options.add:
        table = table_of(agency, layer).merged(table)
    target = agency.path / FILE_OF[layer]
    _put(agency, table, target, check=check)
    return Report(taken, len(table.rows), compared, file=None if check else target)


def _table(taken: Taken) -> LayerTable:
    columns = [name for name in FIELDS[taken.layer] if any(row.get(name) for row in taken.cells)]
    if taken.layer in AREA_LAYERS or taken.layer == "hydrants":
        columns = list(FIELDS[taken.layer])
    if taken.layer not in AREA_LAYERS and any("lon" in row for row in taken.cells):
        columns += ["lon", "lat"]
    if taken.layer == "hospitals" and "capabilities" not in columns:
        columns.append("capabilities")
    return LayerTable(taken.layer, tuple(columns), taken.cells, taken.shapes)


def _put(agency: Agency, table: LayerTable, target: Path, *, check: bool) -> None:
    folder = agency.path.absolute()
    # A check needs no room beside the folder, which may be read-only.
    beside = None if check else folder.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".vigil-", dir=beside) as made:
            trial = Path(made, folder.name)
            shutil.copytree(folder, trial)
            write_table(trial, table, agency)
            try:
                open_agency(trial).warm()
            except Problem as problem:
                what = str(problem).replace(str(trial), folder.name)
                raise Problem("layers.breaks", file=str(target), what=what) from problem
            if not check:
                with (trial / target.name).open("rb+") as stream:
                    os.fsync(stream.fileno())
                os.replace(trial / target.name, target)
    except OSError as error:
        what = error.strerror or str(error)
        raise Problem("layers.unwritable", file=str(target), what=what) from error
