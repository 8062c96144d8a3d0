"""Settings never stop a start and never lose what a person wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.message import Problem
from dispatch.settings import Settings, edited, line_of, load_settings, save_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_that_no_file_means_the_defaults(file: Path) -> None:
    assert load_settings(file) == (Settings(), [])


def test_that_what_is_saved_is_loaded(file: Path) -> None:
    wanted = Settings(language="kk", theme="light", role="trainer")
    save_settings(file, wanted)
    assert load_settings(file) == (wanted, [])
    save_settings(file, Settings(theme="light"))
    assert load_settings(file) == (Settings(theme="light"), [])


def test_that_unknown_keys_are_named_with_their_line_and_kept(file: Path) -> None:
    file.write_text('# mine\ntheme = "light"\nthem = "dark"\n\n[future]\ntheme = 3\n', "utf-8")
    settings, notices = load_settings(file)
    assert settings.theme == "light"
    told = {(notice.id, notice.values["key"], notice.values["line"]) for notice in notices}
    assert told == {("settings.unknown_key", "them", 3), ("settings.unknown_key", "future", 5)}
    save_settings(file, Settings(language="ko", theme="dark"))
    text = file.read_text("utf-8")
    assert "# mine" in text
    table = tomllib.loads(text)
    assert table["them"] == "dark" and table["future"] == {"theme": 3}
    assert table["theme"] == "dark" and table["language"] == "ko"


def test_that_a_bad_value_is_named_and_the_default_stands_in(file: Path) -> None:
    file.write_text('language = "kk"\ntheme = "mauve"\n', "utf-8")
    settings, notices = load_settings(file)
    assert settings == Settings(language="kk")
    assert [(notice.id, notice.values["line"]) for notice in notices] == [("settings.bad_value", 2)]


def test_that_a_renamed_setting_is_still_heard(file: Path) -> None:
    file.write_text('skin = "light"\n', "utf-8")
    settings, notices = load_settings(file, renamed_from={"theme": ("colours", "skin")})
    assert (settings.theme, notices) == ("light", [])


def test_that_a_newer_file_is_said_and_its_version_kept(file: Path) -> None:
    file.write_text("version = 9\n", "utf-8")
    _, notices = load_settings(file)
    assert [notice.id for notice in notices] == ["settings.newer"]
    save_settings(file, Settings(theme="light"))
    assert tomllib.loads(file.read_text("utf-8"))["version"] == 9


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe\x00", b"x" * 300_000])
def test_that_a_broken_file_does_not_stop_the_start_and_is_kept(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    settings, notices = load_settings(file)
    assert settings == Settings() and len(notices) == 1
    save_settings(file, Settings(theme="light"))
    assert load_settings(file)[0].theme == "light"
    assert file.with_name("settings.toml.broken").read_bytes() == content


def test_that_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Problem) as problem:
        save_settings(tmp_path / "file" / "settings.toml", Settings())
    assert problem.value.message.id == "settings.unwritable"


def test_that_a_value_over_several_lines_is_replaced_and_the_old_file_kept(file: Path) -> None:
    file.write_text('theme = """\nlight"""\n', "utf-8")
    save_settings(file, Settings(theme="light"))
    assert load_settings(file)[0].theme == "light"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
def test_that_any_text_survives_the_writing(value: str) -> None:
    text = edited("# head\n[table]\nx = 1\n", {"theme": value}, [])
    assert tomllib.loads(text) == {"theme": value, "table": {"x": 1}}


def test_that_a_key_in_a_table_is_not_taken_for_the_top_one() -> None:
    assert line_of("[a]\ntheme = 1\n", "theme") is None
