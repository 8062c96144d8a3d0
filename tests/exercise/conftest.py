"""Scenarios of a test's own, and both shipped ones played once by the automatic dispatcher."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.exercise.plan import ExercisePlan, plan_exercise
from dispatch.exercise.score import Score
from dispatch.places import Places

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SCENARIO = """
format = 1
id = "own"
title = "My own evening"
brief = "Two calls about one fall."
start = 2026-06-03T19:00:00
minutes = 3
seed = 4

[[call]]
id = "one"
at_s = 4
door = 0.3
type = "injury"
level = "L4"
statement = "My neighbour fell off his bicycle"
answers = { awake = "alert", breathing = "normal", bleeding = "none", injury_cause = "fall" }

[[call]]
id = "two"
at_s = 60
door = 0.3
type = "injury"
level = "L4"
same_as = "one"
shows_place = false
statement = "A man fell off a bicycle here"
answers = { awake = "alert", breathing = "normal", bleeding = "none", injury_cause = "fall" }

[[inject]]
id = "rain"
at_s = 20
message = "It begins to rain."
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A trainer's own file."""
    path = tmp_path / "own.toml"
    path.write_text(SCENARIO, "utf-8")
    return path


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "places").prepare()


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[ExercisePlan, Score]]:
    """Plan and score of each shipped scenario."""
    from ui.exercise.command import play_auto

    places = Places(tmp_path_factory.mktemp("exercise")).prepare()
    found = {}
    for name in ("first_shift", "he_is_snoring"):
        plan = plan_exercise(name, places, NOW)
        found[name] = plan, play_auto(plan, places)
    return found
