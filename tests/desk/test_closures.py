"""A closed road is a fact with an author and an end; what makes no sense is refused in words."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from desk_bench import START_US, Bench, person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.board import Board
from dispatch.desk import Refusal
from dispatch.desk.closures import (
    BeginClosure,
    ChangeClosure,
    EndClosure,
    KeepClosure,
    LiftClosure,
    SetClosure,
)
from dispatch.desk.undo import Undo
from dispatch.desk.verbs import SYSTEM, feed
from dispatch.domain.closure import ClosedRoads, ClosureReason, ClosureShape, roads_closed
from dispatch.domain.picture import Picture, fold
from dispatch.domain.target import Target
from dispatch.domain.value import Point
from dispatch.due import Due
from dispatch.restore import picture_at
from dispatch.watch import Limits, due_alarms

HOUR_US = 3_600_000_000
NO_TARGETS: tuple[Target, ...] = ()


def closing(**changes: object) -> SetClosure:
    """A closure of one piece of road for an hour."""
    values: dict[str, object] = {
        "shape": ClosureShape.LINE,
        "points": (Point(lon=0.0, lat=0.0), Point(lon=0.001, lat=0.0)),
        "roads": ClosedRoads(edges=(7, 8)),
        "region_hash": "h",
        "reason": ClosureReason.WORKS,
        "until_us": START_US + HOUR_US,
        "names": ("Elm Street",),
    }
    return SetClosure(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_that_a_closure_is_a_fact_with_an_author_and_an_end(bench: Bench) -> None:
    ann = bench.sign_on()
    done = bench.desk.do(closing(note=" pipe "), ann)
    closure = bench.picture.closures[done.result["closure_id"]]
    assert closure.author == "ann" and closure.author_name == "Ann Lee"
    assert closure.until_us == START_US + HOUR_US and closure.in_force
    assert closure.note == "pipe" and closure.set_us == START_US
    envelope = done.published[0].envelope
    assert envelope.kind == "closure.set" and envelope.actor == "ann"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"roads": ClosedRoads()}, "desk.closure_no_road"),
        ({"points": ()}, "desk.closure_no_road"),
        ({"roads": ClosedRoads(edges=tuple(range(1_001)))}, "desk.closure_too_large"),
        ({"region_hash": "another"}, "desk.closure_other_region"),
        ({"until_us": None}, "desk.closure_needs_end"),
        ({"until_us": START_US}, "desk.closure_ends_first"),
        ({"from_us": START_US + 2 * HOUR_US}, "desk.closure_ends_first"),
        ({"incident_id": "none"}, "desk.no_such_incident"),
        ({"roads": ClosedRoads(edges=tuple(range(3_000)))}, "desk.not_sound"),
        ({"note": "x" * 5_000}, "desk.not_sound"),
    ],
)
def test_that_a_closure_without_sense_is_refused(bench: Bench, changes, said: str) -> None:
    ann = bench.sign_on()
    before = bench.journal.head_pos
    with pytest.raises(Refusal) as refused:
        bench.desk.do(closing(**changes), ann)
    assert refused.value.message.id == said
    assert bench.journal.head_pos == before


def test_that_only_people_at_work_and_the_system_close_roads(bench: Bench) -> None:
    with pytest.raises(Refusal, match="nobody_signed_on"):
        bench.desk.do(closing(), person())
    adm = bench.sign_on("adm")
    with pytest.raises(Refusal, match="role_may_not"):
        bench.desk.do(closing(), adm)
    with pytest.raises(Refusal, match="not_for_origin"):
        bench.desk.do(closing(), feed("lines"))
    assert bench.desk.do(closing(), SYSTEM).result["closure_id"]


def test_that_a_closure_ends_and_begins_by_itself(bench: Bench) -> None:
    ann, due = bench.sign_on(), Due(bench.desk, NO_TARGETS, Limits())
    later = closing(from_us=START_US + HOUR_US // 2)
    cid = bench.desk.do(later, ann).result["closure_id"]
    assert not bench.picture.closures[cid].in_force
    assert not len(roads_closed(bench.picture.closures.values()))
    bench.wait_s(1_801)
    due.step(bench.clock.now_us())
    assert bench.picture.closures[cid].in_force
    assert roads_closed(bench.picture.closures.values()).edges == (7, 8)
    bench.wait_s(1_800)
    due.step(bench.clock.now_us())
    assert cid not in bench.picture.closures
    kinds = [e.kind for e in bench.journal.read()][-2:]
    assert kinds == ["closure.began", "closure.ended"]


def test_that_the_clock_ends_nothing_that_a_person_prolonged(bench: Bench) -> None:
    ann = bench.sign_on()
    cid = bench.desk.do(closing(), ann).result["closure_id"]
    bench.desk.do(ChangeClosure(closure_id=cid, until_us=START_US + 3 * HOUR_US), ann)
    bench.wait_s(3_700)
    assert not bench.desk.do(EndClosure(closure_id=cid), SYSTEM).published
    with pytest.raises(Refusal, match="not_for_origin"):
        bench.desk.do(EndClosure(closure_id=cid), feed("crews"))


def test_that_what_stays_until_reopened_is_asked_about_every_few_hours(bench: Bench) -> None:
    ann = bench.sign_on()
    cid = bench.desk.do(closing(until_us=None, until_reopened=True), ann).result["closure_id"]

    def asked() -> list[str]:
        now_us = bench.clock.now_us()
        alarms = due_alarms(bench.picture, NO_TARGETS, Limits(), now_us)
        return [a.alarm_id for a in alarms if a.kind == "closure_to_look_at"]

    assert not asked()
    bench.wait_s(4 * 3_600 + 1)
    first = asked()
    assert len(first) == 1
    bench.desk.do(KeepClosure(closure_id=cid), ann)
    assert not asked(), "somebody has looked"
    bench.wait_s(4 * 3_600 + 1)
    assert len(asked()) == 1 and asked() != first


def test_that_opening_and_closing_can_be_undone(bench: Bench) -> None:
    ann = bench.sign_on()
    cid = bench.desk.do(closing(), ann).result["closure_id"]
    as_set = bench.picture.closures[cid]
    bench.desk.do(ChangeClosure(closure_id=cid, reason=ClosureReason.FLOOD, note="deep"), ann)
    assert bench.picture.closures[cid].reason is ClosureReason.FLOOD
    bench.desk.do(Undo(), ann)
    assert bench.picture.closures[cid] == as_set
    bench.desk.do(LiftClosure(closure_id=cid), ann)
    assert not bench.picture.closures
    bench.desk.do(Undo(), ann)
    assert bench.picture.closures[cid] == as_set, "author and end come back with it"
    bench.desk.do(Undo(), ann)
    assert not bench.picture.closures
    with pytest.raises(Refusal, match="no_such_closure"):
        bench.desk.do(LiftClosure(closure_id=cid), ann)


def test_that_a_picture_without_closures_keeps_its_old_hash() -> None:
    """Snapshots of journals from before closures were known still fit."""
    assert b"closures" not in Picture().encode()
    assert Picture.decode(Picture().encode()).closures == {}


def test_that_the_board_lists_what_ends_first_first(bench: Bench) -> None:
    ann = bench.sign_on()
    bench.desk.do(closing(until_us=None, until_reopened=True, note="c"), ann)
    bench.desk.do(closing(until_us=START_US + 2 * HOUR_US, note="b"), ann)
    bench.desk.do(closing(note="a"), ann)
    board = Board(
        realm="exercise", region_name="r", time_zone="UTC", desk_id="d", picture=bench.picture
    )
    assert [c.note for c in board.closures()] == ["a", "b", "c"]


def random_deed(bench: Bench, rng: random.Random) -> tuple[object, object]:
    """Any verb on closures, many of which will be refused."""
    ann, closures = person(), list(bench.picture.closures)
    cid = rng.choice(closures) if closures else "none"
    now_us = bench.clock.now_us()
    until = rng.choice([None, now_us + rng.randint(-HOUR_US, 2 * HOUR_US)])
    begins = rng.choice([None, now_us + rng.randint(0, HOUR_US)])
    roads = ClosedRoads(
        edges=tuple(rng.sample(range(20), rng.randint(0, 3))),
        along=tuple(rng.sample(range(20), rng.randint(0, 2))),
    )
    reopened = rng.random() < 0.3
    set_it = closing(roads=roads, until_us=until, from_us=begins, until_reopened=reopened)
    return rng.choice(
        [
            (set_it, ann),
            (set_it, SYSTEM),
            (ChangeClosure(closure_id=cid, until_us=until, until_reopened=reopened), ann),
            (ChangeClosure(closure_id=cid, reason=rng.choice(list(ClosureReason))), ann),
            (KeepClosure(closure_id=cid), ann),
            (LiftClosure(closure_id=cid), ann),
            (BeginClosure(closure_id=cid), SYSTEM),
            (EndClosure(closure_id=cid), SYSTEM),
            (Undo(), ann),
        ]
    )


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_that_any_order_of_deeds_folds_to_one_picture(seed: int) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        bench.sign_on()
        for _ in range(60):
            bench.wait_s(rng.random() * 900)
            command, by = random_deed(bench, rng)
            before = bench.journal.head_pos
            try:
                bench.desk.do(command, by)  # type: ignore[arg-type]
            except Refusal:
                assert bench.journal.head_pos == before
            now_us = bench.clock.now_us()
            for closure in bench.picture.closures.values():
                assert closure.closure_id in bench.picture.closures
                assert len(closure.roads) and closure.author
                assert closure.until_us is None or closure.until_us > closure.from_us
                assert not closure.in_force or closure.from_us <= now_us
        folded = Picture()
        for envelope in bench.journal.read():
            fold(folded, envelope)
        assert folded.sha() == bench.picture.sha()
        assert Picture.decode(bench.picture.encode()).sha() == bench.picture.sha()
        assert picture_at(bench.journal, bench.journal.head_pos).sha() == bench.picture.sha()
        bench.journal.close()


@given(st.lists(st.tuples(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9))), max_size=5))
def test_that_what_several_closures_shut_is_the_union_of_directions(parts) -> None:
    closed = [
        ClosedRoads(edges=tuple(both), along=tuple(along - both)) for both, along in parts
    ] + [ClosedRoads(against=(3,))]
    found = ClosedRoads.together(closed)
    along = {e for c in closed for e in (*c.edges, *c.along)}
    against = {e for c in closed for e in (*c.edges, *c.against)}
    assert {*found.edges, *found.along} == along
    assert {*found.edges, *found.against} == against
    assert not {*found.edges} & {*found.along} and not {*found.edges} & {*found.against}
