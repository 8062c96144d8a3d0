"""The features of the map dock, in the order in which they are laid on the map."""

from __future__ import annotations

from ui.map_parts.city import AreasPart, PlacesPart, PointsPart
from ui.map_parts.closures import Closures
from ui.map_parts.cover import CoverPart
from ui.map_parts.crowds import CrowdsPart
from ui.map_parts.drop import Drop
from ui.map_parts.follow import Follow
from ui.map_parts.found import FoundPlace
from ui.map_parts.hover import Hover
from ui.map_parts.layer_switch import LayerSwitch
from ui.map_parts.listing import Listing
from ui.map_parts.measure import Measure
from ui.map_parts.menu import PlaceMenu
from ui.map_parts.part import MapPart
from ui.map_parts.pointer import Pointer
from ui.map_parts.reach import ReachPart
from ui.map_parts.trails import TrailsPart
from ui.map_parts.underlay import UnderlayPart
from ui.map_parts.views import Views

PARTS: tuple[type[MapPart], ...] = (
    ReachPart,
    CoverPart,
    TrailsPart,
    CrowdsPart,
    AreasPart,
    PointsPart,
    PlacesPart,
    UnderlayPart,
    LayerSwitch,
    Closures,
    FoundPlace,
    Measure,
    Pointer,
    Follow,
    Views,
    Drop,
    Listing,
    Hover,
    PlaceMenu,
)
