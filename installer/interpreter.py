"""Which Python may run Vigil, and how to find one when the caller's will not do.

Kept to syntax that Python 3.6 can read, so that an old interpreter gets a sentence, not a
traceback.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 13)


def suits(version: "tuple[int, ...]") -> bool:
    """Whether an interpreter of this version can run Vigil and has wheels in the lock."""
    return OLDEST <= tuple(version[:2]) <= NEWEST


def version_of(command: "list[str]") -> "tuple[int, ...]":
    """The version of another interpreter; empty when it does not run."""
    try:
        shown = subprocess.check_output(
            [*command, "-c", "import sys; print(*sys.version_info[:2])"],
            stderr=subprocess.DEVNULL,
            timeout=20,
        )
        return tuple(int(part) for part in shown.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def another() -> "list[str]":
    """The command of a suitable interpreter on this machine, newest first; empty without one."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        candidates = [[found]] if found else []
        if os.name == "nt" and shutil.which("py"):
            candidates.append(["py", f"-3.{minor}"])
        for command in candidates:
            if suits(version_of(command)):
                return command
    return []


def require() -> None:
    """Return under a suitable interpreter; else start the same command under one, or explain."""
    if suits(sys.version_info[:2]):
        return
    command = another()
    if not command:
        this = "{}.{}".format(*sys.version_info[:2])
        sys.stderr.write(
            "Vigil needs Python {}.{} to {}.{}".format(*OLDEST, *NEWEST)
            + f", and this is Python {this}.\n"
            f"Install one of those and start again, for example: python3.12 {sys.argv[0]}\n"
        )
        raise SystemExit(1)
    raise SystemExit(subprocess.call([*command, *sys.argv]))
