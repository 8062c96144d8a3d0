"""The figures of the gazetteer: a made-up country of a million names, and the built-in city."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from dispatch.region.gazetteer import Gazetteer, Match
from dispatch.region.gazetteer_draft import IndexDraft
from dispatch.region.gazetteer_file import IndexFile, write_file
from dispatch.region.gazetteer_synthetic import Country, Query
from dispatch.region.name_tokens import name_tokens
from dispatch.region.pack import Pack

Row = dict[str, object]

NAMES = 1_000_000
QUERIES = 2_400
_MB = 1 << 20
_GOAL_MS = "<= 30"


def figures(pack: Pack, names: int = NAMES, queries: int = QUERIES) -> Iterator[Row]:
    """All figures; the made-up country first. `pack` is the city that is also searched."""
    for row in _figures(pack, names, queries):
        of_city = str(row["name"]).startswith("gazetteer.city.")
        among = pack.name if of_city else f"{names:,} made-up names"
        yield {**row, "against": "; ".join(filter(None, (among, str(row["against"]))))}


def _figures(pack: Pack, names: int, queries: int) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "country.idx"
        spent_s, peak_mb = _built(path, names)
        yield _row("gazetteer.build_s", round(spent_s, 1), "s")
        yield _row("gazetteer.build_rss_mb", round(peak_mb), "MB", "<= 1024")
        yield _row("gazetteer.index_mb", round(path.stat().st_size / _MB), "MB")
        before = psutil.Process().memory_info().rss
        gazetteer = Gazetteer(pack, IndexFile.open(path))
        measured = measure(gazetteer, Country(names).queries(queries))
        yield from measured.rows("gazetteer")
        after = psutil.Process().memory_info().rss
        yield _row("gazetteer.search_rss_mb", round((after - before) / _MB), "MB")
        del gazetteer
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        city = Gazetteer.of(pack, Path(folder))
        yield _row("gazetteer.city.build_s", round(time.perf_counter() - began, 2), "s")
        yield from measure(city, city_queries(pack)).rows("gazetteer.city")


class Measured:
    """Times and answers, by the sort of query."""

    def __init__(self) -> None:
        self.spent_ms: dict[str, list[float]] = defaultdict(list)
        self.first: dict[str, list[bool]] = defaultdict(list)
        self.in_five: dict[str, list[bool]] = defaultdict(list)
        self.missed: list[tuple[Query, list[str]]] = []

    def rows(self, name: str) -> Iterator[Row]:
        """The figures, all together and then the slowest and the worst sort."""
        every = [ms for times in self.spent_ms.values() for ms in times]
        for share, label in ((50, "p50"), (99, "p99")):
            value = round(float(np.percentile(every, share)), 2)
            yield _row(f"{name}.search.{label}_ms", value, "ms", _GOAL_MS if share == 99 else "")
        yield _row(f"{name}.search.max_ms", round(max(every), 1), "ms")
        yield _row(f"{name}.queries", len(every), "queries")
        yield _row(f"{name}.first_share", _share(self.first), "share")
        yield _row(f"{name}.first_five_share", _share(self.in_five), "share")
        for sort in sorted(self.spent_ms):
            p99 = round(float(np.percentile(self.spent_ms[sort], 99)), 1)
            yield _row(f"{name}.{sort}.p99_ms", p99, "ms")
            if self.first[sort]:
                yield _row(f"{name}.{sort}.first_share", _share({sort: self.first[sort]}), "share")


def _share(answers: dict[str, list[bool]]) -> float:
    every = [right for some in answers.values() for right in some]
    return round(float(np.mean(every)), 4) if every else 1.0


def measure(gazetteer: Gazetteer, queries: Iterable[Query]) -> Measured:
    """Search for each, once, one after the other."""
    measured = Measured()
    gazetteer.search("warm up 1 / 2")
    gazetteer.nearest(*gazetteer.pack.bounds[:2])
    gazetteer.pack.district_at(*gazetteer.pack.bounds[:2])
    for query in queries:
        began = time.perf_counter()
        found = gazetteer.search(query.text)
        measured.spent_ms[query.sort].append((time.perf_counter() - began) * 1e3)
        if query.wanted:
            right = [_is_wanted(match, query) for match in found[:5]]
            measured.first[query.sort].append(right[:1] == [True])
            measured.in_five[query.sort].append(any(right))
            if not any(right):
                measured.missed.append((query, [match.label for match in found[:5]]))
    return measured


def _is_wanted(match: Match, query: Query) -> bool:
    # Twins carry their town behind the name, and either order of a crossing is right.
    wanted = query.wanted.split("|")
    kind = {"house": "address", "crossing": "crossing"}.get(query.sort)
    if kind is not None and match.kind != kind:
        return False
    # A name that only differs in its script is the same to an ear.
    said = set(name_tokens(match.label))
    return all(part in match.label or said.issuperset(name_tokens(part)) for part in wanted)


def city_queries(pack: Pack, every: int = 12) -> Iterator[Query]:
    """Streets of a pack in all languages that it has, as typed letter by letter, with slips."""
    english = pack.edges.names("en")
    for language in ("en", "ru", "kk", "ko"):
        names = pack.edges.names(language)
        known: dict[str, str] = {}
        for row in range(len(names)):
            if names[row] and english[row]:
                known.setdefault(names[row], english[row])
        for name in sorted(known)[::every]:
            yield Query(name, "whole", known[name])
            for end in range(2, len(name)):
                yield Query(name[:end], "prefix", "")
            parts = name.split()
            if len(parts) > 1:
                yield Query(" ".join(reversed(parts)), "order", known[name])
            longest = max(parts, key=len)
            if len(longest) > 6:
                slip = longest[:3] + longest[4] + longest[3] + longest[5:]
                yield Query(name.replace(longest, slip), "slip", known[name])
            yield Query(f"{name} 5", "house", known[name])


def _built(path: Path, names: int) -> tuple[float, float]:
    """Make the country's index in a process of its own: seconds and its peak of memory, MB."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    maker = context.Process(target=_build, args=(theirs, str(path), names), daemon=True)
    maker.start()
    theirs.close()
    spent_s, peak = (float(part) for part in ours.recv_bytes().split())
    maker.join()
    return spent_s, peak / _MB


def _build(pipe: Any, path: str, names: int) -> None:
    began = time.perf_counter()
    country = Country(names)
    draft = IndexDraft(country.around())
    country.fill(draft)
    arrays, lists = draft.arrays()
    write_file(Path(path), arrays, lists)
    spent_s = time.perf_counter() - began
    pipe.send_bytes(f"{spent_s} {_peak_bytes()}".encode())
    pipe.close()


def _peak_bytes() -> int:
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    if sys.platform == "linux":
        # A spawned child's own peak: `ru_maxrss` begins at what its parent held.
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _row(name: str, value: float, unit: str, against: str = "") -> Row:
    return {"name": name, "value": value, "unit": unit, "against": against}
