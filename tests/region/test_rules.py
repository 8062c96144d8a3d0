"""Signs that hold at some times or for some drivers only: read, kept in the pack and obeyed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest

from dispatch.region.condition_text import parse_condition, parse_conditional
from dispatch.region.conditions import Calendar, Condition, Driver, encoded, holds
from dispatch.region.pack import Pack
from dispatch.region.roads import RoadTimes
from tests.region.osm_text import OsmText

Build = Callable[..., Pack]
# A Monday, a Saturday and a Sunday.
MONDAY, SATURDAY, SUNDAY = (datetime(2026, 11, day) for day in (23, 28, 29))


def at(day: datetime, clock: str) -> datetime:
    """A time of a day."""
    hour, minute = clock.split(":")
    return day.replace(hour=int(hour), minute=int(minute))


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        (
            "Mo-Fr 07:00-09:00,16:00-18:00",
            [at(MONDAY, "07:00"), at(MONDAY, "17:59")],
            [at(MONDAY, "09:00"), at(SATURDAY, "08:00")],
        ),
        ("22:00-06:00", [at(MONDAY, "23:00"), at(MONDAY, "05:59")], [at(MONDAY, "06:00")]),
        ("Fr 22:00-06:00", [at(SATURDAY, "03:00")], [at(SUNDAY, "03:00"), at(SATURDAY, "22:30")]),
        ("Sa-Mo", [at(MONDAY, "12:00"), at(SUNDAY, "12:00")], [datetime(2026, 11, 24)]),
        ("Nov-Mar", [MONDAY, datetime(2026, 1, 1)], [datetime(2026, 6, 1)]),
        ("Nov 15-Mar 15", [MONDAY], [datetime(2026, 11, 14), datetime(2026, 3, 16)]),
        ("Jul 1-20", [datetime(2026, 7, 20)], [datetime(2026, 7, 21)]),
        (
            "Mo-Su 08:00-20:00; Sa off",
            [at(MONDAY, "08:00")],
            [at(SATURDAY, "12:00"), at(MONDAY, "20:00")],
        ),
        (
            "08:00-20:00; 12:00-13:00 off",
            [at(MONDAY, "11:59"), at(MONDAY, "13:00")],
            [at(MONDAY, "12:30")],
        ),
        (
            "Mo-Fr 07:00-09:00, Sa 10:00-12:00",
            [at(MONDAY, "08:00"), at(SATURDAY, "11:00")],
            [at(MONDAY, "11:00")],
        ),
        ("07:00-09:00 Monday-Friday", [at(MONDAY, "08:00")], [at(SUNDAY, "08:00")]),
        ("May-Sep: Mo-Fr 10:00-18:00", [datetime(2026, 7, 1, 12)], [at(MONDAY, "12:00")]),
        ("24/7", [MONDAY, at(SUNDAY, "23:59")], []),
    ],
)
def test_that_hours_hold_when_they_say(text: str, yes: list[datetime], no: list[datetime]) -> None:
    condition = parse_condition(text)
    assert condition is not None
    assert [holds(condition, moment) for moment in yes] == [True] * len(yes)
    assert [holds(condition, moment) for moment in no] == [False] * len(no)
    assert not holds(condition, None)


@pytest.mark.parametrize(
    "text",
    ["sunset-sunrise", "Su[1]", "2019 May 1-10", "wet", "", "Mo-Fr 7-9", "week 1-20", "20:00+",
     "Mo-Fr 25:00-26:00", "Jan 40", '"by appointment"', "((((", "Mo-", "-", "08:00", "x" * 9_000,
     "Mo,", "08:00-09:00,", "off off", "SH Mo-Fr 07:00-08:00"],
)  # fmt: skip
def test_that_what_is_not_understood_is_not_guessed(text: str) -> None:
    assert parse_condition(text) is None


def test_that_holidays_come_from_a_calendar() -> None:
    closed = parse_condition("Mo-Fr 07:00-19:00; PH off")
    special = parse_condition("Su,PH 10:00-20:00")
    assert closed is not None and special is not None
    noon = at(MONDAY, "12:00")
    feast = Calendar(public=[date(2026, 11, 23)])
    assert holds(closed, noon) and not holds(closed, noon, calendar=feast)
    assert not holds(special, noon) and holds(special, noon, calendar=feast)


def test_that_limits_and_users_ask_for_the_driver() -> None:
    heavy = parse_condition("Mo-Fr 07:00-19:00 AND weight>7.5")
    bus = parse_condition("psv")
    assert heavy is not None and bus is not None
    noon = at(MONDAY, "12:00")
    assert not holds(heavy, noon)
    assert holds(heavy, noon, Driver(measures={"weight": 12.0}))
    assert not holds(heavy, at(SUNDAY, "12:00"), Driver(measures={"weight": 12.0}))
    assert holds(bus, None, Driver(users=frozenset({"psv"}))) and not holds(bus, None)


def test_that_a_tag_of_several_rules_is_taken_apart() -> None:
    found = parse_conditional("no @ (Mo-Fr 07:00-09:00; Sa 10:00-12:00); destination @ Su; junk")
    assert [value for value, _ in found] == ["no", "destination"]
    assert all(when is None or isinstance(when, Condition) for _, when in found)
    assert parse_conditional("no @ Mo-Fr 07:00-09:00; Sa 10:00-12:00")[0][1] is not None
    assert parse_conditional("@;;@ (") == [] and parse_conditional("no") == []


def square(osm: OsmText, **tags: str) -> tuple[int, int]:
    """A street with the tags, and a long way round it."""
    near = osm.way([(0, 0), (2, 0)], **{"highway": "residential", **tags})
    return near, osm.way([(0, 0), (0, 2), (2, 2), (2, 0)], highway="residential")


def metres(roads: RoadTimes, back: bool = False) -> float:
    """How long the way along the street is."""
    ends = [(76.8999, 43.2005), (76.9021, 43.2005)]
    route = roads.route(*(reversed(ends) if back else ends))
    assert route is not None
    return route.metres


def test_that_a_street_closed_by_the_hour_is_left_to_crews(osm: OsmText, built: Build) -> None:
    square(osm, motor_vehicle__conditional="no @ (Mo-Fr 07:00-19:00)")
    pack = built(osm)
    normal, lights = RoadTimes.of(pack, "normal"), RoadTimes.of(pack, "lights")
    noon, night = at(MONDAY, "12:00"), at(MONDAY, "23:00")
    assert metres(normal.at(noon)) > metres(normal.at(night)) + 100
    assert normal.at(night) is normal and lights.at(noon) is lights
    assert normal.at(noon) is normal.at(at(MONDAY, "13:00"))


def test_that_a_time_with_a_zone_is_that_of_the_region(osm: OsmText, built: Build) -> None:
    square(osm, motor_vehicle__conditional="no @ (07:00-09:00)")
    roads = RoadTimes.of(built(osm, time_zone="Asia/Almaty"), "normal")
    utc = datetime.fromisoformat("2026-11-23T03:00:00+00:00")
    assert roads.at(utc) is not roads and roads.at(utc.replace(hour=8)) is roads


def test_that_a_street_that_opens_at_night_is_there_at_all(osm: OsmText, built: Build) -> None:
    near, _ = square(osm, access="no", access__conditional="yes @ (22:00-05:00)")
    pack = built(osm)
    assert near in pack.edges.way_id
    normal = RoadTimes.of(pack, "normal")
    assert metres(normal.at(at(MONDAY, "23:00"))) < metres(normal)
    assert metres(RoadTimes.of(pack, "lights")) < metres(normal)


def test_that_a_school_limit_slows_whoever_has_no_lights(osm: OsmText, built: Build) -> None:
    square(osm, maxspeed="50", maxspeed__conditional="20 mph @ (Mo-Fr 08:00-16:00)")
    pack = built(osm)
    for profile, slower in (("normal", True), ("lights", False)):
        roads = RoadTimes.of(pack, profile)
        start, goal = (76.9002, 43.2), (76.9018, 43.2)
        school = roads.at(at(MONDAY, "09:00")).route(start, goal)
        always = roads.route(start, goal)
        assert school is not None and always is not None
        assert (school.seconds > always.seconds * 1.5) == slower


def test_that_a_street_turns_round_by_the_hour_for_everybody(osm: OsmText, built: Build) -> None:
    square(osm, oneway="yes", oneway__conditional="-1 @ (15:00-20:00)")
    roads = RoadTimes.of(built(osm), "lights")
    evening = roads.at(at(MONDAY, "16:00"))
    assert metres(roads) < metres(roads, back=True)
    assert metres(evening) > metres(evening, back=True)


@pytest.mark.parametrize(
    "tags",
    [
        {"oneway__emergency": "no"},
        {"oneway__bus": "no"},
        {"busway__left": "opposite_lane"},
        {"lanes__psv__backward": "1"},
    ],
)
def test_that_crews_drive_against_the_arrow_where_buses_may(
    osm: OsmText, built: Build, tags: dict[str, str]
) -> None:
    square(osm, oneway="yes", **tags)
    pack = built(osm)
    lights, normal = RoadTimes.of(pack, "lights"), RoadTimes.of(pack, "normal")
    assert metres(lights, back=True) < metres(normal, back=True) - 100
    assert metres(lights) == metres(normal)


def test_that_crews_use_a_path_made_for_them_and_no_other(osm: OsmText, built: Build) -> None:
    made = osm.way([(0, 0), (2, 0)], highway="footway", emergency="yes")
    osm.way([(2, 0), (4, 0)], highway="footway")
    osm.way([(4, 0), (6, 0)], highway="steps", emergency="yes")
    osm.way([(0, 0), (0, 2), (2, 2), (2, 0)], highway="residential")
    pack = built(osm)
    assert set(pack.edges.way_id) == {made, 103}
    ends = (76.9, 43.2), (76.902, 43.2)
    lights, normal = (RoadTimes.of(pack, profile).route(*ends) for profile in ("lights", "normal"))
    assert lights is not None and normal is not None and lights.metres < normal.metres


def crossroads(osm: OsmText, **tags: str) -> None:
    """A ban on turning from one street into another, with a longer way round."""
    a = osm.way([(0, 0), (2, 0)], highway="residential")
    b = osm.way([(2, 0), (2, 2)], highway="residential")
    osm.way([(2, 0), (4, 0), (4, 2), (2, 2)], highway="residential")
    members = [("way", a, "from"), ("node", osm.at(2, 0), "via"), ("way", b, "to")]
    osm.relation(members, type="restriction", **tags)


def turn(roads: RoadTimes) -> float:
    """Metres from one street into the other."""
    route = roads.route((76.9005, 43.2), (76.902, 43.2015))
    assert route is not None
    return route.metres


@pytest.mark.parametrize(
    ("tags", "rush", "noon"),
    [
        ({"restriction__conditional": "no_left_turn @ (Mo-Fr 07:00-09:00)"}, True, False),
        (
            {
                "restriction": "no_left_turn",
                "restriction__conditional": "none @ (Mo-Fr 07:00-09:00)",
            },
            False,
            True,
        ),
        (
            {"restriction": "no_left_turn", "day_on": "Monday", "day_off": "Friday",
             "hour_on": "07:00", "hour_off": "09:00"},
            True,
            False,
        ),
        ({"restriction__motorcar": "no_left_turn"}, True, True),
        ({"restriction": "no_left_turn", "except": "motorcar"}, False, False),
        ({"restriction": "no_left_turn", "except": "emergency"}, False, False),
        ({"restriction__hgv": "no_left_turn"}, False, False),
        ({"restriction__conditional": "no_left_turn @ (sunset-sunrise)"}, False, False),
        ({"restriction": "only_straight_on"}, False, False),
        ({"restriction": "only_left_turn"}, False, False),
    ],
)  # fmt: skip
def test_that_a_turn_ban_holds_at_its_times_and_for_its_drivers(
    osm: OsmText, built: Build, tags: dict[str, str], rush: bool, noon: bool
) -> None:
    crossroads(osm, **tags)
    roads = RoadTimes.of(built(osm))
    far = 350.0
    assert (turn(roads.at(at(MONDAY, "08:00"))) > far) == rush
    assert (turn(roads.at(at(MONDAY, "12:00"))) > far) == noon


def dual(osm: OsmText, kind: str, **options: Any) -> None:
    """Two carriageways joined by a link; turning back over the link is what is signed."""
    osm.way([(-4, 0), (0, 0)], 1, highway="primary", oneway="yes")
    osm.way([(0, 0), (4, 0)], 2, highway="primary", oneway="yes")
    osm.way([(4, 1), (0, 1)], 3, highway="primary", oneway="yes")
    osm.way([(0, 1), (-4, 1)], 4, highway="primary", oneway="yes")
    link = options.get("link", [[(0, 0), (0, 0.5), (0, 1)]])
    for number, points in enumerate(link):
        osm.way(points, 10 + number, highway="primary_link")
    osm.way([(4, 0), (6, 0), (6, 1), (4, 1)], 5, highway="residential")
    osm.way([(0, 0.5), (1, 0.5)], 6, highway="service", oneway="yes")
    osm.way([(0, 1), (0, 3)], 7, highway="residential", oneway="yes")
    via = [("way", 10 + number, "via") for number in options.get("order", range(len(link)))]
    osm.relation([("way", 1, "from"), *via, ("way", 4, "to")], type="restriction", restriction=kind)


@pytest.mark.parametrize(
    ("link", "order"),
    [
        ([[(0, 0), (0, 0.5), (0, 1)]], [0]),
        ([[(0, 1), (0, 0.5), (0, 0)]], [0]),
        ([[(0, 0), (0, 0.5)], [(0, 0.5), (0, 1)]], [0, 1]),
        ([[(0, 0), (0, 0.5)], [(0, 1), (0, 0.5)]], [1, 0]),
    ],
)
def test_that_a_ban_by_way_bans_just_that_way_round(
    osm: OsmText, built: Build, link: list[list[tuple[float, float]]], order: list[int]
) -> None:
    dual(osm, "no_u_turn", link=link, order=order)
    pack = built(osm)
    assert len(pack.restrictions) == 1
    assert len((pack.restrictions.texts("via_edges")[0] or "").split()) == 2
    assert "region.doubt.restriction" not in {doubt.id for doubt in pack.doubtful}
    roads = RoadTimes.of(pack)
    back = roads.route((76.898, 43.2), (76.898, 43.201))
    assert back is not None and back.metres > 1_000
    # The link itself may be driven, to the street beside it and from the other carriageway.
    beside = roads.route((76.898, 43.2), (76.9008, 43.2005))
    other = roads.route((76.903, 43.201), (76.902, 43.2))
    assert beside is not None and beside.metres < 400
    assert other is not None and other.metres < 600


def test_that_an_only_by_way_leaves_one_way_on(osm: OsmText, built: Build) -> None:
    dual(osm, "only_u_turn")
    roads = RoadTimes.of(built(osm))
    back = roads.route((76.898, 43.2), (76.898, 43.201))
    ahead = roads.route((76.898, 43.2), (76.9, 43.202))
    assert back is not None and back.metres < 500
    # From the link one must turn back, so the street ahead is reached by the other carriageway.
    assert ahead is not None and ahead.metres > 1_000


def test_that_turning_back_is_banned_where_a_sign_says_so(osm: OsmText, built: Build) -> None:
    way = osm.way([(0, 0), (2, 0), (4, 0)], highway="residential", oneway="no")
    osm.way([(2, 0), (2, 2)], highway="residential")
    osm.relation(
        [("way", way, "from"), ("node", osm.at(2, 0), "via"), ("way", way, "to")],
        type="restriction",
        restriction="no_u_turn",
    )
    table = built(osm).restrictions
    assert table.numbers("from_edge").tolist() == table.numbers("to_edge").tolist()
    assert len(table) == 2


@pytest.mark.parametrize(
    "members",
    [
        [("way", 1, "from"), ("way", 4, "to")],
        [("way", 1, "from"), ("way", 5, "via"), ("way", 4, "to")],
        [("way", 1, "from"), ("relation", 1000, "via"), ("way", 4, "to")],
        [("way", 1, "from")] * 3_000 + [("way", 10, "via"), ("way", 4, "to")],
    ],
)
def test_that_a_ban_that_fits_nowhere_is_counted(
    osm: OsmText, built: Build, members: list[tuple[str, int, str]]
) -> None:
    dual(osm, "no_u_turn")
    osm.relation(members, type="restriction", restriction="no_u_turn")
    pack = built(osm)
    assert {doubt.id: doubt.n for doubt in pack.doubtful}["region.doubt.restriction"] == 1
    assert len(pack.restrictions) == 1


def test_that_rules_nobody_can_read_are_counted_and_not_kept(osm: OsmText, built: Build) -> None:
    square(osm, motor_vehicle__conditional="no @ wet; private @ (22:00-06:00)")
    osm.way([(0, 5), (2, 5)], highway="residential", hgv__conditional="no @ (Mo)")
    pack = built(osm)
    assert {doubt.id: doubt.n for doubt in pack.doubtful}["region.doubt.conditional"] == 1
    night = parse_condition("22:00-06:00")
    assert night is not None
    texts = [text for text in pack.edges.texts("rules") if text]
    assert texts == [f'[{{"what":"access","value":"private","when":{encoded(night)}}}]']


def test_that_a_street_is_known_by_its_other_names(osm: OsmText, built: Build) -> None:
    osm.way(
        [(0, 0), (1, 0)],
        highway="residential",
        name="Абай көшесі",
        alt_name="Проспект Абая;Абая",
        old_name__ru="Арычная",
        alt_name__kk="Абай көшесі",
    )
    osm.way([(0, 1), (1, 1)], highway="residential", name="Elm")
    pack = built(osm)
    assert pack.edges.aliases[0] == ("Абая", "Арычная", "Проспект Абая")
    assert pack.edges.aliases[1] == ()


def test_that_a_building_knows_its_storeys_and_homes(osm: OsmText, built: Build) -> None:
    osm.way([(0, 0), (1, 0)], highway="residential")
    corners = [(0, 1), (0.2, 1), (0.2, 1.2), (0, 1.2), (0, 1)]
    osm.way(corners, building="apartments", building__levels="9", building__flats="72")
    osm.way([(x + 1, y) for x, y in corners], building="house")
    areas = built(osm).areas
    assert areas.levels[0] == 9 and areas.homes[0] == 72
    assert np.isnan(areas.levels[1]) and np.isnan(areas.homes[1])
