from __future__ import annotations

import msgspec

from dispatch.board import Board
from dispatch.domain.call import Call, CallState
from dispatch.domain.incident import Incident, Place
from dispatch.domain.picture import Picture
from dispatch.domain.target import Target
from dispatch.domain.value import Point
from ui.map_parts.incident_symbols import CALL, IncidentSymbols

BEGIN_US = 1_000_000_000


def _board() -> Board:
    picture = Picture()
    for number in range(3):
        point = Point(lon=76.9 + number / 100, lat=43.2) if number < 2 else None
        picture.incidents[f"i{number}"] = Incident(
            incident_id=f"i{number}", number=number, opened_us=BEGIN_US, place=Place(point=point)
        )
    target = Target(id="t", service="medical", start="created", stop="on_scene", limit_s=60.0)
    return Board(
        realm="exercise",
        region_name="",
        time_zone="UTC",
        desk_id="d",
        picture=picture,
        targets=(target,),
    )


def test_that_an_incident_turns_late_by_the_clock_alone() -> None:
    board, reader = _board(), IncidentSymbols()
    early = reader.read(board, BEGIN_US + 59_000_000)
    assert [(one.id, one.late, one.waiting) for one in early] == [
        ("i0", False, True),
        ("i1", False, True),
    ]
    late = reader.read(board, BEGIN_US + 60_500_000)
    assert all(one.late for one in late)


def test_that_only_what_has_changed_is_read_again() -> None:
    board, reader = _board(), IncidentSymbols()
    first = reader.read(board, BEGIN_US)
    moved = Place(point=Point(lon=77.0, lat=43.0))
    board.picture.incidents["i1"] = msgspec.structs.replace(
        board.picture.incidents["i1"], place=moved
    )
    second = reader.read(board, BEGIN_US + 1_000_000)
    assert second[0] is first[0] and second[1].lon == 77.0
    board.picture.incidents["i0"] = msgspec.structs.replace(
        board.picture.incidents["i0"], closed_us=BEGIN_US
    )
    assert [one.id for one in reader.read(board, BEGIN_US + 2_000_000)] == ["i1"]


def test_that_a_caller_is_shown_until_there_is_an_incident() -> None:
    board, reader = _board(), IncidentSymbols()
    call = Call(
        call_id="c1",
        received_us=BEGIN_US,
        state=CallState.RINGING,
        where=Point(lon=76.8, lat=43.1),
        accuracy_m=200.0,
    )
    board.picture.calls["c1"] = call
    assert reader.read(board, BEGIN_US)[-1].id == CALL + "c1"
    board.picture.calls["c1"] = msgspec.structs.replace(call, incident_id="i0")
    assert reader.read(board, BEGIN_US)[-1].id == "i1"
