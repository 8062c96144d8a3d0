"""Cells that a spreadsheet would run as a formula, and how they are made harmless.

A cell that begins with `=`, `@`, `+` or `-` is a formula to every usual spreadsheet. Numbers and
telephone numbers begin so too and are left as they are.
"""

from __future__ import annotations

import re

_HARMLESS = re.compile(r"[+-]?[\d\s().,/eE:-]*(?:[+-]\d+)?")
_GUARDED = re.compile(r"'[=@+\-\t\r]")


def is_formula(cell: str) -> bool:
    """Whether a spreadsheet would run the cell."""
    bare = cell.lstrip()
    if not bare.startswith(("=", "@", "+", "-")) and not cell.startswith(("\t", "\r")):
        return False
    return bool(bare) and not (bare[0] in "+-" and _HARMLESS.fullmatch(bare))


def guarded(cell: str) -> str:
    """The cell with an apostrophe before it where it would run."""
    return f"'{cell}" if is_formula(cell) else cell


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return cell[1:] if _GUARDED.match(cell) else cell
