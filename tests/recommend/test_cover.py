"""Cover: the share of people a free unit would reach in time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.target import Target
from dispatch.recommend.cover import LIMIT_S, counts_as_cover, cover_of, rules_of

PLACES = st.lists(
    st.tuples(
        st.one_of(st.floats(0, 3000), st.just(float("inf"))),
        st.floats(0, 500),
        st.integers(-1, 4),
    ),
    min_size=1,
    max_size=60,
)


@given(PLACES, st.floats(0, 2000))
def test_that_cover_is_the_plain_sum(places, limit_s):
    seconds, people, district = (np.array(column) for column in zip(*places, strict=True))
    found = cover_of(seconds, people, district.astype(np.int64), 5, limit_s)
    total = sum(p for _, p, _ in places)
    inside = sum(p for s, p, _ in places if s <= limit_s)
    assert np.isclose(found.share, inside / total if total else 0.0)
    for number in range(5):
        own = [(s, p) for s, p, d in places if d == number]
        everyone = sum(p for _, p in own)
        if everyone:
            share = sum(p for s, p in own if s <= limit_s) / everyone
            assert np.isclose(found.by_district[number], share)
        else:
            assert np.isnan(found.by_district[number])


def test_that_the_worst_districts_come_first_and_tiny_ones_are_not_named():
    seconds = np.array([100.0, 900.0, 900.0, 100.0, 900.0])
    people = np.array([600.0, 300.0, 80.0, 120.0, 1.0])
    found = cover_of(seconds, people, np.array([0, 1, 2, 2, 3]), 4, 480.0)
    assert found.worst(3) == [1, 2]


def test_that_cover_never_grows_when_a_limit_shrinks():
    rng = np.random.default_rng(1)
    seconds, people = rng.exponential(500, 300), rng.uniform(0, 9, 300)
    nowhere = np.full(300, -1)
    shares = [cover_of(seconds, people, nowhere, 0, limit).share for limit in (900, 480, 240, 0)]
    assert shares == sorted(shares, reverse=True)


def test_that_an_ambulance_covers_and_a_command_car_or_a_helicopter_does_not():
    assert counts_as_cover("medical", "medical", ("bls", "transport"))
    assert not counts_as_cover("medical", "medical", ("als", "command"))
    assert not counts_as_cover("medical", "medical", ("transport", "air"))
    assert not counts_as_cover("medical", "fire", ("transport",))
    assert counts_as_cover("gas", "gas", ())


def test_that_the_rule_is_the_agencys_own_target_for_the_first_unit():
    def target(name, limit_s, **more):
        values = {"service": "medical", "start": "alerted", "stop": "on_scene", **more}
        return Target(id=name, limit_s=limit_s, **values)

    targets = (
        target("answer", 15, stop="answered"),
        target("each", 120, which="each"),
        target("stroke", 200, types=("stroke",)),
        target("travel", 240, start="en_route"),
        target("mild", 1800, levels=("L4",)),
    )
    medical, fire = rules_of(targets, ("medical", "fire"))
    assert (medical.limit_s, medical.rolling, medical.target_id) == (240, True, "travel")
    assert (fire.limit_s, fire.rolling, fire.target_id) == (LIMIT_S, False, "")
