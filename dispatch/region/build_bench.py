"""How long a build takes and how much memory, each in a process that does nothing else."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from dispatch.domain.message import Problem
from dispatch.region.extract_of_pack import write_extract
from dispatch.region.pack import open_pack
from dispatch.resources import resource

Row = dict[str, object]

#: What a city of 10,000 drivable ways is held to.
_MOST_S, _MOST_MB = 30, 1024
_MB = 1024 * 1024
_WAIT_S = 900


def figures(shared: Path | None = None, extract: Path | None = None) -> Iterator[Row]:
    """`region.build_s` and `region.build_rss_mb` of the built-in city (a way for each of its
    19,000 pieces of road) and of every extract and graph of the development data that is there,
    or of one extract of your own."""
    with tempfile.TemporaryDirectory(prefix="vigil-bench-") as name:
        folder = Path(name)
        if extract is None:
            city = folder / "built-in_city.osm.pbf"
            ways = write_extract(open_pack(resource("region", "builtin.region")), city)
            limits = f"built-in city, {ways} ways; <= {_MOST_S} s"
            yield from _of(city, folder, limits, f"built-in city; <= {_MOST_MB} MB")
        found = [extract] if extract is not None else _extracts(shared)
        for source in found:
            yield from _of(source, folder, source.name, source.name)


def _extracts(shared: Path | None) -> list[Path]:
    if shared is None:
        return []
    folders = (shared / "data/osm_extracts", shared / "data/osmnx_graphs")
    return [
        path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.iterdir())
        if path.name.endswith((".pbf", ".osm.gz", ".graphml.gz"))
    ]


def _of(source: Path, folder: Path, against_s: str, against_mb: str) -> Iterator[Row]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    child = multiprocessing.get_context("spawn").Process(
        target=_build, args=(theirs, str(source), str(folder / "measured.region"))
    )
    child.start()
    theirs.close()
    try:
        told = ours.recv() if ours.poll(_WAIT_S) else None
    except EOFError:
        told = None
    child.join(_WAIT_S if told else 0)
    if told is None:
        child.kill()
        raise Problem("region.extract_broken", file=str(source), what="-")
    if isinstance(told, str):
        raise Problem(told, file=str(source), what="-")
    seconds, megabytes = told
    yield {"name": "region.build_s", "value": round(seconds, 2), "unit": "s", "against": against_s}
    yield {
        "name": "region.build_rss_mb",
        "value": round(megabytes),
        "unit": "MB",
        "against": against_mb,
    }


def _build(answer: Connection, source: str, output: str) -> None:
    """In the child: build once, then say how long it took and what was held at most."""
    from dispatch.region.build import build_pack

    try:
        report = build_pack(source, output, time_zone="UTC", fresh=True)
    except Problem as problem:
        answer.send(problem.message.id)
        answer.close()
        return
    answer.send((report.took_s, _peak_mb()))
    answer.close()


def _peak_mb() -> float:
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset / _MB)
    with contextlib.suppress(OSError, ValueError, IndexError):
        # `ru_maxrss` begins at what the parent held when it started this process.
        status = Path("/proc/self/status").read_text("ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    import resource as usage

    peak = usage.getrusage(usage.RUSAGE_SELF).ru_maxrss
    return float(peak / (_MB if sys.platform == "darwin" else 1024))
