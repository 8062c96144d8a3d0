"""Where things live, and which old simulated shifts go."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dispatch.domain.message import Problem
from dispatch.places import Places, prune_demonstrations

NOW = datetime(2026, 11, 23, 14, 3, 12, tzinfo=UTC)


def test_that_everything_lies_below_the_data_dir(tmp_path: Path) -> None:
    places = Places(tmp_path / "d").prepare()
    assert all(folder.is_dir() for folder in places.all_folders())
    everything = [places.settings_file, *places.all_folders()]
    assert all(path.is_relative_to(tmp_path / "d") for path in everything)


def test_that_without_a_data_dir_the_system_folders_are_used() -> None:
    paths = [Places().settings_file, Places().journals, Places().cache, Places().logs]
    assert all("vigil" in str(path).lower() and path.is_absolute() for path in paths)


@pytest.mark.skipif(os.name != "posix", reason="folder rights are POSIX")
def test_that_nobody_else_reads_journals_drafts_and_keys(tmp_path: Path) -> None:
    places = Places(tmp_path).prepare()
    for folder in (places.journals, places.drafts, places.keys):
        assert folder.stat().st_mode & 0o077 == 0


def test_that_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Problem) as problem:
        Places(tmp_path / "file").prepare()
    assert problem.value.message.id == "places.unwritable"
    assert str(tmp_path / "file") in str(problem.value.message.values["file"])


def test_that_each_shift_gets_a_journal_of_its_own(tmp_path: Path) -> None:
    places = Places(tmp_path).prepare()
    first = places.new_demonstration(NOW)
    first.touch()
    assert first.name == "2026-11-23T14-03-12Z.vigil"
    assert places.new_demonstration(NOW) != first


def test_that_only_old_shifts_go_and_with_all_their_files(tmp_path: Path) -> None:
    places = Places(tmp_path).prepare()
    old = places.new_demonstration(NOW - timedelta(days=40))
    in_use = places.new_demonstration(NOW - timedelta(days=35))
    own = places.demonstrations / "my own copy.vigil"
    long_ago = (NOW - timedelta(days=40)).timestamp()
    for path in (old, Path(f"{old}-wal"), Path(f"{old}.lock"), in_use, own):
        path.touch()
        os.utime(path, (long_ago, long_ago))
    Path(f"{in_use}-wal").touch()
    os.utime(f"{in_use}-wal", (NOW.timestamp(), NOW.timestamp()))
    assert prune_demonstrations(places, NOW) == [old]
    left = {path.name for path in places.demonstrations.iterdir()}
    assert left == {in_use.name, in_use.name + "-wal", own.name}
