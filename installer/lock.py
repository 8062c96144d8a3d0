"""Make `installer/requirements.lock` anew from `pyproject.toml`: `python3 installer/lock.py`.

One lock for Linux, Windows and macOS and for Python 3.11 to 3.13, every file by its hash, the
development tools included. Needs `uv`, which resolves for all of them at once, and the network;
`--upgrade` takes newer versions, otherwise those in the lock are kept where they still fit.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "installer/requirements.lock"
COMMAND = (
    *("uv", "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes"),
    # Where packages come from is each machine's own affair.
    *("--no-emit-index-url", "--no-header", "--extra", "dev", "pyproject.toml", "-o", LOCK),
)


def main(arguments: list[str]) -> int:
    """Run the resolver in the checkout; its exit code is ours."""
    if shutil.which(COMMAND[0]) is None:
        print("uv is not installed; see its manual, or: python3 -m pip install uv", file=sys.stderr)
        return 1
    extra = ["--upgrade"] if "--upgrade" in arguments else []
    return subprocess.call([*COMMAND, *extra], cwd=ROOT)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
