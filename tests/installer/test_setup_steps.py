"""Set-up does each step once, and says what to do when it cannot."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from installer import interpreter, setup_steps, system_libraries


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "installer").mkdir()
    (tmp_path / "installer" / "requirements.lock").write_text("a==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return tmp_path


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps that would have been done, by name."""
    done: list[str] = []
    monkeypatch.setattr(setup_steps, "ensure_system", lambda: done.append("system"))
    monkeypatch.setattr(setup_steps, "install_lock", lambda root, venv: done.append("lock"))
    monkeypatch.setattr(setup_steps, "install_project", lambda root, venv: done.append("project"))

    def make(venv: Path) -> None:
        done.append("venv")
        python = setup_steps.venv_python(venv)
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(setup_steps, "ensure_venv", make)
    return done


def test_that_a_second_start_does_nothing(checkout: Path, steps: list[str]) -> None:
    setup_steps.prepare(checkout)
    assert steps == ["system", "venv", "lock", "project"]
    setup_steps.prepare(checkout)
    assert len(steps) == 4


def test_that_a_changed_lock_is_installed_anew(checkout: Path, steps: list[str]) -> None:
    setup_steps.prepare(checkout)
    (checkout / "installer" / "requirements.lock").write_text("a==2\n")
    setup_steps.prepare(checkout)
    assert steps[4:] == ["system", "venv", "lock", "project"]


def test_that_a_moved_checkout_installs_only_itself_again(
    checkout: Path, steps: list[str], tmp_path: Path
) -> None:
    setup_steps.prepare(checkout)
    stamp = checkout / ".venv" / setup_steps.STAMP
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "root": "elsewhere"}))
    setup_steps.prepare(checkout)
    assert steps[4:] == ["system", "venv", "project"]


def test_that_a_set_up_that_was_cut_short_is_taken_up_again(
    checkout: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(root: Path, venv: Path) -> None:
        raise setup_steps.SetupFailed("no network")

    with monkeypatch.context() as patch:
        patch.setattr(setup_steps, "install_lock", fail)
        with pytest.raises(setup_steps.SetupFailed):
            setup_steps.prepare(checkout)
    setup_steps.prepare(checkout)
    assert steps[-4:] == ["system", "venv", "lock", "project"]


def test_that_a_folder_which_is_no_environment_is_left_alone(tmp_path: Path) -> None:
    venv = tmp_path / ".venv"
    venv.mkdir()
    (venv / "precious").touch()
    with pytest.raises(setup_steps.SetupFailed, match="in the way"):
        setup_steps.ensure_venv(venv)
    assert (venv / "precious").exists()


def test_that_a_checkout_without_its_lock_says_so(tmp_path: Path) -> None:
    with pytest.raises(setup_steps.SetupFailed, match=r"requirements\.lock"):
        setup_steps.prepare(tmp_path)


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    lacks = [system_libraries.Library("libEGL.so.1", "libegl1", always=True)]
    monkeypatch.setattr(system_libraries, "missing_libraries", lambda windowless: lacks)
    monkeypatch.setattr(system_libraries, "missing_extras", lambda: ["fonts-dejavu-core"])


@pytest.mark.usefixtures("lacking")
def test_that_someone_who_may_not_install_gets_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(system_libraries, "is_debian", lambda: True)
    monkeypatch.setattr(system_libraries, "may_install", lambda: False)
    with pytest.raises(setup_steps.SetupFailed) as failure:
        setup_steps.ensure_system()
    assert "sudo apt-get install -y libegl1 fonts-dejavu-core" in str(failure.value).replace(
        "sudo apt-get update && ", ""
    )


@pytest.mark.usefixtures("lacking")
def test_that_another_distribution_gets_the_names_of_the_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(system_libraries, "is_debian", lambda: False)
    monkeypatch.setattr(system_libraries, "may_install", lambda: False)
    with pytest.raises(setup_steps.SetupFailed, match=r"libEGL\.so\.1"):
        setup_steps.ensure_system()


@pytest.mark.usefixtures("lacking")
def test_that_root_on_debian_has_them_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(system_libraries, "is_debian", lambda: True)
    monkeypatch.setattr(system_libraries, "may_install", lambda: True)
    monkeypatch.setattr(
        system_libraries, "install", lambda packages: asked.append(packages) or True
    )
    setup_steps.ensure_system()
    assert asked == [["libegl1", "fonts-dejavu-core"]]


def test_that_pythons_outside_the_range_are_refused() -> None:
    assert not interpreter.suits((3, 10))
    assert interpreter.suits((3, 11)) and interpreter.suits((3, 13, 2))
    assert not interpreter.suits((3, 14))
    assert not interpreter.suits(())


def test_that_an_unsuitable_python_names_the_suitable_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(interpreter, "suits", lambda version: False)
    monkeypatch.setattr(interpreter, "another", lambda: [])
    with pytest.raises(SystemExit):
        interpreter.require()
    assert "needs Python 3.11 to 3.13" in capsys.readouterr().err


def test_that_the_version_of_this_python_is_found() -> None:
    assert interpreter.version_of([sys.executable]) == tuple(sys.version_info[:2])
    assert interpreter.version_of([str(Path(sys.executable).with_name("no-python"))]) == ()
