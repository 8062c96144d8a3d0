"""The map and the agency that a journal belongs to, found again on this machine by their hashes."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Picture
from dispatch.places import Places
from dispatch.region.agency import Agency, open_agency
from dispatch.region.manifest import read_manifest
from dispatch.region.pack import Pack, open_pack
from dispatch.region.schema import MANIFEST
from dispatch.replay.timeline import Timeline
from dispatch.resources import resource

log = logging.getLogger(__name__)

MAX_PATH_BYTES = 4_096
FIRST_FACTS = 3
"""A roster is among the first facts of every journal."""


@dataclass(frozen=True)
class Surroundings:
    """What was found; None where it was not, and `missing` says so with what to do."""

    pack: Pack | None
    agency: Agency | None
    missing: tuple[Message, ...] = ()


def surroundings_of(
    timeline: Timeline, places: Places, *, region: Path | None = None
) -> Surroundings:
    """The pack by the journal's region hash, the agency by the roster's hash.

    Where neither is there any more (a map built anew, a changed roster), one of the same name
    stands in and `missing` says so. A pack given by hand (`region`) of another region is refused:
    `Problem("replay.wrong_region")`.
    """
    journal, info = timeline.journal, timeline.journal.info
    missing: list[Message] = []
    if region is not None:
        pack: Pack | None = open_pack(region)
        if pack is not None and info.region_hash != pack.hash and info.region_id != pack.name:
            raise Problem("replay.wrong_region", file=str(region), region=info.region_id)
    else:
        pack = _find_pack(info.region_hash, info.region_id, _packs(places, journal.path))
    if pack is None:
        missing.append(Message("replay.no_region", {"region": info.region_id}))
    elif pack.hash != info.region_hash:
        missing.append(Message("replay.region_changed", {"region": pack.name}))
    head = _roster(timeline, missing)
    agency = _find_agency(head.agency_sha, head.agency, _agencies(journal.path))
    if agency is None and head.agency_sha:
        missing.append(Message("replay.no_agency"))
    elif agency is not None and agency.sha != head.agency_sha:
        missing.append(Message("replay.agency_changed", {"agency": agency.name}))
    if not journal.vault.ready:
        missing.append(Message("replay.no_key", {"file": str(places.keys)}))
    return Surroundings(pack, agency, tuple(missing))


def _roster(timeline: Timeline, missing: list[Message]) -> Picture:
    """The last picture, or of a broken journal the earliest that holds a roster."""
    try:
        return timeline.picture_at(timeline.journal.head_pos)
    except Problem as problem:
        missing.append(problem.message)
    with contextlib.suppress(Problem):
        return timeline.picture_at(FIRST_FACTS)
    return Picture()


def _packs(places: Places, journal: Path) -> Iterator[Path]:
    yield resource("region", "builtin.region")
    noted = journal.with_suffix(".play") / "region.path"
    if noted.is_file():
        with contextlib.suppress(OSError, UnicodeDecodeError):
            yield Path(noted.read_bytes()[:MAX_PATH_BYTES].decode("utf-8").strip())
    for folder in (places.packs, places.cache, journal.parent):
        if folder.is_dir():
            yield from sorted(folder.glob("*.region"))


def _find_pack(wanted: str, name: str, candidates: Iterable[Path]) -> Pack | None:
    namesake: Path | None = None
    for path in candidates:
        try:
            content = (path / MANIFEST).read_bytes()
            if hashlib.sha256(content).hexdigest() == wanted:
                return open_pack(path)
            if namesake is None and read_manifest(path / MANIFEST, content).name == name:
                namesake = path
        except (OSError, ValueError, Problem) as error:
            log.info("not the pack of this journal: %s: %s", path, error)
    return open_pack(namesake) if namesake is not None else None


def _agencies(journal: Path) -> Iterator[Path]:
    yield from sorted(resource("agencies").glob("*.agency"))
    # A recorded play keeps the fleet it was made with beside its journal.
    yield from sorted(journal.with_suffix(".play").glob("*.agency"))
    yield from sorted(journal.parent.glob("*.agency"))


def _find_agency(wanted: str, name: str, candidates: Iterable[Path]) -> Agency | None:
    namesake: Agency | None = None
    for path in candidates:
        try:
            agency = open_agency(path)
        except Problem as problem:
            log.info("not the agency of this journal: %s: %s", path, problem)
            continue
        if agency.sha == wanted:
            return agency
        if namesake is None and name and agency.name == name:
            namesake = agency
    return namesake
