"""The index survives bad files, full disks and many makers; no text breaks a search."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.domain.message import Problem
from dispatch.region import gazetteer_index
from dispatch.region.coordinates import parse_coordinates
from dispatch.region.fold import distance_within, fold
from dispatch.region.gazetteer import Circle, Gazetteer, KnownPlace
from dispatch.region.gazetteer_bench import measure
from dispatch.region.gazetteer_draft import IndexDraft
from dispatch.region.gazetteer_file import BrokenFileError, IndexFile, write_file
from dispatch.region.gazetteer_index import ensure_index, index_path
from dispatch.region.gazetteer_synthetic import Country
from dispatch.region.gazetteer_words import _codes_of, _edits
from dispatch.region.pack import Pack
from tests.region.osm_text import OsmText

Build = Callable[..., Pack]


@pytest.fixture
def pack(osm: OsmText, built: Build) -> Pack:
    """Two crossing streets with a few houses."""
    osm.way(
        [(0, 0), (2, 0), (4, 0)], highway="primary", name="Elm Street", alt_name="Old Mill Road"
    )
    osm.way([(2, -2), (2, 0), (2, 2)], highway="residential", name="5th Avenue")
    for i, number in enumerate(("1", "3", "9", "10-14", "20 к1")):
        osm.at(0.3 + i * 0.5, 0.1, addr__housenumber=number, addr__street="Elm Street")
    return built(osm, name="Elmville")


@pytest.mark.parametrize("spoil", ["cut", "middle", "end", "empty", "head"])
def test_that_a_spoilt_index_is_noticed_and_made_again(
    pack: Pack, tmp_path: Path, spoil: str
) -> None:
    path = ensure_index(pack, tmp_path / "cache")
    raw = bytearray(path.read_bytes())
    if spoil == "cut":
        raw = raw[: len(raw) // 2]
    elif spoil == "empty":
        raw = bytearray()
    else:
        raw[{"middle": len(raw) // 2, "end": -1, "head": 12}[spoil]] ^= 0xFF
    path.write_bytes(bytes(raw))
    with pytest.raises(BrokenFileError):
        IndexFile.open(path)
    assert Gazetteer.of(pack, tmp_path / "cache").search("elm street")


def test_that_a_cache_that_cannot_be_written_leaves_a_gazetteer_in_memory(
    pack: Pack, tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(Problem) as problem:
        ensure_index(pack, tmp_path / "cache")
    assert problem.value.message.id == "region.cache_unwritable"
    assert Gazetteer.of(pack, tmp_path / "cache").search("elm street")


def test_that_a_full_disk_leaves_nothing_behind(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dispatch.region.gazetteer_file.os.fsync", full)
    assert Gazetteer.of(pack, tmp_path / "cache").search("elm street")
    assert list((tmp_path / "cache").iterdir()) == []


def test_that_many_makers_at_once_leave_one_whole_index(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As processes do, that share no lock.
    monkeypatch.setattr(gazetteer_index, "_making", _NoLocks())
    found: list[Any] = []
    makers = [
        threading.Thread(target=lambda: found.append(Gazetteer.of(pack, tmp_path).search("elm")))
        for _ in range(4)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(found) == 4 and all(found)
    assert list(tmp_path.glob("gazetteer-*")) == [index_path(pack, tmp_path)]


class _NoLocks(dict[Path, Any]):
    def __missing__(self, key: Path) -> threading.Lock:
        return threading.Lock()


def test_that_a_cancelled_index_leaves_nothing(pack: Pack, tmp_path: Path) -> None:
    calls = iter(range(100))
    with pytest.raises(Problem) as problem:
        ensure_index(pack, tmp_path, cancel=lambda: next(calls) > 1)
    assert problem.value.message.id == "region.cancelled"
    assert not list(tmp_path.glob("gazetteer-*"))


def test_that_an_agency_brings_names_of_its_own(pack: Pack, tmp_path: Path) -> None:
    own = (
        KnownPlace((("en", "Clock Tower"),), 76.901, 43.2, aliases=("The Meeting Place",)),
        KnownPlace((), 76.902, 43.2, kind="pole", ref="117"),
    )
    gazetteer = Gazetteer.of(pack, tmp_path, own)
    match = gazetteer.search("meeting place")[0]
    assert (match.label, match.alias) == ("Clock Tower", "The Meeting Place")
    for text in ("pole 117", "опора 117", "117 бағана", "가로등 117"):
        assert gazetteer.search(text)[0].lon == pytest.approx(76.902), text


def test_that_an_old_name_of_a_street_is_found_and_said(pack: Pack, tmp_path: Path) -> None:
    match = Gazetteer.of(pack, tmp_path).search("old mill rd")[0]
    assert (match.label, match.alias) == ("Elm Street", "Old Mill Road")


@pytest.mark.parametrize(
    ("text", "house", "exact"),
    [
        ("elm st 12", "10-14", True),
        ("elm st 5", "5", False),
        ("elm st 900", "900", False),
        ("elm 20 корпус 1", "20 к1", True),
        ("elm 20к1", "20 к1", True),
        ("elm 20", "20 к1", True),
        ("elm st 3a", "3", True),
    ],
)
def test_that_a_number_is_met_by_the_nearest_that_is_known(
    pack: Pack, tmp_path: Path, text: str, house: str, exact: bool
) -> None:
    match = Gazetteer.of(pack, tmp_path).search(text)[0]
    assert (match.kind, match.house, match.exact) == ("address", house, exact)


HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="elm5thабая서울ㅅㅇ\"'*()^:-+/&%_\\;,.\u200b\u202e\x00\n😀", max_size=40),
    st.text(alphabet="0123456789.,-° NSEWСЮВЗ'\"+/", max_size=30),
    st.sampled_from(["elm " * 2_500, '" OR "1"="1', "NEAR(elm 5th)", "elm*", "-" * 10_000]),
)


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> tuple[Country, IndexFile]:
    """A small made-up country."""
    made = Country(3_000)
    draft = IndexDraft(made.around())
    made.fill(draft)
    path = tmp_path_factory.mktemp("country") / "country.idx"
    write_file(path, *draft.arrays())
    return made, IndexFile.open(path)


@given(text=HOSTILE)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_that_no_text_breaks_a_search(
    pack: Pack, country: tuple[Country, IndexFile], text: str
) -> None:
    gazetteer = Gazetteer(pack, country[1])
    began = time.thread_time()
    for match in gazetteer.search(text):
        assert abs(match.lat) <= 90 and abs(match.lon) <= 180 and 0 <= match.score <= 1
    assert time.thread_time() - began < 2.0


def test_that_the_made_up_country_is_found_in_all_scripts(
    pack: Pack, country: tuple[Country, IndexFile]
) -> None:
    measured = measure(Gazetteer(pack, country[1]), country[0].queries(300))
    first = [right for answers in measured.first.values() for right in answers]
    assert np.mean(first) > 0.93
    assert {"slip", "order", "script", "layout", "hangul", "crossing"} <= set(measured.first)


def test_that_nearness_breaks_ties_only(pack: Pack, country: tuple[Country, IndexFile]) -> None:
    gazetteer = Gazetteer(pack, country[1])
    twins = next(
        found
        for name in country[0].names()
        if name.kind == "street"
        and len(found := gazetteer.search(name.label)) > 1
        and found[0].twins
        and abs(found[0].lon - found[1].lon) > 0.05
    )
    last = twins[1]
    near = Circle(last.lon, last.lat, 300.0)
    label = last.label.split(",")[0]
    assert gazetteer.search(label, near=near)[0].lon == last.lon
    other = next(n for n in country[0].names() if n.language == "en" and n.label != label)
    assert gazetteer.search(other.label, near=near)[0].label.startswith(other.label)


@given(st.text("abc", min_size=4, max_size=11), st.lists(st.text("abc", min_size=1, max_size=13)))
@settings(max_examples=60, deadline=None)
def test_that_edits_counted_together_are_those_counted_one_by_one(
    text: str, words: list[str]
) -> None:
    lengths = np.array([len(word) for word in words], dtype=np.uint8)
    whole, _ = _edits(text, _codes_of(words).reshape(-1, 20), lengths, 2)
    for word, edits in zip(words, whole.tolist(), strict=True):
        assert (edits if edits <= 2 else None) == distance_within(text, word, 2)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_that_folding_leaves_only_words_and_folds_its_own_words_alike(text: str) -> None:
    for word in fold(text):
        assert word and not word.isspace()
        assert all(char.isprintable() for char in word)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7FG49QCJ+2VX", (2.782234375, 20.3701125)),
        ("8FVC2222+22", (8.0000625, 47.0000625)),
        ("45.01163 с.ш. 74.22308 в.д.", (74.22308, 45.01163)),
        ("45°00′41.9″ с. ш., 74°13′23.1″ в. д.", (74.223083, 45.011639)),
        ("북위 45도 0분 41.9초 동경 74도 13분 23.1초", (74.223083, 45.011639)),
        ("С45.01163 Ш74.22308", (74.22308, 45.01163)),
        ("geo:0,0?q=45.01163,74.22308(x)", (74.22308, 45.01163)),
        ("https://yandex.kz/maps/?ll=74.22308%2C45.01163&z=17", (74.22308, 45.01163)),
        ("look: https://www.openstreetmap.org/#map=17/45.01163/74.22308", (74.22308, 45.01163)),
        ("https://x.org/a/@45.2,74.3,17z/data=!3d45.01163!4d74.22308", (74.22308, 45.01163)),
        ("74.22308 45.01163", (74.22308, 45.01163)),
        ("2646+M6 Tarvelin", (74.2105625, 45.0066875)),
        ("12/2", None),
        ("3.5, 12", None),
        ("https://example.org/?q=elm", None),
        ("http://[::1", None),
    ],
)
def test_that_coordinates_are_read_in_the_forms_that_people_paste(
    text: str, expected: tuple[float, float] | None
) -> None:
    found = parse_coordinates(text, (74.14, 44.89, 74.42, 45.08))
    assert found == (None if expected is None else pytest.approx(expected, abs=2e-5))
