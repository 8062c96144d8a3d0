"""Prepare this checkout and run every check: `python3 installer/test.py [pytest arguments]`.

Lint, format, types, the floors of the house, then the tests on two processes. Ends with a
non-zero code when any of them fails; the last line is pytest's own summary.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from installer import interpreter  # noqa: E402


def main() -> int:
    """Set up and run all checks."""
    interpreter.require()
    from installer import checks, setup_steps

    try:
        python = setup_steps.prepare(ROOT)
        return checks.run_all(ROOT, python, sys.argv[1:])
    except setup_steps.SetupFailed as failure:
        sys.stderr.write(f"vigil set-up: {failure}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
