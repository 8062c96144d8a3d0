"""The one typeface and its four sizes, with figures that do not dance when a clock ticks."""

from __future__ import annotations

from enum import IntEnum
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from dispatch.resources import resource

FAMILY = "Pretendard"
STEP = 4
"""Every gap, margin and padding is a multiple of this many pixels."""


class Size(IntEnum):
    """Text sizes in pixels."""

    SMALL = 11
    BODY = 13
    LARGE = 14
    TITLE = 17


@cache
def load_faces() -> bool:
    """Make the shipped typeface known to Qt; False where it cannot be read."""
    files = ("Pretendard-Regular.otf", "Pretendard-SemiBold.otf")
    loaded = [QFontDatabase.addApplicationFont(str(resource("fonts", name))) for name in files]
    return all(number >= 0 for number in loaded)


def font(size: Size = Size.BODY, *, bold: bool = False, spaced: bool = False) -> QFont:
    """The typeface in a size: tabular figures always; `spaced` for small headings in capitals."""
    load_faces()
    face = QFont(FAMILY)
    face.setPixelSize(int(size))
    face.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    face.setFeature(QFont.Tag("tnum"), 1)
    face.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if spaced:
        face.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.6)
        face.setCapitalization(QFont.Capitalization.AllUppercase)
    return face
