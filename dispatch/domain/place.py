"""Where something is: what was typed, what it matched, and how sure anybody is."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import msgspec

from dispatch.domain.value import Point, Text, Value


class PlaceState(Enum):
    """Whether the caller confirmed the place, or a person forced it."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    FORCED = "forced"


#: A field whose text is personal: in facts and in the picture it holds a sealed token (see the
#: journal's vault), so that chain, snapshots and state hash cover the ciphertext.
#: A token is about twice as long as its text in the longest script, a draft the longest text.
Sealed = Annotated[str, msgspec.Meta(max_length=120_000)]


class Place(Value, frozen=True):
    """A place with all its access fields. `point` is None until something matched.

    `accuracy_m` is the radius of the circle in which the caller may be; 0 for an exact place.
    Sealed fields hold tokens, never plain text.
    """

    typed: Sealed = ""
    label: Text = ""
    point: Point | None = None
    accuracy_m: float = 0.0
    state: PlaceState = PlaceState.UNVERIFIED
    settlement: Text = ""
    micro_district: Text = ""
    house: Text = ""
    mark: Text = ""
    entrance: Sealed = ""
    floor: Sealed = ""
    flat: Sealed = ""
    door_code: Sealed = ""
    meet: Sealed = ""
