"""Run cards may name a district or a beat: the engine says which an incident lies in."""

from __future__ import annotations

from dataclasses import replace

from dispatch.advice.area import with_areas
from dispatch.domain.level import Level
from dispatch.domain.value import Point
from dispatch.recommend.request import RecommendRequest, Waiting
from dispatch.recommend.run_cards import RunCards
from dispatch.region.agency import open_agency
from dispatch.resources import resource

HERE = Point(lon=74.22, lat=45.01)


def test_that_the_area_counts_that_a_run_card_names() -> None:
    agency = open_agency(resource("agencies", "international.agency"))
    cards = RunCards.load(agency.path / "run_cards")
    waiting = Waiting(incident_id="2", type_id="fire", level=Level.L1, point=HERE)
    request = RecommendRequest(
        recommendation_id="r",
        incident_id="1",
        incident_version=1,
        as_of_us=0,
        time_zone="UTC",
        type_id="fire",
        level=Level.L1,
        point=HERE,
        units=(),
        waiting=(waiting,),
    )
    assert with_areas(request, agency, cards) is request and not agency.is_warm
    district, beat = agency.area_of(74.22, 45.01), agency.area_of(74.22, 45.01, "beat")
    assert district is not None and beat is not None
    for key in (district.ref, district.name(), beat.ref):
        naming = replace(cards, cards=(replace(cards.cards[0], areas=(key,)), *cards.cards[1:]))
        told = with_areas(request, agency, naming)
        assert told.area == key and told.waiting[0].area == key
    naming = replace(cards, cards=(replace(cards.cards[0], areas=("elsewhere",)),))
    assert with_areas(request, agency, naming).area == ""
