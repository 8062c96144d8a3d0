"""`vigil audit verify FILE`: words, JSON and exit codes."""

from __future__ import annotations

import argparse
import json
import sqlite3
import tomllib
from pathlib import Path

import pytest

from dispatch.journal import verify
from dispatch.journal.command import add_arguments
from dispatch.journal.command import verify as command
from dispatch.resources import resource
from dispatch.words import LANGUAGES
from tests.journal.sample import batch, frame, new_journal

START_US = 1_800_000_000_000_000


@pytest.fixture
def journal_file(tmp_path: Path) -> Path:
    with new_journal(tmp_path) as journal:
        for i in range(3):
            journal.append(batch(i), i)
        journal.fixes.write(START_US, frame(2, 0))
    return journal.path


def run(*arguments: str, **more: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return command(argparse.Namespace(**vars(parser.parse_args(arguments)), **more))


def test_that_a_sound_journal_ends_with_nought(
    journal_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(journal_file)) == 0
    said = capsys.readouterr().out
    assert "SOUND" in said
    assert verify(journal_file).head_hash in said


def test_that_an_edited_journal_ends_with_one_and_its_position(
    journal_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = sqlite3.connect(journal_file)
    plain.execute("UPDATE event SET actor = 'x' WHERE pos = 2")
    plain.commit()
    plain.close()
    assert run(str(journal_file)) == 1
    said = capsys.readouterr().out
    assert "First bad position: 2" in said
    assert run(str(journal_file), "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["sound"], report["first_bad_pos"]) == (False, 2)
    assert report["findings"][0]["id"] == "journal.audit.altered"


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_that_a_foreign_file_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear all")
    assert run(str(path), *arguments) == 2
    assert "letter.txt" in capsys.readouterr().out
    assert run(str(tmp_path / "none"), *arguments) == 2


def test_that_a_witness_is_compared(journal_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = verify(journal_file)
    assert run(str(journal_file), "--witness", f"{report.head_pos}:{report.head_hash}") == 0
    assert run(str(journal_file), "--witness", f"99:{report.head_hash}") == 1
    assert run(str(journal_file), "--witness", "99") == 2
    assert "99" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_the_report_is_said_in_every_language(
    journal_file: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    assert run(str(journal_file), language=language) == 0
    said = capsys.readouterr().out
    assert "{" not in said
    assert "journal.audit" not in said


def test_that_the_four_catalogues_say_the_same_things() -> None:
    read = {
        language: tomllib.loads(resource("languages", language, "journal.toml").read_text("utf-8"))
        for language in LANGUAGES
    }
    english = read["en"]
    for entries in read.values():
        assert list(entries) == list(english)
        for key, entry in entries.items():
            said = entry if isinstance(entry, str) else entry["other"]
            model = english[key] if isinstance(english[key], str) else english[key]["other"]
            assert _fields(said) == _fields(model), key


def _fields(text: str) -> set[str]:
    import string

    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
