"""Every panel of the workstation stands in a replay, and none of them tries to write."""

from __future__ import annotations

from typing import Any

from PySide6.QtTest import QTest

from tests.ui_replay.conftest import MINUTE_US
from ui.panels import SLOTS, EmptyPanel


def test_that_all_panels_live_through_a_replay_and_submit_nothing(open_window: Any) -> None:
    surface = open_window(slots=SLOTS)
    asked: list[Any] = []
    refused: list[Any] = []
    surface.commands._submit = lambda verb, on_done, on_refused: asked.append(verb)
    surface.commands.refused.connect(refused.append)
    context, timeline = surface.context, surface.timeline
    for minutes in (2, 6, 11, 4, 9, 1, 12):
        surface.seek(timeline.start_us + minutes * MINUTE_US)
        picture = surface.board.picture
        for incident in list(picture.incidents.values())[-2:]:
            context.selection.choose_incident(incident.incident_id)
            QTest.qWait(10)
        for unit_id in list(picture.units)[:2]:
            context.selection.choose_unit(unit_id)
    surface.player.set_speed(600.0)
    surface.seek(timeline.start_us)
    surface.play_or_pause()
    QTest.qWait(600)
    surface.play_or_pause() if surface.player.is_playing else None
    for language in ("ru", "kk", "ko", "en"):
        context.set_language(language)
    context.set_theme("light")
    QTest.qWait(50)
    assert asked == []
    assert refused == []
    for panel_id in ("queue", "incident", "units"):
        assert not isinstance(surface.window.panel(panel_id), EmptyPanel)


def test_that_what_a_panel_would_do_is_refused_in_words(open_window: Any) -> None:
    surface = open_window(slots=SLOTS)
    surface.seek(surface.timeline.end_us)
    incident = next(iter(surface.board.picture.open_incidents()))
    surface.context.selection.choose_incident(incident.incident_id)
    told: list[Any] = []
    surface.commands.refused.connect(told.append)
    for command_id in ("send.confirm", "incident.level_1", "call.take", "incident.close"):
        assert not surface.commands.run(command_id)
    assert {message.id for message in told} == {"replay.only_looks"}
