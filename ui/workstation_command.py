"""`vigil` and `vigil play`: open a window on a centre and stay until a person leaves."""

from __future__ import annotations

import argparse
import logging
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dispatch.domain.message import Message
from dispatch.logs import previous_crash
from dispatch.places import Places, prune_demonstrations
from dispatch.resources import resource
from dispatch.settings import load_settings

if TYPE_CHECKING:
    from dispatch.centre import Centre
    from ui.surface import Surface

log = logging.getLogger(__name__)

FirstMap = Callable[[Callable[[], None]], None]

SHIFT_BEGINS_H = 14
"""A simulated shift begins in the afternoon, local time, when a city is busy."""


def builtin_region() -> Path:
    """The pack of the built-in city."""
    return resource("region", "builtin.region")


def shipped_agency(name: str) -> Path:
    """The folder of a shipped agency: "kazakhstan", "korea" or "international"."""
    return resource("agencies", f"{name}.agency")


def shift_start_us(time_zone: str, now: datetime) -> int:
    """This afternoon in a zone, microseconds UTC: when a simulated shift begins."""
    local = now.astimezone(ZoneInfo(time_zone))
    start = local.replace(hour=SHIFT_BEGINS_H, minute=0, second=0, microsecond=0)
    return int(start.timestamp()) * 1_000_000


def run(args: argparse.Namespace, first_map: FirstMap | None = None) -> int:
    """The workstation: live on the three files given, else a simulated shift of its own."""
    from ui.map.tiles.process import launch_early

    # The painter starts while the rooms are imported and the journal is opened.
    launch_early()
    from dispatch.centre import Centre

    places = Places(args.data_dir).prepare()
    if args.journal is not None:
        centre = Centre.live(places, journal=args.journal, region=args.region, agency=args.agency)
    else:
        centre = _shift(places, args)
    return show(centre, args, places, first_map)


def _shift(places: Places, args: argparse.Namespace) -> Centre:
    from dispatch.centre import Centre
    from dispatch.region.pack import open_pack
    from dispatch.simulation.events import WorldSpec

    now = datetime.now(UTC)
    prune_demonstrations(places, now)
    settings, _ = load_settings(places.settings_file)
    region = builtin_region()
    spec = WorldSpec(
        kind="shift",
        seed=args.seed if args.seed is not None else 1,
        start_us=shift_start_us(open_pack(region).time_zone, now),
    )
    return Centre.exercise(
        places,
        region=region,
        agency=shipped_agency(args.demonstration or settings.demonstration),
        spec=spec,
        journal=places.new_demonstration(now),
        speed=args.speed if args.speed is not None else 1.0,
    )


def play(args: argparse.Namespace) -> int:
    """Recorded calls of an agency, with its observed fleet, on its own streets: an exercise."""
    from dispatch.centre import Centre
    from dispatch.region.pack import open_pack
    from dispatch.simulation.events import WorldSpec
    from dispatch.sources.recorded import prepare

    places = Places(args.data_dir).prepare()
    now = datetime.now(UTC)
    prune_demonstrations(places, now)
    journal = places.new_demonstration(now)
    pack = open_pack(args.region)
    folder = places.cache / "plays" / journal.stem
    start_us = moment_us(args.start, pack.time_zone) if args.start is not None else 0
    try:
        prepared = prepare(args.calls, pack, folder, start_us=start_us)
        spec = WorldSpec(
            kind="recorded",
            seed=args.seed,
            start_us=prepared.start_us,
            source=str(args.calls.absolute()),
        )
        centre = Centre.exercise(
            places,
            region=args.region,
            agency=prepared.agency,
            spec=spec,
            journal=journal,
            speed=args.speed,
        )
        return show(centre, args, places)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def moment_us(moment: datetime, time_zone: str) -> int:
    """A moment as microseconds UTC; without a zone of its own it is in the region's."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(time_zone))
    return round(moment.timestamp() * 1_000_000)


def show(
    centre: Centre,
    args: argparse.Namespace,
    places: Places,
    first_map: FirstMap | None = None,
    conduct: Callable[[Surface], Callable[[], None]] | None = None,
) -> int:
    """Open the window on a centre and stay; closes the centre whatever happens.

    `first_map` is called once the map stands whole, with a function that leaves. `conduct` (an
    exercise) is given the surface before it starts; what it returns is called after.
    """
    # Qt comes only now: what is wrong with the files was said on the console already.
    from PySide6.QtCore import Qt

    from ui.app import Application
    from ui.surface import Surface

    try:
        app = Application()
        settings, notices = load_settings(places.settings_file)
        surface = Surface(
            centre,
            theme=args.theme or settings.theme,
            language=args.language,
            layouts=places.layouts,
        )
        surface.remember_choices(places.settings_file)
        app.leaving.connect(surface.close)
        app.failed.connect(lambda message: surface.window.notices.tell(message))
        surface.window.leaving.connect(app.leave)
        for notice in notices:
            surface.window.notices.tell(notice)
        crash = previous_crash(places)
        if crash is not None:
            surface.window.notices.tell(Message("shell.crashed", {"file": str(crash)}))
        surface.window.resize(1920, 1080)
        if app.qt.platformName() != "offscreen":
            surface.window.setWindowState(Qt.WindowState.WindowMaximized)
        if first_map is not None:
            surface.first_map.connect(lambda: first_map(app.leave))
        opened = conduct(surface) if conduct is not None else None
        surface.start()
        if opened is not None:
            opened()
        return app.run()
    finally:
        centre.close()
