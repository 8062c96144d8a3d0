from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch import board as boards
from dispatch.board import Board
from dispatch.domain.unit import Fix, Unit, UnitState
from dispatch.domain.value import Point
from ui.map.fleet import Fleet, labelled
from ui.map.layers import UNIT_STATES
from ui.map.projection import world_m


def _unit(name: str, state: UnitState = UnitState.AVAILABLE_ON_AIR) -> Unit:
    return Unit(
        unit_id=name,
        kind="emt",
        service="medical",
        label=name,
        station_id="",
        capabilities=(),
        crew=2,
        home=Point(lon=76.0, lat=43.0),
        state=state,
    )


def _fix(name: str, lon: float, t_us: int = 1_000_000, speed_ms: float = 9.0) -> Fix:
    point = Point(lon=lon, lat=43.5)
    return Fix(unit_id=name, point=point, t_us=t_us, heading_deg=90.0, speed_ms=speed_ms)


def test_that_only_units_with_a_place_are_shown() -> None:
    units = {
        "A": _unit("A"),
        "B": _unit("B", UnitState.AVAILABLE_AT_STATION),
        "C": _unit("C", UnitState.OFF_DUTY),
        "D": _unit("D"),
    }
    fleet = Fleet()
    fleet.look(units, {"A": _fix("A", 76.5), "C": _fix("C", 76.6), "ghost": _fix("ghost", 1.0)})
    layer = fleet.layer(11_000_000, stale_s=5.0)
    assert layer.ids == ("A", "B")
    assert layer.lon.tolist() == [76.5, 76.0] and layer.age_s.tolist() == [10.0, 0.0]
    assert layer.stale.tolist() == [True, False]
    assert layer.world is not None
    assert np.allclose(layer.world, world_m(np.column_stack([layer.lon, layer.lat])))


def test_that_what_changes_on_the_board_changes_the_layer() -> None:
    units = {"A": _unit("A"), "B": _unit("B")}
    fixes = {"A": _fix("A", 76.5), "B": _fix("B", 76.6)}
    fleet = Fleet()
    fleet.look(units, fixes)
    first = fleet.layer(2_000_000, stale_s=60.0)
    fixes["A"] = _fix("A", 76.7, 3_000_000, speed_ms=0.0)
    units["B"] = _unit("B", UnitState.ON_SCENE)
    fleet.look(units, fixes)
    second = fleet.layer(3_000_000, stale_s=60.0, arrivals_s={"B": 273.0})
    assert second.lon.tolist() == [76.7, 76.6] and np.isnan(second.heading_deg[0])
    assert [UNIT_STATES[code] for code in second.state] == ["available_on_air", "on_scene"]
    assert second.labels == ("A", "B · 4:33") and first.labels == ("A", "B")
    assert first.lon.tolist() == [76.5, 76.6], "a layer handed out stays as it was"
    assert second.ids is first.ids


def test_that_another_board_replaces_everything() -> None:
    fleet = Fleet()
    fleet.look({"A": _unit("A")}, {"A": _fix("A", 76.5)})
    fleet.look({"A": _unit("A"), "Z": _unit("Z")}, {"Z": _fix("Z", 76.9)})
    layer = fleet.layer(2_000_000, stale_s=60.0)
    assert layer.ids == ("Z",) and layer.lon.tolist() == [76.9]
    assert len(Fleet().layer(0, stale_s=1.0)) == 0


def test_that_an_arrival_is_said_in_minutes_and_seconds() -> None:
    assert labelled("M12", 65.4) == "M12 · 1:05"


NAMES = ("A", "B", "C", "ghost")


def _board(*names: str) -> Board:
    board = Board(realm="exercise", region_name="t", time_zone="UTC", desk_id="desk-1")
    board.picture.units.update({name: _unit(name) for name in names})
    return board


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 50)), max_size=6),
            st.booleans(),
        ),
        max_size=12,
    ),
    at_most=st.integers(1, 4),
)
def test_that_following_reports_shows_what_looking_at_everything_shows(steps, at_most) -> None:
    board, following = _board("A", "B", "C"), Fleet()
    for number, (told, shown_anew) in enumerate(steps):
        fixes = [_fix(name, 76 + at / 100, number * 1_000_000) for name, at in told]
        if shown_anew:
            board.show(board.picture, fixes)
        else:
            board.apply_fixes(fixes)
        while following.follow(board, only_fixes=True, at_most=at_most):
            pass
        everything = Fleet()
        everything.look(board.picture.units, board.fixes)
        ours, whole = (f.layer(60_000_000, stale_s=60.0) for f in (following, everything))
        assert ours.same_as(whole)


def test_that_who_is_far_behind_looks_at_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "KEPT_REPORTS", 3)
    board, fleet = _board("A"), Fleet()
    board.apply_fixes([_fix("A", 76.1, 1)])
    fleet.follow(board, at_most=10)
    for number in range(2, 30):
        board.apply_fixes([_fix("A", 76 + number / 100, number)])
    assert board.reports == 29 and board.reported_since(1, 5) is None
    assert len(board.reported_since(board.reports - 3, 99) or ()) == 3
    assert not fleet.follow(board, at_most=1), "nothing waits after everything was read"
    assert fleet.layer(0, stale_s=60.0).lon.tolist() == [pytest.approx(76.29)]
