"""The canvas in words: incidents, clusters and units in view, each with what it is found as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatch.words import say
from ui.map.camera import Camera
from ui.map.layers import UNIT_STATES
from ui.map.units import age_words

if TYPE_CHECKING:
    from ui.map.live import Live

#: Lines of the list.
MOST = 60


def listed(live: Live, camera: Camera, language: str) -> list[tuple[str, str]]:
    """(found, words) of what is in view: incidents, the gravest first, then units.

    Units drawn as one cluster are one line, as on the canvas. At most `MOST` lines, and one
    without anything found that says how many more.
    """
    lines = [*_incidents(live, camera, language), *_units(live, camera, language)]
    if len(lines) > MOST:
        rest = len(lines) - MOST
        lines = [*lines[:MOST], ("", say("map.view.more", language, n=rest))]
    return lines


def _incidents(live: Live, camera: Camera, language: str) -> list[tuple[str, str]]:
    west, south, east, north = camera.box
    graded = []
    places = live.incidents.world.tolist()
    for symbol, (x, y) in zip(live.incidents.symbols, places, strict=True):
        if west <= x <= east and south <= y <= north:
            name = "map.view.incident_late" if symbol.late else "map.view.incident"
            label = symbol.label or symbol.id
            words = say(name, language, label=label, level=symbol.level)
            graded.append((symbol.level or 2, f"incident/{symbol.id}", words))
    graded.sort(key=lambda line: line[0])
    return [(found, words) for _, found, words in graded]


def _units(live: Live, camera: Camera, language: str) -> list[tuple[str, str]]:
    west, south, east, north = camera.box
    units, layer = live.units, live.units.layer
    lines: list[tuple[str, str]] = []
    together: set[int] = set()
    for number, cluster in enumerate(units.clusters()):
        x, y = cluster.middle.tolist()
        together.update(cluster.members.tolist())
        if west <= x <= east and south <= y <= north:
            words = say("map.view.cluster", language, n=cluster.count, free=cluster.free)
            lines.append((f"cluster/{number}", words))
    world = units.world
    inside = (
        (world[:, 0] >= west)
        & (world[:, 0] <= east)
        & (world[:, 1] >= south)
        & (world[:, 1] <= north)
    )
    for row in inside.nonzero()[0].tolist():
        if row in together:
            continue
        words = say(
            "map.view.unit_stale" if layer.stale[row] else "map.view.unit",
            language,
            label=layer.labels[row],
            state=say(f"map.state.{UNIT_STATES[layer.state[row]]}", language),
            age=age_words(float(layer.age_s[row]), language),
        )
        lines.append((f"unit/{layer.ids[row]}", words))
    return lines
