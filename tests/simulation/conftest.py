"""The built-in city with its international fleet, opened once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dispatch.domain.value import Point
from dispatch.region.agency import Agency, open_agency
from dispatch.region.pack import Pack, open_pack
from dispatch.region.roads import RoadTimes
from dispatch.resources import resource
from dispatch.simulation import events as w
from dispatch.simulation.world import World
from dispatch.simulation.worlds import open_world

START_US = 1_780_300_800_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND


@pytest.fixture(scope="session")
def pack() -> Pack:
    return open_pack(resource("region", "builtin.region"))


@pytest.fixture(scope="session")
def roads(pack: Pack) -> RoadTimes:
    return RoadTimes.of(pack, profile="lights")


@pytest.fixture(scope="session")
def agency() -> Agency:
    return open_agency(resource("agencies", "international.agency"))


@pytest.fixture
def open_shift(pack: Pack, roads: RoadTimes, agency: Agency) -> Callable[..., World]:
    def opened(seed: int = 5, per_hour: float = 60.0) -> World:
        spec = w.WorldSpec(kind="shift", seed=seed, start_us=START_US, calls_per_hour=per_hour)
        return open_world(spec, pack, roads, agency).world

    return opened


def run(world: World, minutes: float, stride_s: float = 10.0) -> list[w.Event]:
    """Events of so many minutes from now on, advanced in strides."""
    happened: list[w.Event] = []
    now_us = world._now_us  # type: ignore[attr-defined]
    end_us = now_us + round(minutes * MINUTE)
    while now_us < end_us:
        now_us = min(end_us, now_us + round(stride_s * SECOND))
        happened += world.advance(now_us)
    return happened


def send(world: World, unit_id: str, point: Point, call_id: str = "", name: str = "") -> None:
    """A person sent a unit, now."""
    world.order(
        w.UnitSent(
            t_us=0,
            unit_id=unit_id,
            assignment_id=name or f"as-{unit_id}",
            incident_id=f"inc-{call_id or unit_id}",
            call_ids=(call_id,) if call_id else (),
            type_id="sick",
            level=None,
            point=point,
        )
    )
