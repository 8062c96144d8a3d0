"""`vigil bench start` and `vigil bench map`: what a person at the window waits for."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

GOAL_S = 5.0
PATIENCE_S = 120

Figure = dict[str, object]


def start(args: argparse.Namespace) -> Iterator[Figure]:
    """From the process's first moment to the first whole map: with nothing cached, then again."""
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        for name, goal in (("start.first_map_fresh_s", None), ("start.first_map_s", GOAL_S)):
            yield {"name": name, "value": _one_start(folder), "unit": "s", "against": goal}


def frames(args: argparse.Namespace) -> Iterator[Figure]:
    """How long a frame of the map takes."""
    from ui.map.bench import figures

    yield from figures(getattr(args, "region", None), getattr(args, "frames", None))


def _one_start(folder: str) -> float:
    """A whole start in a process of its own, to the first map; seconds."""
    environment = dict(os.environ)
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    begun = time.time()
    done = subprocess.run(
        [sys.executable, "-m", "ui.bench", folder],
        env=environment,
        stdout=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return round(float(told["first_map_at"]) - begun, 2)


def _child(folder: str) -> int:
    """In the child: the command as anybody gives it, left as soon as the map stands."""
    from dispatch.cli.command import Words
    from dispatch.cli.parser import build_parser
    from ui.main import COMMANDS

    arguments = ["--data-dir", folder, "workstation"]
    args = build_parser(COMMANDS, Words("en")).parse_args(arguments)
    args.language = "en"

    def told(leave: object) -> None:
        print(json.dumps({"first_map_at": time.time()}), flush=True)
        leave()  # type: ignore[operator]

    from ui.workstation_command import run

    return run(args, first_map=told)


if __name__ == "__main__":
    raise SystemExit(_child(sys.argv[1]))
