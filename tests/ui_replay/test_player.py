"""The board of any moment is the one that stood live, however one gets there."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from dispatch.board import Board
from dispatch.clock import SimClock
from dispatch.replay import Player, Timeline
from dispatch.replay.waypoints import Waypoints
from tests.ui_replay.conftest import MINUTE_US, Recorded


@pytest.fixture
def player(recorded: Recorded) -> Iterator[Player]:
    timeline = Timeline(recorded.path, recorded.places.keys, scan_now=False)
    board = Board(realm="exercise", region_name="r", time_zone="UTC", desk_id="d", replaying=True)
    yield Player(timeline, board, SimClock(timeline.start_us))
    timeline.close()


def test_that_the_hash_is_the_live_one_at_every_snapshot(
    recorded: Recorded, player: Player
) -> None:
    assert len(recorded.snapshots) >= 3
    for pos in random.Random(1).sample(sorted(recorded.sha_at), len(recorded.sha_at)):
        assert player.timeline.picture_at(pos).sha() == recorded.sha_at[pos]


def test_that_waypoints_change_nothing(recorded: Recorded, player: Player) -> None:
    player.timeline.scan(60)
    for pos, sha in recorded.sha_at.items():
        assert player.timeline.picture_at(pos).sha() == sha


def test_that_playing_gives_what_seeking_gives(recorded: Recorded, player: Player) -> None:
    board = player._stage
    player.seek(player.timeline.start_us)
    t_us = player.timeline.start_us
    while t_us < player.timeline.start_us + 8 * MINUTE_US:
        t_us += 20_000_000
        player._clock.move_to(t_us)
        player.advance()
        assert player.now_us == t_us
    played = board.picture.sha()
    fixes = dict(board.fixes)  # type: ignore[attr-defined]
    player.seek(player.timeline.end_us)
    player.seek(t_us)
    assert board.picture.sha() == played
    assert {u: (f.point, f.t_us) for u, f in board.fixes.items()} == {  # type: ignore[attr-defined]
        u: (f.point, f.t_us) for u, f in fixes.items()
    }


def test_that_steps_go_fact_by_fact_and_back(player: Player) -> None:
    player.seek(player.timeline.start_us + 3 * MINUTE_US)
    visited = [player._stage.picture.pos]
    for _ in range(12):
        player.step_fact(1)
        visited.append(player._stage.picture.pos)
    assert visited == sorted(set(visited))
    for pos in reversed(visited[1:-1]):
        player.step_fact(-1)
        assert player._stage.picture.pos == pos


def test_that_steps_to_marks_stop_at_each_moment_of_one(player: Player) -> None:
    player.timeline.scan(60)
    moments = sorted({mark.t_us for mark in player.timeline.marks})
    player.seek(player.timeline.start_us - 1)
    seen = [player.now_us] if player.now_us in moments else []
    while player.mark_beside(1) is not None:
        player.step_mark(1)
        seen.append(player.now_us)
    assert seen == moments
    player.step_mark(-1)
    assert player.now_us == moments[-2]


def test_that_it_stops_at_the_end_and_begins_again(player: Player) -> None:
    player.set_speed(600.0)
    player.seek(player.timeline.end_us - 1_000)
    player.play()
    time.sleep(0.02)
    assert player.advance().at_end
    assert not player.is_playing and player.now_us == player.timeline.end_us
    player.play()
    assert player.is_playing and player.now_us < player.timeline.end_us - MINUTE_US


def test_that_a_seek_anywhere_is_quick(player: Player) -> None:
    player.timeline.scan(60)
    chance, took = random.Random(2), []
    for _ in range(60):
        t_us = chance.randint(player.timeline.start_us, player.timeline.end_us)
        began = time.perf_counter()
        player.seek(t_us)
        took.append(time.perf_counter() - began)
    assert sorted(took)[30] < 0.1


def test_that_waypoints_thin_out_before_they_fill_the_memory(
    recorded: Recorded, player: Player
) -> None:
    sparse = Waypoints(every=5, max_entries=3_000)
    picture = player.timeline.picture_at(0)
    board = Board(realm="exercise", region_name="r", time_zone="UTC", desk_id="d")
    board.picture = picture
    for envelope in player.timeline.facts(0, 500):
        board.apply(envelope)
        sparse.pass_by(board.picture)
    assert 2 <= len(sparse) < 60
    for pos in (30, 250, 490):
        near = sparse.before(pos)
        assert near is not None and near.pos <= pos
        assert near.sha() == player.timeline.picture_at(near.pos).sha()
