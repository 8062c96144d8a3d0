"""A journal finds its map and agency again on this machine, and believes nothing but hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.clock import SimClock
from dispatch.desk import Desk
from dispatch.desk.calls import RingCall
from dispatch.desk.ids import CountedIds
from dispatch.desk.verbs import feed
from dispatch.domain.picture import Picture
from dispatch.journal import Journal
from dispatch.places import Places
from dispatch.region.pack import open_pack
from dispatch.replay import Timeline, surroundings_of
from dispatch.resources import resource

START_US = 1_780_000_000_000_000
BUILTIN = resource("region", "builtin.region")


def journal_of(places: Places, *, name: str, region_hash: str) -> Timeline:
    journal = Journal.create(
        places.journals / "j.vigil",
        realm="exercise",
        region_id=name,
        region_hash=region_hash,
        time_zone="UTC",
        keys_dir=places.keys,
        created_us=START_US,
    )
    desk = Desk(journal, Picture(), SimClock(START_US), ids=CountedIds())
    desk.do(RingCall(call_id="c1"), feed("lines"))
    journal.close()
    return Timeline(journal.path, places.keys)


def test_that_a_map_that_a_play_noted_is_found_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch.replay import surroundings

    places = Places(tmp_path).prepare()
    timeline = journal_of(places, name="Elsewhere", region_hash=open_pack(BUILTIN).hash)
    monkeypatch.setattr(surroundings, "resource", lambda *parts: tmp_path.joinpath(*parts))
    assert surroundings_of(timeline, places).pack is None
    folder = timeline.journal.path.with_suffix(".play")
    folder.mkdir()
    (folder / "region.path").write_text(str(BUILTIN), "utf-8")
    found = surroundings_of(timeline, places)
    assert found.pack is not None and found.pack.path == BUILTIN
    assert found.missing == ()
    timeline.close()


def test_that_a_note_that_points_at_nonsense_does_no_harm(tmp_path: Path) -> None:
    places = Places(tmp_path).prepare()
    timeline = journal_of(places, name="Elsewhere", region_hash="0" * 64)
    folder = timeline.journal.path.with_suffix(".play")
    folder.mkdir()
    for nonsense in (b"\x00\xff" * 9000, b"\x00", b"/dev/null", b"a" * 4_096, b""):
        (folder / "region.path").write_bytes(nonsense)
        found = surroundings_of(timeline, places)
        assert found.pack is None
        assert [message.id for message in found.missing] == ["replay.no_region"]
    timeline.close()
