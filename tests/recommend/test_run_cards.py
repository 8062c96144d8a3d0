"""Run cards and unit rules: what the shipped ones answer, and how a wrong one is refused."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from dispatch.domain.level import Level
from dispatch.domain.message import Problem
from dispatch.recommend.rules import Hours
from dispatch.recommend.run_cards import CALL_TYPES, RunCards
from dispatch.words import LANGUAGES, catalogue, say
from tests.recommend.town import cards, run_cards_folder

AGENCIES = ("international", "kazakhstan", "korea")
NOON = datetime(2026, 11, 25, 12)  # a Wednesday
ALL = """format = 1
[[card]]
id = "all"
types = ["unconscious", "breathing", "chest_pain", "stroke", "injury", "sick", "fire", "hazard",
    "collision", "violence"]
levels = ["L1", "L2", "L3", "L4", "L5"]
[[card.slot]]
id = "any"
label = "ambulance"
any_of = ["bls"]
"""


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text, "utf-8")
    return tmp_path


def refusal(path: Path) -> Problem:
    with pytest.raises(Problem) as caught:
        RunCards.load(path)
    return caught.value


@pytest.mark.parametrize("agency", AGENCIES)
def test_that_shipped_cards_answer_every_type_and_level_at_every_hour(agency: str) -> None:
    loaded = cards(agency)
    for type_id in CALL_TYPES:
        for level in Level:
            for hour in (0, 6, 9, 15, 21):
                card = loaded.card(type_id, level, datetime(2026, 11, 22 + hour % 5, hour))
                assert card.advice is not None or card.needs(), (type_id, level, hour)


@pytest.mark.parametrize("agency", AGENCIES)
def test_that_every_slot_and_advice_has_words(agency: str) -> None:
    for card in cards(agency).cards:
        messages = [need.slot.label for need in card.needs(patients=3, flags=("staging",))]
        for message in [*messages, *([card.advice] if card.advice else [])]:
            for language in LANGUAGES:
                assert message.id in catalogue(language), message.id


def test_that_the_slots_of_a_card_have_different_ids() -> None:
    for agency in AGENCIES:
        for card in cards(agency).cards:
            ids = [need.slot.slot_id for need in card.needs(patients=5, flags=("staging",))]
            assert len(set(ids)) == len(ids)


def test_that_a_threat_brings_the_police() -> None:
    for agency in AGENCIES:
        card = cards(agency).card("injury", Level.L2, NOON)
        assert not any(n.slot.slot_id == "police" for n in card.needs())
        assert any(n.slot.slot_id == "police" for n in card.needs(flags=("staging",)))


def test_that_the_version_changes_with_the_cards(tmp_path: Path) -> None:
    one = RunCards.load(folder(tmp_path, a=ALL)).version
    two = RunCards.load(folder(tmp_path, a=ALL + "step_s = 5\n")).version
    assert one != two


@pytest.mark.parametrize(
    ("text", "id", "line"),
    [
        (ALL.replace('"bls"', '"wizard"'), "recommend.cards.word", 10),
        (ALL.replace('"fire", "hazard",', '"fires", "hazard",'), "recommend.cards.word", 4),
        (ALL + "color = 3\n", "recommend.file.value", 2),
        (ALL + "count = 99\n", "recommend.cards.slot", 7),
        (ALL.replace('id = "any"', 'id = ""'), "recommend.cards.twice", 8),
        (ALL.replace("format = 1", "format = 2"), "recommend.file.format", 1),
        (ALL.replace("[[card]]", "[[card]"), "recommend.file.not_toml", 2),
        (ALL + '[[card]]\nid = "all"\ntypes = ["fire"]\nlevels = ["L1"]\nadvice = "call_back"\n',
         "recommend.cards.twice", 12),
        (ALL + '[[card]]\nid = "b"\ntypes = ["fire"]\nlevels = ["L1"]\nadvice = "call_back"\n',
         "recommend.cards.overlap", 11),
        (ALL + '[[card]]\nid = "b"\ntypes = ["fire"]\nlevels = ["L1"]\n',
         "recommend.cards.slots_or_advice", 11),
        (ALL + '[[card]]\nid = "b"\ntypes = ["fire"]\nlevels = ["L1"]\nhours = "noon"\n'
         'advice = "call_back"\n', "recommend.cards.hours", 15),
    ],
)  # fmt: skip
def test_that_a_wrong_card_is_refused_with_file_and_line(
    tmp_path: Path, text: str, id: str, line: int
) -> None:
    problem = refusal(folder(tmp_path, cards=text))
    assert problem.message.id == id
    assert str(problem.message.values["file"]).endswith("cards.toml")
    assert problem.message.values["line"] == line
    assert "{" not in say(problem.message, "en")


def test_that_a_missing_case_is_named(tmp_path: Path) -> None:
    problem = refusal(
        folder(tmp_path, cards=ALL.replace('"L5"', '"L4"').replace('"L4", "L4"', '"L4"'))
    )
    assert problem.message.id == "recommend.cards.gap"
    assert problem.message.values["level"] == "L5"


def test_that_an_empty_folder_binary_or_huge_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path).message.id == "recommend.cards.none"
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    assert refusal(tmp_path).message.id == "recommend.file.not_utf8"
    (tmp_path / "a.toml").write_bytes(b"#" * 1_000_001)
    assert refusal(tmp_path).message.id == "recommend.file.large"


def test_that_a_rule_of_an_unknown_shape_is_refused(tmp_path: Path) -> None:
    problem = refusal(folder(tmp_path, cards=ALL, rules='format = 1\n[[rule]]\nkind = ["x"]\n'))
    assert problem.message.id == "recommend.file.value"
    assert str(problem.message.values["file"]).endswith("rules.toml")


def test_that_hours_know_days_nights_and_holidays() -> None:
    night = Hours.parse("fri-sat 22:00-06:00")
    assert night.holds(datetime(2026, 11, 27, 23)) and night.holds(datetime(2026, 11, 28, 5))
    assert not night.holds(datetime(2026, 11, 27, 5))
    assert night.holds(datetime(2026, 11, 29, 5)) and not night.holds(datetime(2026, 11, 29, 23))
    work = Hours.parse("work 08:00-20:00")
    holidays = frozenset({"12-16", "2026-11-26"})
    assert work.holds(datetime(2026, 11, 25, 8), holidays)
    assert not work.holds(datetime(2026, 11, 25, 20), holidays)
    assert not work.holds(datetime(2026, 11, 26, 9), holidays)
    assert not work.holds(datetime(2026, 12, 16, 9), holidays)
    assert not work.holds(datetime(2026, 11, 28, 9), holidays)


def test_that_a_card_for_an_area_goes_before_the_general_one(tmp_path: Path) -> None:
    special = """[[card]]
id = "north"
types = ["fire"]
levels = ["L1"]
areas = ["north"]
advice = "call_back"
"""
    loaded = RunCards.load(folder(tmp_path, cards=ALL + special))
    assert loaded.card("fire", Level.L1, NOON, area="north").card_id == "north"
    assert loaded.card("fire", Level.L1, NOON, area="south").card_id == "all"
    with pytest.raises(Problem, match="unknown_type"):
        loaded.card("party", Level.L1, NOON)


def test_that_shipped_folders_hold_nothing_else() -> None:
    for agency in AGENCIES:
        assert {path.suffix for path in run_cards_folder(agency).iterdir()} == {".toml"}
