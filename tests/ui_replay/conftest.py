"""Half an hour of the built-in city, played once without a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dispatch.centre import Centre
from dispatch.desk import Published
from dispatch.exercise.hearing import Hearing
from dispatch.exercise.play import play
from dispatch.places import Places
from dispatch.resources import resource
from dispatch.severity.questions import QuestionBook
from dispatch.simulation.events import WorldSpec
from ui.panels import Slot

START_US = 1_780_300_800_000_000
MINUTE_US = 60_000_000
MINUTES = 12

EMPTY = tuple(
    Slot(name, f"ui.nothing_yet:{name}", width, least)
    for name, width, least in (
        ("queue", 372, 296),
        ("map", 1096, 320),
        ("incident", 444, 372),
        ("units", 1912, 600),
    )
)


@dataclass(frozen=True)
class Recorded:
    """A journal, and what stood live: the picture's hash at some positions, fixes at the end."""

    path: Path
    places: Places
    sha_at: dict[int, str]
    snapshots: tuple[int, ...]


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    places = Places(tmp_path_factory.mktemp("replay")).prepare()
    path = places.journals / "shift.vigil"
    end_us = START_US + MINUTES * MINUTE_US
    centre = Centre.exercise(
        places,
        region=resource("region", "builtin.region"),
        agency=resource("agencies", "international.agency"),
        spec=WorldSpec(kind="shift", seed=3, start_us=START_US, end_us=end_us, calls_per_hour=40),
        journal=path,
        speed=0,
        inline=True,
    )
    sha_at: dict[int, str] = {}

    def note(published: Published) -> None:
        pos = published.envelope.pos
        if pos % 97 == 0:
            sha_at[pos] = centre.desk.picture.sha()

    centre.on_published.append(note)
    snapshots: list[int] = []

    def keep(now_us: int) -> None:
        if now_us // (3 * MINUTE_US) > keep.last:  # type: ignore[attr-defined]
            keep.last = now_us // (3 * MINUTE_US)  # type: ignore[attr-defined]
            centre.desk.snapshot()
            snapshots.append(centre.desk.picture.pos)
            sha_at[centre.desk.picture.pos] = centre.desk.picture.sha()

    keep.last = START_US // (3 * MINUTE_US)  # type: ignore[attr-defined]
    play(centre, Hearing(QuestionBook.shipped()), until_us=end_us, progress=keep)
    centre.close()
    return Recorded(path, places, sha_at, tuple(snapshots))


@pytest.fixture
def open_window(qtbot: Any, recorded: Recorded) -> Iterator[Any]:
    from ui.replay.surface import ReplaySurface, open_replay

    opened: list[ReplaySurface] = []

    def open_it(path: Path | None = None, places: Places | None = None, **how: Any) -> Any:
        surface = open_replay(
            path or recorded.path, places or recorded.places, slots=how.pop("slots", EMPTY), **how
        )
        opened.append(surface)
        # Searching places is no part of these tests, and its index takes seconds to make.
        surface._load_gazetteer = lambda: None  # type: ignore[method-assign]
        surface.window.resize(1366, 768)
        surface.start()
        surface.window.activateWindow()
        qtbot.waitUntil(surface.window.isActiveWindow)
        return surface

    yield open_it
    for surface in opened:
        surface.close()
        surface.window.deleteLater()
