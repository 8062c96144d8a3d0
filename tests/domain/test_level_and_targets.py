"""Levels have no order by digit; targets count from their own start event."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from dispatch.domain.assignment import Assignment, AssignmentState
from dispatch.domain.call import Call
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.facts.table import KINDS, decode, encode, kind_of
from dispatch.domain.facts.unit import UnitStateSet
from dispatch.domain.incident import Incident, Patient
from dispatch.domain.level import Level, most_severe
from dispatch.domain.message import Problem
from dispatch.domain.picture import Picture
from dispatch.domain.picture.fold import HANDLERS
from dispatch.domain.place import Place
from dispatch.domain.queue import queue_of
from dispatch.domain.target import Target, state_of
from dispatch.domain.unit import UnitState, is_usual_move
from dispatch.domain.value import Point

S = 1_000_000


def incident(number: int, level: Level | None, opened_s: int = 0) -> Incident:
    return Incident(
        incident_id=f"i{number}",
        number=number,
        opened_us=opened_s * S,
        type_id="sick",
        services=("medical",),
        place=Place(point=Point(lon=0, lat=0)),
        person_level=level,
    )


def test_that_levels_cannot_be_compared_by_digit() -> None:
    with pytest.raises(TypeError):
        assert Level.L1 < Level.L2  # type: ignore[operator]
    assert most_severe(Level.L3, None, Level.L1, Level.L5) is Level.L1
    assert most_severe(None) is None
    assert Level.L1.is_at_least(Level.L2) and not Level.L3.is_at_least(Level.L2)


def test_that_an_incident_bears_its_most_severe_patient() -> None:
    several = replace(
        incident(1, None),
        patients=(Patient(patient_id="a", level=Level.L4), Patient(patient_id="b", level=Level.L2)),
    )
    assert several.level is Level.L2


def test_that_a_target_from_receipt_does_not_run_before_the_receipt() -> None:
    target = Target(id="a", service="medical", start="acknowledged", stop="on_scene", limit_s=600)
    told = AssignmentState.ACKNOWLEDGED
    held = Assignment(assignment_id="x", incident_id="i1", unit_id="M1", times={"confirmed": 5 * S})
    state = state_of(target, incident(1, Level.L1), [], [held], 1000 * S)
    assert state.started_us is None and not state.late and state.left_s == 600
    held = replace(held, state=told, times={"confirmed": 5 * S, "acknowledged": 30 * S})
    state = state_of(target, incident(1, Level.L1), [], [held], 100 * S)
    assert state.left_s == 530
    state = state_of(target, incident(1, Level.L1), [], [held], 700 * S)
    assert state.late and state.used > 1


def test_that_the_queue_goes_by_level_then_by_time_left() -> None:
    picture = Picture()
    for each in (
        incident(1, Level.L3, 0),
        incident(2, Level.L1, 50),
        incident(3, Level.L1, 10),
        incident(4, None, 0),
    ):
        picture.incidents[each.incident_id] = each
    targets = (Target(id="send", service="medical", start="created", stop="confirmed", limit_s=60),)
    queue = queue_of(picture, targets, 60 * S)
    assert [row.incident.number for row in queue.needs_units] == [3, 2, 1, 4]
    assert queue.needs_units[0].target is not None
    assert queue.needs_units[0].target.left_s == 10


def test_that_a_call_back_leaves_those_that_need_units() -> None:
    picture = Picture()
    picture.incidents["i1"] = replace(
        incident(1, Level.L5), no_unit_needed=True, callback_due_us=5 * S
    )
    queue = queue_of(picture, (), 0)
    assert not queue.needs_units and len(queue.call_backs) == 1


def test_that_an_incident_whose_only_unit_was_recalled_still_waits() -> None:
    picture = Picture()
    held = Assignment(assignment_id="x", incident_id="i1", unit_id="M1", times={"confirmed": S})
    picture.assignments["x"] = replace(held, state=AssignmentState.RECALLED)
    picture.incidents["i1"] = replace(
        incident(1, Level.L1), first_confirmed_us=S, assignment_ids=("x",)
    )
    (row,) = queue_of(picture, (), 60 * S).needs_units
    assert row.reason.id == "queue.reason.nobody_sent"
    picture.assignments["x"] = replace(held, state=AssignmentState.CLEAR)
    (row,) = queue_of(picture, (), 60 * S).under_way
    assert row.reason.id == "queue.reason.to_close"


def test_that_an_incident_is_as_old_as_its_first_ring() -> None:
    picture = Picture()
    picture.calls["early"] = Call(call_id="early", received_us=10 * S)
    picture.calls["late"] = Call(call_id="late", received_us=80 * S)
    picture.incidents["i1"] = replace(incident(1, Level.L2, 70), call_ids=("late", "early"))
    picture.incidents["i2"] = incident(2, Level.L3, 70)
    assert [row.age_s for row in queue_of(picture, (), 100 * S).needs_units] == [90, 30]


def test_that_every_kind_has_a_codec_and_a_fold() -> None:
    assert set(HANDLERS) == set(KINDS)
    assert len(set(KINDS.values())) == len(KINDS)


def envelope(kind: str, body: str, ver: int = 1) -> Envelope:
    return Envelope(
        pos=1,
        cmd_id="c",
        n=0,
        t_us=0,
        wall_us=0,
        mono_us=0,
        desk_id="d",
        actor="a",
        role="r",
        origin="human",
        standing="firm",
        kind=kind,
        ver=ver,
        stream="s",
        body=body,
        prev="",
        hash="",
    )


@pytest.mark.parametrize(
    ("body", "ver", "problem"),
    [
        ('{"unit_id":"M1"}', 1, "facts.unreadable"),
        ('{"unit_id":"M1","state":"flying"}', 1, "facts.unreadable"),
        ('{"unit_id":"M1","state":"off_duty","extra":1}', 1, "facts.unreadable"),
        ("[]", 1, "facts.unreadable"),
        ("{", 1, "facts.unreadable"),
        ("{}", 9, "facts.newer"),
    ],
)
def test_that_a_body_that_does_not_fit_is_refused_with_its_position(
    body: str, ver: int, problem: str
) -> None:
    with pytest.raises(Problem) as caught:
        decode(envelope("unit.state_set", body, ver))
    assert caught.value.message.id == problem
    assert caught.value.message.values["pos"] == 1


def test_that_an_unknown_kind_is_kept_for_who_knows_it() -> None:
    assert decode(envelope("drone.landed", "{}")) is None


def test_that_a_fact_reads_back_as_it_was_written() -> None:
    fact = UnitStateSet(unit_id="M1", state=UnitState.ON_BREAK, reason="meal")
    assert decode(envelope(kind_of(fact), encode(fact))) == fact


def test_that_usual_moves_cover_every_state() -> None:
    for state in UnitState:
        assert is_usual_move(state, state)
    assert not is_usual_move(UnitState.OFF_DUTY, UnitState.ON_SCENE)
