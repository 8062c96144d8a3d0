"""`vigil bench map`: how long a frame of the map takes, as the dispatcher meets it.

A frame is the wall time of one turn of the event loop with a paint, software rendering, while
10,000 units report at 1 to 10 Hz, 2,000 incidents stand on the map and the view pans and zooms
without rest over 113,000 road segments. The work that a report costs the window is part of the
frame in which it comes. Measured in a process of its own, whose memory is the surface's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dispatch.region.pack import open_pack
from ui.map.bench_crowd import write_spots
from ui.map.bench_region import bench_region

FRAMES = 480
PATIENCE_S = 240

Figure = dict[str, object]


def figures(pack_path: Path | None = None, frames: float | None = None) -> Iterator[Figure]:
    """All figures of the map: name, value, unit, against; by default on the big city."""
    pack = open_pack(pack_path) if pack_path is not None else bench_region()
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as folder:
        spots = Path(folder) / "spots.npy"
        write_spots(pack, spots)
        environment = dict(os.environ)
        if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
            environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        child = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "ui.map.bench_flight",
                str(pack.path),
                str(spots),
                folder,
                str(max(50, int(frames or FRAMES))),
            ],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        try:
            for line in child.stdout:
                if line.startswith("{"):
                    yield json.loads(line)
            if child.wait(PATIENCE_S):
                raise RuntimeError(f"the measuring process ended with {child.returncode}")
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait(10)


def main() -> None:
    """Print the figures, one JSON object a line."""
    for figure in figures():
        print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
