"""A desk on a real journal in a temporary folder, for tests."""

from __future__ import annotations

from pathlib import Path

from dispatch.clock import SimClock
from dispatch.desk import Actor, Desk, Refusal
from dispatch.desk.calls import RingCall
from dispatch.desk.ids import CountedIds
from dispatch.desk.incidents import OpenIncident, PlaceInput
from dispatch.desk.staff import SignOn
from dispatch.desk.units import LoadRoster
from dispatch.desk.verbs import SYSTEM, feed
from dispatch.domain.picture import Picture
from dispatch.domain.staff import Role
from dispatch.domain.unit import Unit
from dispatch.domain.value import Point
from dispatch.journal import Journal

START_US = 1_780_000_000_000_000
PEOPLE = {
    "ann": ("Ann Lee", Role.DISPATCHER),
    "adm": ("Ada Min", Role.ADMINISTRATOR),
    "bob": ("Bob Roe", Role.DISPATCHER),
}
PIN = "1234"


def check_pin(user_id: str, pin: str) -> tuple[str, Role]:
    """A credential check without argon2, which has tests of its own."""
    if pin != PIN or user_id not in PEOPLE:
        raise Refusal("desk.sign_on_refused", user=user_id)
    return PEOPLE[user_id]


def person(user_id: str = "ann", desk_id: str = "desk-1") -> Actor:
    """The actor of a person at a desk."""
    name, role = PEOPLE[user_id]
    return Actor(user_id=user_id, name=name, role=role.value, desk_id=desk_id, origin="human")


def unit(unit_id: str, kind: str = "als_ambulance", capability: str = "als") -> Unit:
    """A unit at its station."""
    return Unit(
        unit_id=unit_id,
        kind=kind,
        service="medical",
        label=unit_id,
        station_id="st1",
        capabilities=(capability, "transport"),
        crew=2,
        home=Point(lon=0.01, lat=0.01),
    )


class Bench:
    """A desk, its journal and its clock."""

    def __init__(self, folder: Path, realm: str = "exercise", *, units: int = 4) -> None:
        self.journal = Journal.create(
            folder / "journal.vigil",
            realm=realm,
            region_id="r",
            region_hash="h",
            time_zone="UTC",
            keys_dir=folder / "keys",
            created_us=START_US,
        )
        self.clock = SimClock(START_US)
        self.desk = Desk(
            self.journal,
            Picture(),
            self.clock,
            ids=CountedIds(),
            check_pin=check_pin,
            snapshot_every=50,
        )
        roster = tuple(unit(f"M{n}") for n in range(1, units + 1))
        self.desk.do(LoadRoster(agency="a", agency_sha="s", units=roster), SYSTEM)

    @property
    def picture(self) -> Picture:
        """The head picture."""
        return self.desk.picture

    def sign_on(self, user_id: str = "ann", desk_id: str = "desk-1") -> Actor:
        """Sign a person on and give their actor."""
        actor = person(user_id, desk_id)
        self.desk.do(SignOn(user_id=user_id, pin=PIN), actor)
        return actor

    def wait_s(self, seconds: float) -> None:
        """Let simulated time pass."""
        self.clock.advance_to(self.clock.now_us() + round(seconds * 1e6))

    def incident(self, by: Actor, lon: float = 0.0) -> str:
        """An open incident with a point, from a call."""
        call_id = self.desk.do(RingCall(line="test"), feed("lines")).result["call_id"]
        place = PlaceInput(typed="Elm 5", label="Elm Street 5", point=Point(lon=lon, lat=0.0))
        opened = OpenIncident(
            call_id=call_id, type_id="chest_pain", services=("medical",), place=place
        )
        incident_id: str = self.desk.do(opened, by).result["incident_id"]
        return incident_id
