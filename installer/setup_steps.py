"""The steps that turn a fresh clone into one that runs: libraries, `.venv`, packages, project.

Each step is skipped when a stamp in `.venv` says that it was done for exactly this lock, this
project file and this place, so that a later start touches neither network nor pip.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from installer import system_libraries

LOCK = Path("installer") / "requirements.lock"
STAMP = "vigil-setup.json"


class SetupFailed(Exception):
    """A step that could not be done; the text says what to do about it."""


def prepare(root: Path) -> Path:
    """Make the checkout ready and return the interpreter of its `.venv`.

    Raises `SetupFailed` with a sentence for the user.
    """
    venv = root / ".venv"
    wanted = wanted_stamp(root)
    stamp = read_stamp(venv)
    if stamp == wanted and venv_python(venv).exists():
        return venv_python(venv)
    started = time.monotonic()
    ensure_system()
    ensure_venv(venv)
    if stamp.get("lock") != wanted["lock"] or stamp.get("python") != wanted["python"]:
        install_lock(root, venv)
    install_project(root, venv)
    (venv / STAMP).write_text(json.dumps(wanted, indent=1), "utf-8")
    say(f"set up in {time.monotonic() - started:.0f} s")
    return venv_python(venv)


def say(text: str) -> None:
    """Tell the user what is being done; at once, since some steps take minutes."""
    print(f"vigil set-up: {text}", flush=True)


def venv_python(venv: Path) -> Path:
    """The interpreter of a virtual environment, on every system."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def wanted_stamp(root: Path) -> dict[str, str]:
    """What the stamp must say for the set-up to be complete."""

    def digest(path: Path) -> str:
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise SetupFailed(f"{path} cannot be read ({error}); the checkout is broken") from error

    return {
        "lock": digest(root / LOCK),
        "project": digest(root / "pyproject.toml"),
        # An editable install points at the checkout: a moved one is installed anew.
        "root": str(root),
        "python": "{}.{}".format(*sys.version_info[:2]),
    }


def read_stamp(venv: Path) -> dict[str, str]:
    """The stamp as it stands; empty when there is none or it is not ours."""
    try:
        stamp = json.loads((venv / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def ensure_system() -> None:
    """Install the system libraries that are missing, or say the command that does."""
    windowless = os.environ.get("QT_QPA_PLATFORM") == "offscreen"
    everything = system_libraries.may_install()
    libraries = system_libraries.missing_libraries(windowless=windowless and not everything)
    packages = [item.package for item in libraries] + system_libraries.missing_extras()
    if not packages:
        return
    if not system_libraries.is_debian():
        names = " ".join([item.soname for item in libraries] or packages)
        raise SetupFailed(
            f"this system lacks {names}; install them with its package manager, then start again"
        )
    if not system_libraries.may_install():
        raise SetupFailed(
            "some system libraries are missing; install them and start again:\n  "
            + system_libraries.command_for(packages)
        )
    say("installing system libraries: " + " ".join(packages))
    if not system_libraries.install(packages):
        raise SetupFailed(
            "the system libraries could not be installed (see above); try by hand:\n  "
            + system_libraries.command_for(packages)
        )


def ensure_venv(venv: Path) -> None:
    """Make `.venv`, or make it anew when it is broken or belongs to another Python."""
    if is_sound(venv):
        return
    if venv.exists() and any(venv.iterdir()) and not (venv / "pyvenv.cfg").exists():
        raise SetupFailed(f"{venv} is in the way and no virtual environment; move it aside")
    say(f"making {venv.name}")
    finished = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv)], capture_output=True, text=True
    )
    if finished.returncode:
        raise SetupFailed(
            f"{venv} could not be made:\n{(finished.stdout + finished.stderr).strip()}"
        )


def is_sound(venv: Path) -> bool:
    """Whether the environment runs, has pip, and is of the Python that runs this."""
    probe = "import sys, pip; raise SystemExit(sys.version_info[:2] != {})"
    try:
        finished = subprocess.run(
            [str(venv_python(venv)), "-c", probe.format(tuple(sys.version_info[:2]))],
            capture_output=True,
        )
    except OSError:
        return False
    return finished.returncode == 0


def install_lock(root: Path, venv: Path) -> None:
    """Install the locked packages: exact versions, checked hashes, wheels only.

    Wheels only, because building from source would fetch build tools that no hash covers.
    """
    say("installing the locked packages (the first time this fetches some 400 MB)")
    pip(
        venv,
        ["--require-hashes", "--only-binary", ":all:", "-r", str(root / LOCK)],
        "the packages could not be installed (see above); the first set-up needs the network:"
        " check the connection and start again",
    )


def install_project(root: Path, venv: Path) -> None:
    """Install Vigil itself, editable; needs no network, its build tools are in the lock."""
    say("installing Vigil")
    pip(
        venv,
        ["--no-build-isolation", "--no-deps", "--no-index", "-e", str(root)],
        "Vigil itself could not be installed (see above)",
    )


def pip(venv: Path, arguments: list[str], failure: str) -> None:
    """Run `pip install` in the environment; `SetupFailed(failure)` when it fails."""
    command = [str(venv_python(venv)), "-m", "pip", "install", "--disable-pip-version-check"]
    if not sys.stdout.isatty():
        command += ["--quiet", "--progress-bar", "off"]
    # pip warns a root user about a virtual environment that it has not noticed.
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    if subprocess.run(command + arguments, env=environment).returncode:
        raise SetupFailed(failure)


def become(command: list[str]) -> int:
    """Run the command in this process's place, so that its signals and exit code are ours."""
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    os.execv(command[0], command)
