"""`vigil` from outside: what it answers, and with which exit code."""

from __future__ import annotations

import argparse
import subprocess
import sys
import types
from pathlib import Path

import pytest

from dispatch.cli import exits, parser, running
from dispatch.cli.command import Command, Words
from dispatch.domain.message import Problem
from dispatch.words import LANGUAGES
from ui import main as main_module
from ui import window_commands
from ui.display import can_show_windows
from ui.main import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A body that can be made to do anything, standing in for `doctor`'s."""
    module = types.ModuleType("fake_body")
    monkeypatch.setitem(sys.modules, "fake_body", module)
    state = types.SimpleNamespace(args=None, act=lambda: 0)

    def run(args: argparse.Namespace) -> int:
        state.args = args
        return state.act()

    module.run = run  # type: ignore[attr-defined]
    command = Command(("doctor",), "fake_body:run")
    monkeypatch.setattr(main_module, "COMMANDS", (window_commands.WORKSTATION, command))
    state.call = lambda *words: main(["--data-dir", str(tmp_path), "--language", "en", *words])
    return state


def raises(error: BaseException):  # type: ignore[no-untyped-def]
    def act() -> int:
        raise error

    return act


def test_that_no_window_library_is_loaded_by_the_entry() -> None:
    code = "import sys, ui.main; raise SystemExit(any('PySide' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_every_command_has_help_in_every_language(
    language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit) as end:
            main(["--language", language, *command.path, "--help"])
        assert end.value.code == 0
        assert "cli.help" not in capsys.readouterr().out


def test_that_no_command_means_the_workstation() -> None:
    def filled(*words: str) -> list[str]:
        return parser.with_default_command(words, {"play"}, "workstation")

    assert filled() == ["workstation"]
    assert filled("-v", "--data-dir", "play", "--role", "trainer") == [
        *("-v", "--data-dir", "play", "workstation", "--role", "trainer")
    ]
    assert filled("--data-dir=d", "play") == ["--data-dir=d", "play"]
    assert filled("--help") == ["--help"]
    assert filled("plya") == ["plya"]


def test_that_global_options_stand_before_or_after_the_command(tmp_path: Path) -> None:
    built = parser.build_parser(COMMANDS, Words("en"))
    before = built.parse_args(["--data-dir", "a", "-v", "doctor"])
    after = built.parse_args(["doctor", "--data-dir", "a", "-v"])
    assert (before.data_dir, before.verbose) == (after.data_dir, after.verbose) == (Path("a"), True)


@pytest.mark.parametrize("given", [["--journal", "j"], ["--region", "r", "--agency", "a"]])
def test_that_live_needs_all_three(given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en", *given]) == exits.BAD_INPUT
    assert "LIVE needs" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--seed", "--speed"])
def test_that_nothing_simulated_goes_with_live(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    live = ["--journal", "j", "--region", "r", "--agency", "a"]
    assert main(["--language", "en", *live, option, "2"]) == exits.BAD_INPUT
    assert option in capsys.readouterr().err


def test_that_no_display_is_said_with_the_ways_round_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ui.display.can_show_windows", lambda: False)
    assert main(["--language", "en"]) == exits.BAD_INPUT
    said = capsys.readouterr().err
    assert "screenshots" in said and "offscreen" in said


def test_that_the_list_of_scenarios_needs_no_display() -> None:
    built = parser.build_parser(COMMANDS, Words("en"))
    listing, running_one = built.parse_args(["exercise", "--list"]), built.parse_args(["exercise"])
    assert not listing.command.needs_display(listing)
    assert running_one.command.needs_display(running_one)
    with pytest.raises(Problem):
        running_one.command.check(running_one)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are asked on Linux")
def test_that_a_display_that_does_not_answer_is_none() -> None:
    assert not can_show_windows({})
    assert not can_show_windows({"DISPLAY": "no-such-host.invalid:77"})
    assert not can_show_windows({"QT_QPA_PLATFORM": "xcb", "WAYLAND_DISPLAY": "wayland-0"})
    assert can_show_windows({"QT_QPA_PLATFORM": "offscreen"})


def test_that_a_body_gets_its_arguments(answer: types.SimpleNamespace, tmp_path: Path) -> None:
    answer.act = lambda: 1
    assert answer.call("doctor") == exits.CHECK_FAILED
    assert (answer.args.data_dir, answer.args.language) == (tmp_path, "en")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (Problem("places.unwritable", file="/x", what="no"), exits.BAD_INPUT, "vigil: The folder"),
        (Problem("journal.in_use", file="/x", pid=3), exits.REFUSED, "vigil: "),
        (KeyboardInterrupt(), exits.INTERRUPTED, "Stopped"),
        (PermissionError(13, "denied", "/x/y"), exits.BAD_INPUT, "/x/y"),
        (MemoryError(), exits.INTERNAL, "Memory"),
        (RuntimeError("odd"), exits.INTERNAL, "RuntimeError: odd"),
    ],
    ids=["problem", "refusal", "ctrl-c", "system", "memory", "fault"],
)
def test_that_each_way_to_fail_is_one_line_and_a_code(
    answer: types.SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    words: str,
) -> None:
    answer.act = raises(error)
    assert answer.call("doctor") == code
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_that_a_part_that_is_not_there_is_named() -> None:
    with pytest.raises(Problem) as problem:
        running.load("dispatch.no_such_part.command:run")
    assert problem.value.message.id == "cli.part_missing"
    with pytest.raises(Problem) as problem:
        running.load("dispatch.cli.doctor:no_such_function")
    assert problem.value.message.id == "cli.part_missing"


def test_that_broken_settings_do_not_stop_a_command(
    answer: types.SimpleNamespace, tmp_path: Path
) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "settings.toml").write_text("=")
    assert answer.call("doctor") == exits.OK


def test_that_the_doctor_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dispatch.cli.doctor.ESSENTIAL_RESOURCES", ("no/such.thing",))
    asked = ["--data-dir", str(tmp_path), "--language", "en", "doctor"]
    assert main(asked) == exits.CHECK_FAILED
    assert "such.thing is missing" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_the_doctor_speaks_every_language(
    language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--data-dir", str(tmp_path), "--language", language, "doctor"])
    said = capsys.readouterr()
    assert "doctor." not in said.out and "SQLite" in said.out and not said.err
