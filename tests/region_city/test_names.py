"""Names are written the same way every time, in four scripts."""

from __future__ import annotations

import pytest

from dispatch.region.city.naming import LANGUAGES, StreetNames, spelled, street_name, word_stems
from dispatch.region.city.transliterate import cyrillic, hangul, russian_genitive


@pytest.mark.parametrize(
    ("spelling", "russian", "korean"),
    [
        ("tarvelin", "Тарвелин", "타르벨린"),
        ("eshtan", "Эштан", "에슈탄"),
        ("miralo", "Мирало", "미랄로"),
        ("chandir", "Чандир", "찬디르"),
        ("bistok", "Бисток", "비스토크"),
    ],
)
def test_that_a_spelling_is_transliterated_by_the_table(
    spelling: str, russian: str, korean: str
) -> None:
    assert cyrillic(spelling) == russian
    assert hangul(spelling) == korean


def test_that_a_letter_outside_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="quux"):
        cyrillic("quux")


def test_that_russian_words_agree_with_the_kind_of_street() -> None:
    birch = next(s for s in word_stems() if s.en == "Birch")
    assert street_name(birch, "street").ru == "Берёзовая улица"
    assert street_name(birch, "lane").ru == "Берёзовый переулок"
    assert street_name(birch, "highway").ru == "Берёзовое шоссе"
    assert street_name(birch, "lane", 2).ru == "2-й Берёзовый переулок"


def test_that_person_names_stand_in_the_genitive() -> None:
    assert russian_genitive("Келмар") == "Келмара"
    assert street_name(spelled("sorida"), "street").ru == "улица Сорида"


def test_that_each_language_has_its_own_word_for_the_kind() -> None:
    birch = next(s for s in word_stems() if s.en == "Birch")
    name = street_name(birch, "avenue")
    assert name.en == "Birch Avenue"
    assert name.kk == "Қайың даңғылы"
    assert name.ko == "자작나무대로"


def test_that_a_deck_never_deals_a_name_twice_in_one_settlement() -> None:
    deck = StreetNames(7)
    dealt = [deck.name(0, kind) for kind in ("street", "lane", "road", "avenue") * 150]
    for language in ("en", "ko"):
        names = [getattr(n, language) for n in dealt]
        assert len(names) == len(set(names))


def test_that_every_word_is_there_in_every_language_and_only_once() -> None:
    stems = word_stems()
    assert len(stems) > 150
    for language in LANGUAGES:
        words = [(s.ru or ("",))[0] if language == "ru" else getattr(s, language) for s in stems]
        assert all(words)
        assert len(words) == len(set(words)), language
