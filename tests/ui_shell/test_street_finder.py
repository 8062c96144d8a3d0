"""The crossings of a typed closure: one pair is taken, several towns are asked about."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dispatch.clock import SimClock
from dispatch.region.gazetteer import Match
from ui.commands.line import Ask, Ready, Words, parse
from ui.shell.street_finder import StreetFinder

NOW_US = 1_778_576_400_000_000
"""09:00 UTC."""


class Towns:
    """A gazetteer of two towns, each with an Elm Street that meets 5th; only one meets 7th."""

    KNOWN = (
        ("Elm Street / 5th", "Northtown", 76.00, 43.00),
        ("Elm Street / 5th", "Southtown", 76.50, 43.00),
        ("Elm Street / 7th", "Northtown", 76.01, 43.00),
        ("Elm Street / Quay", "Northtown", 76.02, 43.00),
        ("Elm Street / Quay", "Southtown", 76.51, 43.00),
    )

    def search(self, text: str, language: str, limit: int = 8) -> list[Match]:
        words = {word.strip(",").casefold() for word in text.replace("&", " ").split()}
        found = []
        for label, town, lon, lat in self.KNOWN:
            cross = label.split(" / ")[1].casefold()
            towns = words & {"northtown", "southtown"}
            if "elm" in words and cross in words and (not towns or town.casefold() in towns):
                found.append(Match(f"{label}, {town}", "crossing", lon, lat, town, 1.0, twins=True))
        return found


@pytest.fixture
def finder() -> StreetFinder:
    context: Any = SimpleNamespace(
        gazetteer=Towns(), language="en", time_zone="UTC", clock=SimClock(NOW_US)
    )
    return StreetFinder(context)


def resolved(finder: StreetFinder, line: str) -> Ready | Ask:
    return finder.resolved(parse(line, Words()), line)


def test_that_the_one_street_that_meets_both_is_taken(finder: StreetFinder) -> None:
    found = resolved(finder, "close elm from 5th to 7th until +2h")
    assert isinstance(found, Ready) and found.text == "Elm Street"
    assert found.points == ((76.00, 43.00), (76.01, 43.00))


def test_that_a_street_of_two_towns_is_asked_back_as_whole_lines(finder: StreetFinder) -> None:
    asked = resolved(finder, "close elm from 5th to quay until +2h flood")
    assert isinstance(asked, Ask)
    assert asked.lines == (
        "close Elm Street, Southtown from 5th to quay until +2h flood",
        "close Elm Street, Northtown from 5th to quay until +2h flood",
    )
    for line, lon in zip(asked.lines, (76.50, 76.00), strict=True):
        chosen = resolved(finder, line)
        assert isinstance(chosen, Ready) and chosen.points[0][0] == lon


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("close elm from 5th to nowhere until +2h", "commands.line.close_no_crossing"),
        ("close oak from 5th to 7th until +2h", "commands.line.close_no_crossing"),
    ],
)
def test_that_what_is_not_there_closes_nothing(finder: StreetFinder, line: str, said: str) -> None:
    asked = resolved(finder, line)
    assert isinstance(asked, Ask) and asked.question.id == said and not asked.known


def test_that_other_lines_pass_through(finder: StreetFinder) -> None:
    line = parse("h map", Words())
    assert finder.resolved(line, "h map") is line


@pytest.mark.parametrize(
    ("until", "hours"), [("+2h", 2), ("90m", 1.5), ("11:00", 2), ("0800", 23), ("reopened", None)]
)
def test_that_an_end_counts_from_now(finder: StreetFinder, until: str, hours: float | None) -> None:
    found = resolved(finder, f"close elm from 5th to 7th until {until}")
    assert isinstance(found, Ready) and found.closing is not None
    end = finder.end_of(found.closing)
    assert end.reopened == (hours is None)
    assert end.until_us == (None if hours is None else NOW_US + round(hours * 3.6e9))
