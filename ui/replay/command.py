"""`vigil replay JOURNAL`: open a journal as it stood, in a window and process of its own."""

from __future__ import annotations

import argparse
from zoneinfo import ZoneInfo

from dispatch.domain.message import Problem
from dispatch.places import Places
from dispatch.replay import Timeline
from dispatch.settings import load_settings


def run(args: argparse.Namespace) -> int:
    """Open the window and stay until a person leaves. `--at` is in the region's own time unless
    it names a zone."""
    places = Places(args.data_dir).prepare()
    settings, _ = load_settings(places.settings_file)
    # What is wrong with the file is said on the console, before any window.
    Timeline(args.journal, places.keys, scan_now=False).close()
    from ui.app import Application
    from ui.replay.surface import open_replay

    app = Application()
    surface = open_replay(
        args.journal,
        places,
        region=getattr(args, "region", None),
        theme=args.theme or settings.theme,
        language=args.language,
    )
    try:
        if args.at is not None:
            surface.seek(moment_us(args, surface.timeline))
        app.leaving.connect(surface.close)
        app.failed.connect(lambda message: surface.window.notices.tell(message))
        surface.window.leaving.connect(app.leave)
        surface.window.resize(1920, 1080)
        screen = app.qt.primaryScreen()
        if screen is not None and app.qt.platformName() != "offscreen":
            surface.window.setGeometry(screen.availableGeometry())
        surface.start()
        return app.run()
    finally:
        surface.close()


def moment_us(args: argparse.Namespace, timeline: Timeline) -> int:
    """The moment of `--at`, microseconds UTC; `Problem("replay.at_outside")` beyond the journal."""
    at = args.at
    zone = ZoneInfo(timeline.journal.info.time_zone)
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    t_us = round(at.timestamp() * 1e6)
    if not timeline.start_us - 1_000_000 <= t_us <= timeline.end_us + 1_000_000:
        from datetime import UTC, datetime

        first, last = (
            datetime.fromtimestamp(us / 1e6, UTC).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S")
            for us in (timeline.start_us, timeline.end_us)
        )
        raise Problem("replay.at_outside", file=str(args.journal), first=first, last=last)
    return timeline.within(t_us)
