"""Where the shipped data lies: beside the checkout, or inside the installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dispatch.domain.message import Problem


@cache
def resources_dir() -> Path:
    """The folder of shipped data (questions, styles, languages, the built-in city).

    Found from this file's own place, so it works from any working directory. Raises
    `Problem("resources.missing")` when the installation is incomplete.
    """
    here = Path(__file__).resolve().parent
    for candidate in (here.parent / "resources", here / "_resources"):
        if (candidate / "languages").is_dir():
            return candidate
    raise Problem("resources.missing", file=str(here / "_resources"))


def resource(*parts: str) -> Path:
    """The path of one shipped file or folder; it need not exist."""
    return resources_dir().joinpath(*parts)
