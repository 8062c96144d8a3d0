"""Which area of its agency an incident lies in, for run cards and rules that name areas."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.value import Point
from dispatch.recommend.request import RecommendRequest
from dispatch.recommend.run_cards import RunCards
from dispatch.region.agency import Agency


def with_areas(request: RecommendRequest, agency: Agency, cards: RunCards) -> RecommendRequest:
    """The request with the area of every incident that has none said.

    A place lies in a district and in a beat at once: the one counts that a card or rule names.
    Where nothing names an area the agency's are not even read.
    """
    named = {area for card in cards.cards for area in card.areas}
    named |= {area for rule in cards.rules.rules for area in rule.areas}
    if not named:
        return request

    def area_at(point: Point) -> str:
        keys = agency.areas.keys_at(point.lon, point.lat)
        return next((key for key in keys if key in named), "")

    return replace(
        request,
        area=request.area or area_at(request.point),
        waiting=tuple(
            replace(other, area=other.area or area_at(other.point)) for other in request.waiting
        ),
    )
