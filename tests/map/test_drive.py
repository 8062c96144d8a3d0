from __future__ import annotations

import numpy as np
import pytest

from ui.map.drive import Drive
from ui.map.layers import UnitLayer, UnitSymbol


def fleet(*places: tuple[str, float], stale: bool = False) -> tuple[UnitLayer, np.ndarray]:
    layer = UnitLayer.of(
        UnitSymbol(id=name, lon=0, lat=0, state="en_route", kind="emt", label=name, stale=stale)
        for name, _ in places
    )
    return layer, np.array([[x, 0.0] for _, x in places])


def test_that_a_vehicle_is_drawn_on_the_way_to_its_fix_and_never_ahead_of_it() -> None:
    drive = Drive()
    layer, before = fleet(("M1", 0.0))
    drive.put(layer, before)
    layer, now = fleet(("M1", 20.0))
    drive.go(layer, before, now, at_s=100.0)
    layer, later = fleet(("M1", 40.0))
    assert drive.go(layer, now, later, at_s=101.0)
    drawn = []
    for at_s in (101.0, 101.25, 101.5, 102.0, 105.0):
        drive.advance(at_s)
        drawn.append(float((later + drive.now)[0, 0]))
    assert drawn == sorted(drawn) and drawn[-1] == 40.0 and max(drawn) <= 40.0
    assert drawn[0] < drawn[1] < drawn[2] < drawn[3]
    assert not drive.advance(105.0)


def test_that_a_jump_and_a_stale_fix_are_shown_at_once() -> None:
    drive = Drive()
    layer, before = fleet(("M1", 0.0), ("M2", 0.0))
    drive.put(layer, before)
    layer, now = fleet(("M1", 5000.0), ("M2", 10.0))
    drive.go(layer, before, now, at_s=1.0)
    assert drive.now[0, 0] == 0 and drive.now[1, 0] == pytest.approx(-10)
    layer, later = fleet(("M1", 5010.0), ("M2", 20.0), stale=True)
    assert not drive.go(layer, now, later, at_s=2.0)


def test_that_a_new_unit_appears_where_it_is() -> None:
    drive = Drive()
    layer, before = fleet(("M1", 0.0))
    drive.put(layer, before)
    layer, now = fleet(("M9", 300.0), ("M1", 10.0))
    drive.go(layer, before, now, at_s=1.0)
    assert drive.now[:, 0].tolist() == pytest.approx([0.0, -10.0])
