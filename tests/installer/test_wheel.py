"""The built wheel carries its resources and finds them from any folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

QUESTIONS = """
import sys
from pathlib import Path
import dispatch, ui.main
from dispatch.resources import resource, resources_dir
from dispatch.words import LANGUAGES, say
target = Path(sys.argv[1])
assert Path(dispatch.__file__).is_relative_to(target), dispatch.__file__
assert resources_dir().is_relative_to(target), resources_dir()
assert len({say("cli.interrupted", language) for language in LANGUAGES}) == len(LANGUAGES)
shipped = sorted(path.relative_to(resources_dir()).as_posix()
                 for path in resources_dir().rglob("*") if path.is_file())
print("\\n".join(shipped))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel of this checkout is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], ROOT)
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run([*pip, "--target", str(target), str(wheel)], folder)
    return target


def run(command: list[str], folder: Path, target: Path | None = None) -> str:
    """Run a command elsewhere than in the checkout; what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(target)} if target else dict(os.environ)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_that_resources_are_found_from_another_folder(installed: Path, tmp_path: Path) -> None:
    shown = run([sys.executable, "-c", QUESTIONS, str(installed)], tmp_path, installed)
    resources = ROOT / "resources"
    files = (path for path in resources.rglob("*") if path.is_file() and path.suffix != ".pyc")
    wanted = {path.relative_to(resources).as_posix() for path in files}
    assert wanted - set(shown.splitlines()) == set()


def test_that_the_installed_command_answers(installed: Path, tmp_path: Path) -> None:
    (command,) = (installed / "bin").glob("vigil*")
    assert run([str(command), "--version"], tmp_path, installed).startswith("vigil ")
