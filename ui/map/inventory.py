"""The canvas in words: incidents, clusters and units in view, each with what it is found as."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dispatch.words import say
from ui.map.camera import Camera
from ui.map.layers import UNIT_STATES, UnitLayer
from ui.map.projection import Floats
from ui.map.unit_labels import age_words

if TYPE_CHECKING:
    from ui.map.live import Live

#: Says a line in a language.
Words = Callable[[str], str]
#: Lines of the list.
MOST = 60


def listed(live: Live, camera: Camera, language: str) -> list[tuple[str, str]]:
    """(found, words) of what is in view: incidents, the gravest first, then units.

    Units drawn as one cluster are one line, as on the canvas. At most `MOST` lines, and one
    without anything found that says how many more.
    """
    lines: list[tuple[str, str]] = []
    whole = 0
    # Only what is listed is put into words: in view may be ten thousand.
    for found, words in [*_incidents(live, camera), *_units(live, camera)]:
        whole += 1
        if whole <= MOST:
            lines.append((found, words(language)))
    if whole > MOST:
        lines.append(("", say("map.view.more", language, n=whole - MOST)))
    return lines


def _incidents(live: Live, camera: Camera) -> list[tuple[str, Words]]:
    incidents = live.incidents
    graded = []
    for row in _within(incidents.world, camera):
        symbol = incidents.symbols[row]
        name = "map.view.incident_late" if symbol.late else "map.view.incident"
        label = symbol.label or symbol.id
        words = partial(say, name, label=label, level=symbol.level)
        graded.append((symbol.level or 2, f"incident/{symbol.id}", words))
    graded.sort(key=lambda line: line[0])
    return [(found, words) for _, found, words in graded]


def _units(live: Live, camera: Camera) -> list[tuple[str, Words]]:
    units, marks = live.units, live.units.marks
    lines: list[tuple[str, Words]] = []
    crowd_of = None
    if marks is not None and len(marks.crowds.of_unit) == len(units.layer):
        crowds, crowd_of = marks.crowds, marks.crowds.of_unit
        for number in _within(crowds.world, camera):
            count, free = int(crowds.count[number]), int(crowds.free[number])
            words = partial(say, "map.view.cluster", n=count, free=free)
            lines.append((f"cluster/{number}", words))
    for row in _within(units.world, camera):
        if crowd_of is None or crowd_of[row] < 0:
            lines.append((f"unit/{units.layer.ids[row]}", partial(_unit_words, units.layer, row)))
    return lines


def _unit_words(layer: UnitLayer, row: int, language: str) -> str:
    return say(
        "map.view.unit_stale" if layer.stale[row] else "map.view.unit",
        language,
        label=layer.labels[row],
        state=say(f"map.state.{UNIT_STATES[layer.state[row]]}", language),
        age=age_words(float(layer.age_s[row]), language),
    )


def _within(world: Floats, camera: Camera) -> list[int]:
    west, south, east, north = camera.box
    seen = (world >= (west, south)).all(axis=1) & (world <= (east, north)).all(axis=1)
    return list(np.flatnonzero(seen).tolist())
