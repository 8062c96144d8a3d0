"""Prepare this checkout and start Vigil: `python3 installer/run.py [--only-setup] [vigil ...]`.

The first start makes `.venv`, installs the locked packages and the system libraries that are
missing; later starts need no network. Further arguments go to the `vigil` command.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from installer import interpreter  # noqa: E402


def main() -> int:
    """Set up, then become `vigil`; its exit code is ours."""
    interpreter.require()
    from installer import setup_steps

    arguments = sys.argv[1:]
    only_setup = "--only-setup" in arguments
    if only_setup:
        arguments.remove("--only-setup")
    try:
        python = setup_steps.prepare(ROOT)
    except setup_steps.SetupFailed as failure:
        sys.stderr.write(f"vigil set-up: {failure}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("vigil set-up: stopped; start again to go on.\n")
        return 130
    if only_setup:
        print("Ready. Start the workstation with: python3 installer/run.py")
        return 0
    return setup_steps.become([str(python), "-m", "ui.main", *arguments])


if __name__ == "__main__":
    raise SystemExit(main())
