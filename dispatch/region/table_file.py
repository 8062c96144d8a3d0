"""One table of a pack from its file, believed only after sizes and columns were looked at."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dispatch.domain.message import Problem
from dispatch.region.schema import Table

#: What reading a hostile parquet file raises: pyarrow lets plain errors through too.
_UNREADABLE = (
    OSError,
    pa.ArrowException,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    MemoryError,
    OverflowError,
)
#: A table may not unpack to more than this: a small file can hide a very large one.
_UNPACKED_CAP = 8 * 1024**3
#: A row takes a byte of the file at least; small files of equal rows take less.
_FREE_ROWS = 10_000
#: Shapes that are told once and used in many rows: what they grow to, beside the file's size.
_FREE_BYTES, _MOST_GROWTH = 64 * 1024**2, 40
#: The longest text in a cell.
_TEXT_CAP = 20_000


def check_table_file(file: Path, spec: Table, rows: int) -> None:
    """The footer alone: columns, types and sizes are known before anything is unpacked.

    `rows` is what the manifest says. Raises `Problem("region.table_broken")`.
    """
    try:
        with pq.ParquetFile(file) as parquet:
            schema, metadata = parquet.schema_arrow, parquet.metadata
            sizes = [metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)]
            claimed = metadata.num_rows
    except _UNREADABLE as error:
        raise _broken(file, str(error)) from error
    known = spec.required if len(schema.names) == len(spec.required) else spec.columns
    if schema.names != [name for name, _, _ in known]:
        raise _broken(file, ", ".join(schema.names[:40]))
    for name, type_, _ in known:
        actual = schema.field(name).type
        if pa.types.is_dictionary(actual):
            actual = actual.value_type
        if actual != type_:
            raise _broken(file, f"{name}: {actual}")
    most = min(spec.row_cap, _FREE_ROWS + file.stat().st_size)
    if claimed != rows or not 0 <= rows <= most:
        raise _broken(file, f"rows: {claimed}")
    if any(size < 0 for size in sizes) or sum(sizes) > _UNPACKED_CAP:
        raise _broken(file, "size")


def read_table_file(file: Path, spec: Table) -> pa.Table:
    """The whole table. Text stays in dictionaries, one copy of a word however many rows say it.

    Raises `Problem("region.table_broken")`.
    """
    texts = [name for name, type_, _ in spec.columns if type_ == pa.string()]
    try:
        with pq.ParquetFile(file) as parquet:
            shared = _shared_shapes(parquet)
            wanted = [name for name in texts + shared if name in parquet.schema_arrow.names]
        with pq.ParquetFile(file, read_dictionary=wanted) as parquet:
            table = parquet.read(use_threads=False)
        table.validate(full=True)
        for name in wanted:
            column = table.column(name)
            if not pa.types.is_dictionary(column.type):
                continue
            grown = 0
            for chunk in column.chunks:
                lengths = pc.binary_length(chunk.dictionary).fill_null(0).to_numpy()
                if name in texts and len(lengths) and lengths.max() > _TEXT_CAP:
                    raise _broken(file, name)
                indices = chunk.indices.fill_null(0).to_numpy()
                grown += int(lengths[indices].sum()) if len(lengths) else 0
            if name in shared:
                if grown > max(_FREE_BYTES, _MOST_GROWTH * file.stat().st_size):
                    raise _broken(file, name)
                at = table.schema.get_field_index(name)
                table = table.set_column(at, name, column.cast(column.type.value_type))
    except _UNREADABLE as error:
        raise _broken(file, str(error)) from error
    return table


def _shared_shapes(parquet: pq.ParquetFile) -> list[str]:
    """The columns of shapes that are written through a dictionary, as other makers do."""
    found = []
    schema, metadata = parquet.schema_arrow, parquet.metadata
    for at, name in enumerate(schema.names):
        type_ = schema.field(name).type
        if pa.types.is_dictionary(type_):
            type_ = type_.value_type
        if pa.types.is_binary(type_):
            groups = range(metadata.num_row_groups)
            if any(
                "DICTIONARY" in " ".join(metadata.row_group(i).column(at).encodings) for i in groups
            ):
                found.append(name)
    return found


def _broken(file: Path, what: str) -> Problem:
    return Problem("region.table_broken", file=str(file), what=what[:300])
