"""Nobody can type, paste or feed anything that harms the journal or the sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dispatch.centre import DEMO_PIN, Centre
from dispatch.cli.running import one_line
from dispatch.desk import Actor, Refusal
from dispatch.desk.calls import AnswerCall, RingCall, SaveDraft
from dispatch.desk.incidents import AddNote, CloseIncident, OpenIncident, PlaceInput, SetPlace
from dispatch.desk.staff import SignOn
from dispatch.desk.units import SetUnitState
from dispatch.desk.verbs import Command, feed
from dispatch.domain.message import Message, Problem
from dispatch.domain.unit import UnitState
from dispatch.domain.value import Point
from dispatch.journal import Journal, verify
from dispatch.places import Places
from dispatch.resources import resource
from dispatch.restore import restore
from dispatch.words import say

ANN = Actor(
    user_id="a.seitkali", name="A. Seitkali", role="dispatcher", desk_id="desk-1", origin="human"
)
LINES = feed("lines")
LONG = "x" * 100_000
STEERING = "a\0b\x1b[31m\u202ec{0.__class__}{n!r:>9999999}"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    """A desk with somebody signed on, nothing simulated."""
    made = Centre.exercise(
        Places(tmp_path).prepare(),
        region=resource("region", "builtin.region"),
        agency=resource("agencies", "international.agency"),
        spec=None,
        journal=tmp_path / "j.vigil",
        speed=0,
        inline=True,
    )
    made.desk.do(SignOn(user_id=ANN.user_id, pin=DEMO_PIN), ANN)
    made.desk.do(RingCall(call_id="c1", line="mobile", number="1", language="en"), LINES)
    made.desk.do(AnswerCall(call_id="c1"), ANN)
    yield made
    made.close()


Make = Callable[[str], Command]
TOO_MUCH: dict[str, Make] = {
    "note": lambda i: AddNote(incident_id=i, text=LONG),
    "half a character": lambda i: AddNote(incident_id=i, text="a\ud800b"),
    "no text at all": lambda i: AddNote(incident_id=i, text=12),  # type: ignore[arg-type]
    "place": lambda i: SetPlace(incident_id=i, place=PlaceInput(typed=LONG)),
    "off the Earth": lambda i: SetPlace(
        incident_id=i, place=PlaceInput(point=Point(lon=999.0, lat=1.0))
    ),
    "nowhere": lambda i: SetPlace(
        incident_id=i, place=PlaceInput(point=Point(lon=float("nan"), lat=1.0))
    ),
    "no end": lambda i: SetPlace(
        incident_id=i, place=PlaceInput(point=Point(lon=74.0, lat=45.0), accuracy_m=float("inf"))
    ),
    "number": lambda i: RingCall(call_id="c2", number=LONG),
    "call id": lambda i: RingCall(call_id="c" * 3_000, line="mobile"),
    "draft": lambda i: SaveDraft(call_id="c1", draft=LONG),
    "reason": lambda i: SetUnitState(unit_id="M1", state=UnitState.OUT_OF_SERVICE, reason=LONG),
    "disposition": lambda i: CloseIncident(incident_id=i, disposition=LONG),
}


def test_that_what_could_not_be_read_again_is_never_recorded(
    centre: Centre, tmp_path: Path
) -> None:
    incident_id = centre.desk.do(OpenIncident(type_id="fire"), ANN).result["incident_id"]
    for name, make in TOO_MUCH.items():
        by = LINES if isinstance(make(incident_id), RingCall) else ANN
        before = centre.desk.picture.pos
        with pytest.raises((Problem, ValueError)) as refused:
            centre.desk.do(make(incident_id), by)
        assert centre.desk.picture.pos == centre.journal.head_pos == before, name
        if isinstance(refused.value, Problem):
            assert refused.value.message.id in {"desk.not_sound", "facts.unwritable"}, name
    centre.desk.do(AddNote(incident_id=incident_id, text="and the work goes on"), ANN)
    assert_reopens(centre, tmp_path)


def test_that_the_longest_text_of_any_script_is_kept_and_read_again(
    centre: Centre, tmp_path: Path
) -> None:
    """Personal texts are sealed, and a token is longer than its text."""
    incident_id = centre.desk.do(OpenIncident(type_id="fire"), ANN).result["incident_id"]
    for sign in ("x", "ж", "한", "😀"):
        centre.desk.do(AddNote(incident_id=incident_id, text=sign * 4_000), ANN)
        centre.desk.do(SaveDraft(call_id="c1", draft=sign * 20_000), ANN)
        place = PlaceInput(**dict.fromkeys(("typed", "entrance", "flat", "meet"), sign * 4_000))
        centre.desk.do(SetPlace(incident_id=incident_id, place=place), ANN)
    assert_reopens(centre, tmp_path)


def test_that_steering_characters_are_kept_as_text(centre: Centre, tmp_path: Path) -> None:
    incident_id = centre.desk.do(OpenIncident(type_id="fire"), ANN).result["incident_id"]
    centre.desk.do(AddNote(incident_id=incident_id, text=STEERING), ANN)
    centre.desk.do(SetPlace(incident_id=incident_id, place=PlaceInput(label=STEERING)), ANN)
    centre.settle()
    incident = centre.board().incident(incident_id)
    assert incident is not None and incident.place.label == STEERING
    assert centre.board().plain(incident.notes[-1].text) == STEERING
    assert_reopens(centre, tmp_path)


def assert_reopens(centre: Centre, folder: Path) -> None:
    """The journal is sound and folds to the picture that the desk has."""
    path = centre.journal.path
    assert verify(path).ok
    with Journal.open(path, Places(folder).keys, read_only=True) as again:
        assert restore(again).picture.sha() == centre.desk.picture.sha()


def test_that_a_value_is_never_read_as_a_placeholder() -> None:
    said = say("journal.full", file=STEERING, what="{file}")
    assert STEERING in said and "{file}" in said


@pytest.mark.parametrize("count", ["many", "", True, float("nan"), -1, 10**30])
def test_that_no_value_of_another_kind_breaks_a_sentence(count: str | float) -> None:
    assert say(Message("journal.audit.commands", {"n": count}))


def test_that_an_unknown_or_half_filled_message_still_speaks() -> None:
    assert say(Message("no.such.message", {"file": "x"})) == "no.such.message"
    assert "{what}" in say("journal.full", file="day.vigil")


def test_that_the_command_line_cannot_be_steered() -> None:
    shown = one_line("vigil\r\n\x1b]0;title\x07 a\u202eb\u2066c\0d")
    assert shown.isprintable()
    assert "\n" not in shown and "title" in shown


def test_that_a_refusal_is_a_refusal_and_not_a_fault(centre: Centre) -> None:
    with pytest.raises(Refusal):
        centre.desk.do(AddNote(incident_id="x", text=LONG), ANN)
