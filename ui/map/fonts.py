"""The bundled face: Pretendard in two weights, for Latin, Cyrillic with Kazakh, and Hangul."""

from __future__ import annotations

import logging
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from dispatch.resources import resource

log = logging.getLogger(__name__)

FACES = ("Pretendard-Regular.otf", "Pretendard-SemiBold.otf")


@cache
def family() -> str:
    """The family's name, loaded once in a process; the system's own where a file is missing.

    Needs a `QGuiApplication`.
    """
    names: list[str] = []
    for face in FACES:
        number = QFontDatabase.addApplicationFont(str(resource("fonts", face)))
        if number < 0:
            log.warning("font %s could not be loaded", face)
        else:
            names += QFontDatabase.applicationFontFamilies(number)
    return (
        names[0]
        if names
        else QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    )


def font(size_px: float, *, strong: bool = False, spacing: float = 0.0) -> QFont:
    """A font of a pixel size; `spacing` is extra room between letters as a share of the size."""
    made = QFont(family())
    made.setPixelSize(max(1, round(size_px)))
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if spacing:
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, spacing * size_px)
    return made
