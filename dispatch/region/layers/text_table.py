"""Tables of text as offices export them: any usual encoding, separator and decimal sign."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from pathlib import Path

from dispatch.domain.message import Problem
from dispatch.region.layers.sheet import (
    BYTES_CAP,
    CELL_CAP,
    COLUMN_CAP,
    Sheet,
    require_rows,
    require_size,
    unreadable,
)

SEPARATORS = ",;\t|"
#: Told apart by what their letters would be; `cp1252` takes what is left.
_LEGACY = ("cp949", "cp1251", "cp1252")
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE_BYTES = 1 << 20
_LINES_BYTES = 1 << 16
#: Lines before the header that are looked over: titles and blank ones.
_LEAD_LINES = 6


def encoding_of(content: bytes) -> str:
    """The encoding of a text: by its mark, UTF-8 where it decodes, else by its commonest letters.

    A guess among the older ones; it is shown, and can be said instead.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return name
    try:
        content.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    # A cut sample may end inside a letter of two bytes, so whole lines are judged.
    sample = content[:_SAMPLE_BYTES]
    if len(content) > _SAMPLE_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    for name in _LEGACY[:2]:
        try:
            text = sample.decode(name)
        except UnicodeDecodeError:
            continue
        foreign = [sign for sign in text if ord(sign) > 127]
        wanted = r"[가-힣]" if name == "cp949" else r"[А-яЁёІіЇїЄєҐґ№«»–—]"
        fitting = sum(1 for sign in foreign if re.match(wanted, sign))
        if foreign and fitting >= 0.8 * len(foreign) and _plausible(text, name):
            return name
    return "cp1252"


def _plausible(text: str, name: str) -> bool:
    """Cyrillic words stand in runs of letters; lone ones are the accents of another alphabet."""
    if name != "cp1251":
        return True
    words = re.findall(r"[A-Za-zА-яЁё]+", text)
    foreign = [word for word in words if re.search(r"[А-яЁё]", word)]
    mixed = sum(1 for word in foreign if re.search(r"[A-Za-z]", word))
    return mixed * 3 <= len(foreign)


def read_text_table(file: Path, content: bytes, encoding: str | None = None) -> Sheet:
    """The rows of a table of text.

    Leading title lines are passed over. Raises `Problem`: `layers.encoding` naming the line,
    `layers.ragged` naming a line of too many cells, `layers.too_many_rows`, `layers.unreadable`.
    """
    require_size(file, len(content), BYTES_CAP)
    name = encoding or encoding_of(content)
    if b"\0" in content[:_SAMPLE_BYTES] and not name.startswith("utf-16"):
        raise unreadable(file, "NUL")
    try:
        sample = content[:_LINES_BYTES].decode(name, "ignore").lstrip("\ufeff")
        return _rows(file, content, name, separator_of(sample))
    except UnicodeDecodeError as error:
        raise Problem(
            "layers.encoding", file=str(file), line=_bad_line(content, name), encoding=name
        ) from error
    except LookupError as error:
        raise Problem("layers.no_encoding", file=str(file), encoding=name) from error


def _bad_line(content: bytes, encoding: str) -> int:
    """The line of the first byte that an encoding does not know."""
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        return content[: error.start].count(b"\n") + 1
    return 1


def separator_of(text: str) -> str:
    """The sign between cells: the one that gives the first lines the same number of cells > 1."""
    lines = [line for line in itertools.islice(text.splitlines(), 30) if line.strip()]
    best, best_score = ",", 0.0
    for sign in SEPARATORS:
        cells = [len(next(csv.reader([line], delimiter=sign), [])) for line in lines]
        if not cells:
            continue
        commonest, count = Counter(cells).most_common(1)[0]
        # Shares first: decimal commas make ragged lines where semicolons stand between cells.
        score = (count / len(cells)) * min(commonest, 40) if commonest > 1 else 0.0
        if sign in ";\t|" and commonest > 1:
            score *= 1.5
        if score > best_score:
            best, best_score = sign, score
    return best


def _rows(file: Path, content: bytes, encoding: str, separator: str) -> Sheet:
    # Decoded as it is read, so that a table of ten million rows is stopped early and costs little.
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    text = io.TextIOWrapper(io.BytesIO(content), encoding=codec, newline="")
    reader = csv.reader(text, delimiter=separator)
    rows: list[dict[str, str]] = []
    places: list[int] = []
    try:
        leading = [(reader.line_num, cells) for cells in itertools.islice(reader, _LEAD_LINES)]
        first = _header(leading)
        if first is None:
            raise unreadable(file, "CSV")
        header = _named(leading[first][1])
        after = ((reader.line_num, cells) for cells in reader)
        for line, cells in itertools.chain(leading[first + 1 :], after):
            if not any(cell.strip() for cell in cells):
                continue
            require_rows(file, len(rows) + 1)
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                raise Problem(
                    "layers.ragged",
                    file=str(file),
                    line=line,
                    found=len(cells),
                    expected=len(header),
                )
            rows.append(
                {
                    column: " ".join(cell[:CELL_CAP].split())
                    for column, cell in zip(header, cells, strict=False)
                    if column
                }
            )
            places.append(line)
    except csv.Error as error:
        raise unreadable(file, f"{reader.line_num}: {error}") from error
    columns = tuple(column for column in header if column)
    return Sheet(file, "csv", columns, rows, places, encoding=encoding, separator=separator)


def _header(leading: list[tuple[int, list[str]]]) -> int | None:
    """Which of the leading lines names the columns.

    A title above the table (`Stations 2024,,,`) fills one cell, or a few with gaps between them
    where the lines below fill more.
    """
    filled = [[bool(cell.strip()) for cell in cells] for _, cells in leading]
    for i, cells in enumerate(filled):
        count = sum(cells)
        wider = any(sum(other) > count for other in filled[i + 1 :])
        contiguous = all(cells[:count])
        if count > 1 and (contiguous or not wider):
            return i
    return next((i for i, cells in enumerate(filled) if any(cells)), None)


def _named(cells: list[str]) -> list[str]:
    """Names of columns, told apart where one is there twice; "" for a column without a name."""
    seen: Counter[str] = Counter()
    header = []
    for cell in cells[:COLUMN_CAP]:
        name = " ".join(cell.split())[:100]
        seen[name] += 1
        header.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    return header
