"""Writing a pack: whole or not at all, and the same bytes for the same input."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dispatch.domain.message import Problem
from dispatch.region.manifest import Doubt, Layer, Manifest, manifest_text
from dispatch.region.schema import MANIFEST, TABLES, Table

#: What one table's rows may be given as: a column name to a sequence, or a list of rows.
Rows = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]


def check_output(output: Path) -> None:
    """`Problem("region.output_exists")` for something there that is not a pack to be replaced."""
    if output.is_symlink() or (output.exists() and not (output / MANIFEST).is_file()):
        raise Problem("region.output_exists", file=str(output))


class PackWriter:
    """Collects the seven tables in a temporary folder and renames it into place at `finish`.

    Used as a context manager; leaving it without `finish` removes what was written. With `folder`
    (on the disk of `output`) tables are written there and stay, and `whole` are those that are
    there already and need not be written again. Raises
    `Problem("region.output_exists")` when the output is there and is not a pack that may be
    replaced, `Problem("region.output_unwritable")` when the disk refuses.
    """

    def __init__(
        self, output: Path, folder: Path | None = None, whole: Iterable[Layer] = ()
    ) -> None:
        self._output = Path(output)
        check_output(self._output)
        self._stays = folder is not None
        try:
            self._output.parent.mkdir(parents=True, exist_ok=True)
            self._folder = folder or Path(
                tempfile.mkdtemp(prefix=f".{self._output.name}.", dir=self._output.parent)
            )
        except OSError as error:
            raise Problem(
                "region.output_unwritable", file=str(self._output), what=str(error)
            ) from error
        self._layers: dict[str, Layer] = {Path(layer.file).stem: layer for layer in whole}

    @property
    def layers(self) -> list[Layer]:
        """The tables that are written."""
        return list(self._layers.values())

    def rows(self, name: str) -> int | None:
        """How many rows a table that is written has, None where it is not."""
        return self._layers[name].rows if name in self._layers else None

    def __enter__(self) -> PackWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._stays:
            shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, name: str, rows: Rows, *, licence: str = "", attribution: str = "") -> int:
        """Write one table (`"edges"`, ...) and return its number of rows.

        Rows are sorted as the format says; columns left out are null. A missing value in a
        column that may not be null raises `ValueError`: that is a builder's mistake.
        """
        table = TABLES[name]
        data = _arrow_table(table, rows)
        path = self._folder / table.file
        try:
            # Fixed options: the bytes depend on the rows and the locked pyarrow only.
            pq.write_table(
                data,
                path,
                compression="zstd",
                compression_level=9,
                version="2.6",
                row_group_size=1 << 20,
                write_statistics=False,
                use_dictionary=[n for n, t, _ in table.columns if t == pa.string()],
                column_encoding={
                    n: "DELTA_BINARY_PACKED" for n, t, _ in table.columns if pa.types.is_integer(t)
                },
            )
        except OSError as error:
            raise Problem(
                "region.output_unwritable", file=str(self._output), what=str(error)
            ) from error
        content = path.read_bytes()
        self._layers[name] = Layer(
            file=table.file,
            rows=data.num_rows,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            licence=licence,
            attribution=attribution,
        )
        return int(data.num_rows)

    def finish(self, manifest: Manifest, doubts: Iterable[Doubt] = ()) -> Path:
        """Write missing tables empty, then the manifest, then move the pack into place.

        `manifest.layers` and `manifest.doubtful` are filled in here.
        """
        for name in TABLES:
            if name not in self._layers:
                self.write(name, [])
        layers = tuple(sorted(self._layers.values(), key=lambda layer: layer.file))
        doubtful = tuple(sorted(doubts, key=lambda doubt: doubt.id))
        text = manifest_text(manifest, layers, doubtful)
        aside: Path | None = None
        aside_name = f".{self._output.name}.old-{os.getpid()}"
        try:
            for stray in self._folder.iterdir():
                if stray.name not in {layer.file for layer in layers}:
                    stray.unlink()
            (self._folder / MANIFEST).write_text(text, "utf-8", newline="\n")
            os.chmod(self._folder, 0o755)
            if self._output.exists():
                aside = self._output.with_name(aside_name)
                self._output.rename(aside)
            self._folder.rename(self._output)
        except OSError as error:
            if aside is not None and not self._output.exists():
                with contextlib.suppress(OSError):
                    aside.rename(self._output)
            raise Problem(
                "region.output_unwritable", file=str(self._output), what=str(error)
            ) from error
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
        return self._output


def _arrow_table(table: Table, rows: Rows) -> pa.Table:
    schema = table.arrow_schema()
    columns: dict[str, Sequence[Any]]
    if isinstance(rows, Mapping):
        columns = dict(rows)
        count = len(next(iter(columns.values()))) if columns else 0
    else:
        columns = {name: [row.get(name) for row in rows] for name, _, _ in table.columns}
        count = len(rows)
    arrays = {}
    for name, type_, nullable in table.columns:
        values = columns.get(name)
        array = pa.array([None] * count, type=type_) if values is None else _array(values, type_)
        if array.null_count and not nullable:
            raise ValueError(f"{table.file}: {name} may not be null")
        arrays[name] = array
    order = _order(table, arrays)
    if order is not None:
        arrays = {name: array.take(order) for name, array in arrays.items()}
    for name, values_list in table.enums.items():
        arrays[name] = _encode(table, name, arrays[name], values_list)
    return pa.Table.from_arrays([arrays[f.name] for f in schema], schema=schema)


def _array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    array = pa.array(values, from_pandas=True)
    return array if array.type == type_ else array.cast(type_)


def _encode(table: Table, name: str, array: pa.Array, allowed: list[str]) -> pa.Array:
    """Dictionary-encode over the whole closed list, so that codes are the same in every pack."""
    codes = pa.compute.index_in(array, value_set=pa.array(allowed, pa.string()))
    if codes.null_count != array.null_count:
        unknown = sorted(set(array.to_pylist()) - set(allowed) - {None})
        raise ValueError(f"{table.file}: {name} holds {unknown[:5]}")
    return pa.DictionaryArray.from_arrays(codes.cast(pa.int8()), pa.array(allowed, pa.string()))


def _order(table: Table, arrays: dict[str, pa.Array]) -> pa.Array | None:
    keys = []
    for name in reversed(table.sort):
        array = arrays[name]
        if name in table.enums:
            array = pa.compute.index_in(array, value_set=pa.array(table.enums[name], pa.string()))
        if array.type == pa.string():
            keys.append(np.array([text or "" for text in array.to_pylist()], dtype=object))
        else:
            keys.append(array.to_numpy(zero_copy_only=False))
    if not len(arrays[table.sort[0]]):
        return None
    keys = [np.unique(key, return_inverse=True)[1] if key.dtype == object else key for key in keys]
    return pa.array(np.lexsort(keys))
