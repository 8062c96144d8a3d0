"""The replay window: framed, read only, driven by keys and by dragging."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from dispatch.desk.staff import SignOn
from dispatch.domain.message import Problem
from dispatch.journal import Batch, Entry, Journal
from dispatch.places import Places
from dispatch.words import LANGUAGES, say
from tests.ui_replay.conftest import MINUTE_US, Recorded
from ui.commands.catalogue import Permission
from ui.replay.ticks import ticks


def test_that_the_window_says_replay_everywhere(open_window: Any) -> None:
    surface = open_window()
    assert surface.context.mode == "replay"
    assert say("shell.mode.replay") in surface.window.windowTitle()
    assert surface.window.top_bar.badge.text().startswith(say("shell.mode.replay_short"))
    dock = surface.window.docks["queue"]
    dock.setFloating(True)
    assert dock.header.badge.isVisible() and dock._body._framed


def test_that_no_verb_is_possible(open_window: Any) -> None:
    surface = open_window()
    heard: list[Any] = []
    surface.commands.submit(SignOn(user_id="a", pin="1"), None, heard.append)
    assert [problem.message.id for problem in heard] == ["replay.only_looks"]
    for command in surface.commands.commands.values():
        if command.permission is Permission.DISPATCH or command.id.startswith("people."):
            reason = surface.commands.why_not(command.id)
            assert reason is not None and reason.id == "replay.only_looks"
            assert not surface.commands.is_bound(command.id)  # no menu lists it


def test_that_the_journal_is_left_as_it_was(open_window: Any, recorded: Recorded) -> None:
    before = recorded.path.read_bytes()
    surface = open_window()
    surface.seek(surface.timeline.start_us + 9 * MINUTE_US)
    QTest.keyClick(surface.bar.track, Qt.Key.Key_Space)
    QTest.qWait(120)
    surface.close()
    assert recorded.path.read_bytes() == before


def test_that_space_plays_and_pauses_from_anywhere(open_window: Any) -> None:
    surface = open_window()
    surface.bar.take_focus()
    QTest.keyClick(surface.bar.track, Qt.Key.Key_Space)
    assert surface.player.is_playing
    surface.window.go_to("queue")
    panel = surface.window.panel("queue")
    QTest.keyClick(panel, Qt.Key.Key_Space)
    assert not surface.player.is_playing


def test_that_keys_step_seek_and_change_speed(open_window: Any) -> None:
    surface = open_window()
    surface.timeline.scan(60)
    surface.seek(surface.timeline.start_us + 5 * MINUTE_US)
    track, at = surface.bar.track, surface.player.now_us
    track.setFocus()
    QTest.keyClick(track, Qt.Key.Key_Right)
    assert surface.player.now_us == at + 10_000_000
    QTest.keyClick(track, Qt.Key.Key_Left)
    assert surface.player.now_us == at
    QTest.keyClick(track, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert surface.player.now_us in {mark.t_us for mark in surface.timeline.marks}
    QTest.keyClick(track, Qt.Key.Key_Equal)
    assert surface.player.speed == 4.0 and surface.bar.speeds[4.0].isChecked()
    QTest.keyClick(track, Qt.Key.Key_End)
    assert surface.player.now_us == surface.timeline.end_us
    QTest.keyClick(track, Qt.Key.Key_Home)
    assert surface.player.now_us == surface.timeline.start_us
    assert "2026-06-01" in surface.bar.time.text()


def test_that_dragging_seeks_to_where_the_hand_is_and_passes_over_the_way(
    open_window: Any, qtbot: Any
) -> None:
    surface = open_window()
    track = surface.bar.track
    shown: list[int] = []
    surface.context.ticked.connect(shown.append)
    y = track.height() // 2
    QTest.mousePress(track, Qt.MouseButton.LeftButton, pos=QPoint(200, y))
    for x in range(200, 900, 3):
        track.dragged.emit(track.time_at(x))
    wanted = track.time_at(900)
    track.dragged.emit(wanted)
    qtbot.waitUntil(lambda: surface.player.now_us == wanted)
    QTest.mouseRelease(track, Qt.MouseButton.LeftButton, pos=QPoint(900, y))
    assert len(set(shown)) < 60
    assert track._now_us == wanted


def test_that_facts_reach_the_panels_by_the_same_path(open_window: Any, qtbot: Any) -> None:
    surface = open_window()
    changes: list[Any] = []
    surface.context.changed.connect(changes.extend)
    surface.seek(surface.timeline.start_us + 4 * MINUTE_US)
    surface.player.set_speed(600.0)
    surface.play_or_pause()
    qtbot.waitUntil(lambda: any(change.noun == "incident" for change in changes), timeout=5000)
    assert surface.board.fixes


def test_that_marks_say_what_they_are(open_window: Any, qtbot: Any) -> None:
    surface = open_window()
    qtbot.waitUntil(lambda: surface.bar.track._known_us == surface.timeline.end_us, timeout=8000)
    sent = next(mark for mark in surface.timeline.marks if mark.kind == "dispatch")
    words = surface.bar.track.words_of(sent)
    assert surface.timeline.numbers[sent.stream] in words
    x = surface.bar.track._x(sent.t_us)
    assert surface.bar.track.words_at(x, 4 + 14 + 7).endswith(words.split("  ")[1])


def test_that_personal_data_is_withheld_without_the_key(
    open_window: Any, recorded: Recorded, tmp_path: Path
) -> None:
    path = tmp_path / "copy.vigil"
    shutil.copyfile(recorded.path, path)
    strange = Places(tmp_path / "elsewhere").prepare()
    surface = open_window(path, strange)
    surface.seek(surface.timeline.end_us)
    sealed = next(call.number for call in surface.board.picture.calls.values() if call.number)
    assert surface.context.plain(sealed) == say("replay.withheld")
    told = [notice.message.id for notice in surface.window.notices.standing()]
    assert "replay.no_key" in told


def test_that_a_journal_whose_map_is_missing_opens_all_the_same(
    open_window: Any, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch.replay import surroundings

    monkeypatch.setattr(surroundings, "_packs", lambda places, journal: iter(()))
    surface = open_window()
    assert surface.context.pack is None
    told = [notice.message.id for notice in surface.window.notices.standing()]
    assert "replay.no_region" in told
    assert surface.window.panel("map").panel_id == "map"


def test_that_a_journal_with_a_fact_that_fits_nothing_opens_up_to_it(
    open_window: Any, recorded: Recorded, tmp_path: Path
) -> None:
    path = tmp_path / "changed.vigil"
    shutil.copyfile(recorded.path, path)
    with Journal.open(path, recorded.places.keys) as journal:
        whole = journal.head_pos
        last_us = journal.times()[1]  # type: ignore[index]
        entry = Entry("incident.typed", 1, "nowhere", '{"incident_id":"nowhere","type_id":"sick"}')
        batch = Batch(
            cmd_id="x",
            t_us=last_us + 60_000_000,
            wall_us=last_us,
            mono_us=1,
            desk_id="d",
            actor="a",
            role="feed",
            origin="feed",
            standing="firm",
            entries=(entry,),
        )
        journal.append(batch, None)
    surface = open_window(path)
    surface.seek(last_us)
    assert surface.board.picture.pos >= whole - 1 and surface.board.picture.incidents
    surface.seek(surface.timeline.end_us)
    told = [notice.message for notice in surface.window.notices.standing()]
    broken = next(message for message in told if message.id == "replay.broken")
    assert broken.values["file"] == str(path) and broken.values["pos"] > whole


def test_that_a_map_built_anew_stands_in_and_says_so(
    open_window: Any, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from dispatch.replay import timeline as room

    class Moved(room.Timeline):
        def __init__(self, *args: Any, **how: Any) -> None:
            super().__init__(*args, **how)
            self.journal.info = replace(self.journal.info, region_hash="0" * 64)

    monkeypatch.setattr("ui.replay.surface.Timeline", Moved)
    surface = open_window()
    assert surface.context.pack is not None
    told = [notice.message.id for notice in surface.window.notices.standing()]
    assert told == ["replay.region_changed"]


def test_that_another_map_than_the_journals_is_refused(
    recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch.replay import surroundings
    from ui.replay.surface import open_replay

    class Other:
        hash, name = "another", "Elsewhere"

    monkeypatch.setattr(surroundings, "open_pack", lambda path: Other())
    with pytest.raises(Problem) as caught:
        open_replay(recorded.path, recorded.places, region=tmp_path)
    assert caught.value.message.id == "replay.wrong_region"


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_the_bar_speaks_every_language(open_window: Any, language: str) -> None:
    surface = open_window(language=language, theme="light")
    assert surface.bar.keys.text() == say("replay.keys", language)
    assert "{" not in surface.bar.keys.text() + surface.bar.words.text()
    surface.context.set_language("ko" if language != "ko" else "ru")
    assert surface.bar.keys.text() != say("replay.keys", language)


def test_that_the_axis_is_in_local_time_and_never_crowded() -> None:
    from zoneinfo import ZoneInfo

    start = 1_780_300_800_000_000
    for span_s in (30, 600, 7_200, 86_400, 30 * 86_400):
        found = ticks(start, start + span_s * 1_000_000, 900, ZoneInfo("Asia/Almaty"))
        assert 1 <= len(found) <= 900 // 90
    day = ticks(start, start + 86_400_000_000, 900, ZoneInfo("Asia/Almaty"))
    assert [tick.is_day for tick in day].count(True) == 1
