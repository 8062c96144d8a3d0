"""The half-typed form as it is kept: its own JSON, sealed by the desk, read back as hostile."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from dispatch.desk.incidents import PlaceInput
from dispatch.domain.place import Place, PlaceState
from dispatch.domain.value import Latitude, Longitude, Point, Text
from ui.panel import PanelContext

MAX_BYTES = 20_000
ACCESS = ("entrance", "floor", "flat", "door_code", "meet")


class Draft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the form. `lon` and `lat` are None until a match was picked."""

    v: int = 1
    typed: Text = ""
    label: Text = ""
    lon: Longitude | None = None
    lat: Latitude | None = None
    accuracy_m: float = 0.0
    settlement: Text = ""
    micro_district: Text = ""
    house: Text = ""
    state: PlaceState = PlaceState.UNVERIFIED
    entrance: Text = ""
    floor: Text = ""
    flat: Text = ""
    door_code: Text = ""
    meet: Text = ""
    type_id: Text = ""
    name: Text = ""
    number: Text = ""

    @property
    def point(self) -> Point | None:
        """Where it is, if anybody knows."""
        if self.lon is None or self.lat is None:
            return None
        return Point(lon=self.lon, lat=self.lat)

    def encode(self) -> str:
        """The JSON that is sealed."""
        return msgspec.json.encode(self).decode()

    @staticmethod
    def decode(text: str) -> Draft | None:
        """A draft from its JSON; None for anything that is not one."""
        if not text or len(text) > MAX_BYTES:
            return None
        try:
            return msgspec.json.decode(text, type=Draft)
        except (msgspec.DecodeError, ValueError):
            return None

    def place(self) -> PlaceInput:
        """The place as the desk takes it; verified needs a point."""
        state = self.state if self.point is not None else PlaceState.UNVERIFIED
        return PlaceInput(
            typed=self.typed,
            label=self.label,
            point=self.point,
            accuracy_m=self.accuracy_m,
            state=state,
            settlement=self.settlement,
            micro_district=self.micro_district,
            house=self.house,
            **{name: getattr(self, name) for name in ACCESS},
        )


def draft_of_place(context: PanelContext, place: Place, type_id: str) -> Draft:
    """The form of an incident that is open already, sealed fields in plain text."""
    return Draft(
        typed=context.plain(place.typed) or place.label,
        label=place.label,
        lon=place.point.lon if place.point is not None else None,
        lat=place.point.lat if place.point is not None else None,
        accuracy_m=place.accuracy_m,
        settlement=place.settlement,
        micro_district=place.micro_district,
        house=place.house,
        state=place.state,
        type_id=type_id,
        **{name: context.plain(getattr(place, name)) for name in ACCESS},
    )
