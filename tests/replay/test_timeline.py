"""The board at any moment is what folding to that moment gives, and the live hash agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.clock import SimClock
from dispatch.desk import Actor, Desk
from dispatch.desk.calls import RingCall
from dispatch.desk.ids import CountedIds
from dispatch.desk.staff import SignOn
from dispatch.desk.verbs import feed
from dispatch.domain.message import Problem
from dispatch.domain.picture import Picture
from dispatch.domain.staff import Role
from dispatch.domain.unit import Fix
from dispatch.domain.value import Point
from dispatch.fixes import frame_of
from dispatch.journal import Journal
from dispatch.replay import Timeline

START_US = 1_780_000_000_000_000


def record(folder: Path) -> tuple[Path, dict[int, str]]:
    """A journal of one call every ten seconds, and the live hash after each."""
    path = folder / "j.vigil"
    journal = Journal.create(
        path,
        realm="exercise",
        region_id="r",
        region_hash="h",
        time_zone="UTC",
        keys_dir=folder / "keys",
        created_us=START_US,
    )
    clock = SimClock(START_US)
    desk = Desk(
        journal,
        Picture(),
        clock,
        ids=CountedIds(),
        check_pin=lambda user, pin: ("Ann", Role.DISPATCHER),
        snapshot_every=7,
    )
    ann = Actor(user_id="ann", name="Ann", role="dispatcher", desk_id="d", origin="human")
    desk.do(SignOn(user_id="ann", pin="1"), ann)
    seen = {}
    for n in range(1, 31):
        clock.advance_to(START_US + n * 10_000_000)
        desk.do(RingCall(call_id=f"c{n}"), feed("lines"))
        where = Fix(unit_id="M1", point=Point(lon=n / 1000, lat=0), t_us=clock.now_us())
        journal.fixes.write(clock.now_us(), frame_of([where]))
        desk.catch_up()
        seen[clock.now_us()] = desk.picture.sha()
    journal.close()
    # Closing seals the last minute of positions: one more fact at the last moment.
    seen.pop(max(seen))
    return path, seen


def test_that_every_moment_shows_what_stood_there(tmp_path: Path) -> None:
    path, seen = record(tmp_path)
    timeline = Timeline(path, tmp_path / "keys")
    for t_us in [*sorted(seen, reverse=True), *sorted(seen)[::3]]:
        assert timeline.seek(t_us).sha() == seen[t_us]
        assert timeline.fixes()[0].point.lon == pytest.approx((t_us - START_US) / 1e7 / 1000)
    timeline.close()


def test_that_playing_forward_gives_the_same_as_seeking(tmp_path: Path) -> None:
    path, seen = record(tmp_path)
    timeline = Timeline(path, tmp_path / "keys")
    timeline.seek(timeline.start_us)
    for t_us in sorted(seen):
        played = timeline.play_to(t_us)
        assert [change.noun for _, changes in played for change in changes] == ["call"]
        assert timeline.picture.sha() == seen[t_us]
    assert sum(mark.kind == "call" for mark in timeline.marks) >= 29
    timeline.close()


def test_that_replay_writes_nothing(tmp_path: Path) -> None:
    path, seen = record(tmp_path)
    before = path.read_bytes()
    timeline = Timeline(path, tmp_path / "keys")
    timeline.seek(max(seen))
    timeline.close()
    assert path.read_bytes() == before


def test_that_a_file_that_is_no_journal_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.vigil"
    path.write_bytes(b"not a journal at all" * 100)
    with pytest.raises(Problem) as caught:
        Timeline(path, tmp_path)
    assert str(path) in str(caught.value)


def test_that_a_journal_that_grows_is_followed(tmp_path: Path) -> None:
    """A live journal can be replayed while somebody else writes it."""
    journal = Journal.create(
        tmp_path / "live.vigil",
        realm="exercise",
        region_id="r",
        region_hash="h",
        time_zone="UTC",
        keys_dir=tmp_path / "keys",
        created_us=START_US,
    )
    clock = SimClock(START_US)
    desk = Desk(journal, Picture(), clock, ids=CountedIds())
    desk.do(RingCall(call_id="c1"), feed("lines"))
    timeline = Timeline(journal.path, tmp_path / "keys")
    assert [mark.kind for mark in timeline.marks] == ["call"]
    assert not timeline.refresh()
    clock.advance_to(START_US + 60_000_000)
    desk.do(RingCall(call_id="c2"), feed("lines"))
    assert timeline.refresh() and timeline.scan(1.0)
    assert [mark.kind for mark in timeline.marks] == ["call", "call"]
    assert timeline.end_us == START_US + 60_000_000
    assert set(timeline.seek(timeline.end_us).calls) == {"c1", "c2"}
    timeline.close()
    journal.close()
