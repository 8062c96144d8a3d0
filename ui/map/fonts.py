"""The bundled face as the map uses it: any size, two weights, fetched once."""

from __future__ import annotations

from PySide6.QtGui import QFont

from ui.theme.fonts import FAMILY, load_faces


def font(size_px: float, *, strong: bool = False) -> QFont:
    """A font of a pixel size, without hinting, so that words on the map scale evenly."""
    load_faces()
    made = QFont(FAMILY)
    made.setPixelSize(max(1, round(size_px)))
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made
