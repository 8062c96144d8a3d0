"""Any order of valid verbs keeps the invariants, and the fold is a function of the facts."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from desk_bench import Bench, person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.desk import Refusal
from dispatch.desk.calls import AttachCall, CloseCall, DetachCall, DropCall, RingCall
from dispatch.desk.dispatching import ConfirmDispatch, Recall, ReportProgress, UnitChoice
from dispatch.desk.incidents import (
    AnswerQuestion,
    CloseIncident,
    ReopenIncident,
    SetFlag,
    SetLevel,
    SetType,
)
from dispatch.desk.undo import Undo
from dispatch.desk.units import SetUnitState
from dispatch.desk.verbs import feed
from dispatch.domain.assignment import AssignmentState as A
from dispatch.domain.incident import Flag
from dispatch.domain.level import Level
from dispatch.domain.picture import Picture, fold
from dispatch.domain.unit import UnitState
from dispatch.restore import picture_at


def check(picture: Picture) -> None:
    """What must hold after every fact."""
    open_by_unit: dict[str, str] = {}
    for held in picture.assignments.values():
        assert held.incident_id in picture.incidents
        if held.is_open:
            assert held.unit_id not in open_by_unit, "a unit is committed twice"
            open_by_unit[held.unit_id] = held.assignment_id
    for unit in picture.units.values():
        assert unit.assignment_id == open_by_unit.get(unit.unit_id)
        assert (unit.incident_id is None) == (unit.assignment_id is None)
        if unit.assignment_id is not None:
            assert not unit.state.is_available
    for incident in picture.incidents.values():
        if not incident.is_open:
            assert not any(a.is_open for a in picture.assignments_of(incident.incident_id))
        for call_id in incident.call_ids:
            assert picture.calls[call_id].incident_id == incident.incident_id
    numbers = [i.number for i in picture.incidents.values()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def random_command(bench: Bench, rng: random.Random) -> tuple[object, object]:
    """Any verb, on anything there is; many will be refused."""
    ann, crew = person(), feed("crews")
    picture = bench.picture
    incidents, calls = list(picture.incidents), list(picture.calls)
    assignments, units = list(picture.assignments), list(picture.units)
    iid = rng.choice(incidents) if incidents else "none"
    cid = rng.choice(calls) if calls else "none"
    aid = rng.choice(assignments) if assignments else "none"
    uid = rng.choice(units)
    chosen = tuple(UnitChoice(unit_id=u) for u in rng.sample(units, rng.randint(1, 2)))
    return rng.choice(
        [
            (ConfirmDispatch(incident_id=iid, units=chosen), ann),
            (ConfirmDispatch(incident_id=iid, units=chosen), ann),
            (ReportProgress(assignment_id=aid, state=rng.choice(list(A))), crew),
            (ReportProgress(assignment_id=aid, state=rng.choice(list(A))), ann),
            (Recall(assignment_id=aid, stand_down=rng.random() < 0.5), ann),
            (SetUnitState(unit_id=uid, state=rng.choice(list(UnitState)), reason="r"), ann),
            (SetUnitState(unit_id=uid, state=UnitState.AVAILABLE_AT_STATION), crew),
            (SetType(incident_id=iid, type_id=rng.choice(["fire", "stroke"])), ann),
            (SetLevel(incident_id=iid, level=rng.choice([None, *Level]), reason="r"), ann),
            (SetFlag(incident_id=iid, flag=rng.choice(list(Flag)), on=rng.random() < 0.5), ann),
            (AnswerQuestion(incident_id=iid, question_id="q", option_id=rng.choice("ab")), ann),
            (CloseIncident(incident_id=iid, disposition="d"), ann),
            (ReopenIncident(incident_id=iid), ann),
            (RingCall(), feed("lines")),
            (AttachCall(call_id=cid, incident_id=iid), ann),
            (DetachCall(call_id=cid), ann),
            (DropCall(call_id=cid), feed("lines")),
            (CloseCall(call_id=cid), ann),
            (Undo(), ann),
            (Undo(), ann),
        ]
    )


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_that_any_order_of_verbs_keeps_the_invariants(seed: int) -> None:
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        ann = bench.sign_on()
        for lon in (0.0, 0.001, 0.002):
            bench.incident(ann, lon)
        for _ in range(80):
            command, by = random_command(bench, rng)
            bench.wait_s(rng.random() * 20)
            before = bench.journal.head_pos
            try:
                bench.desk.do(command, by)  # type: ignore[arg-type]
            except Refusal:
                assert bench.journal.head_pos == before
            check(bench.picture)
        once, twice = Picture(), Picture()
        for envelope in bench.journal.read():
            fold(once, envelope)
            fold(twice, envelope)
        assert once.sha() == twice.sha() == bench.picture.sha()
        assert Picture.decode(bench.picture.encode()).sha() == bench.picture.sha()
        # A snapshot plus the tail gives the same picture as folding from the start.
        assert picture_at(bench.journal, bench.journal.head_pos).sha() == bench.picture.sha()
        bench.journal.close()
