from __future__ import annotations

import numpy as np

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
