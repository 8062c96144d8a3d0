"""The engine is told what is closed, and advice over roads that are closed by now is dropped."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from dispatch.advice import messages as m
from dispatch.advice.closing import RoadsKeeper
from dispatch.domain.closure import ClosedRoads, Closure, ClosureReason, ClosureShape
from dispatch.domain.picture import Change, Picture
from dispatch.domain.value import Point

SEEN = (Change("closure", "c", ("set",)),)


def closure(closure_id: str, *edges: int, in_force: bool = True) -> Closure:
    return Closure(
        closure_id=closure_id,
        shape=ClosureShape.LINE,
        points=(Point(lon=0, lat=0),),
        roads=ClosedRoads(edges=edges),
        region_hash="h",
        reason=ClosureReason.WORKS,
        author="ann",
        from_us=0,
        until_us=None,
        set_us=0,
        reviewed_us=0,
        in_force=in_force,
    )


def test_that_the_engine_is_told_only_when_other_roads_are_closed() -> None:
    asked: list[Any] = []
    picture = Picture()
    keeper = RoadsKeeper(asked.append, picture)
    assert not asked and keeper.version == 0
    picture.closures["a"] = closure("a", 1, 2)
    assert keeper.saw(SEEN, picture)
    picture.closures["b"] = closure("b", 2)
    assert not keeper.saw(SEEN, picture), "that road is closed already"
    picture.closures["c"] = closure("c", 9, in_force=False)
    assert not keeper.saw(SEEN, picture), "its hour has not come"
    picture.closures["c"] = replace(picture.closures["c"], in_force=True)
    assert not keeper.saw((Change("unit", "M1", ("state",)),), picture)
    assert keeper.saw(SEEN, picture)
    assert [each.roads_version for each in asked] == [1, 2]
    assert asked[-1].roads.edges == (1, 2, 9)


def test_that_a_start_in_the_middle_of_a_closure_tells_it_at_once() -> None:
    asked: list[Any] = []
    picture = Picture(closures={"a": closure("a", 4)})
    assert RoadsKeeper(asked.append, picture).version == 1
    assert isinstance(asked[0], m.CloseRoads)
