"""The search index of a pack: one file in the cache, made again when it is missing or broken."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec

from dispatch.domain.message import Problem
from dispatch.region.gazetteer_entries import KnownPlace, draft_of
from dispatch.region.gazetteer_file import BrokenFileError, IndexFile, write_file
from dispatch.region.pack import Pack
from dispatch.region.progress import Cancel, Progress, Steps

log = logging.getLogger(__name__)

#: Changes with everything that shapes the file or the words in it.
INDEX_VERSION = 11
#: A half-made index older than this was left by a process that died.
_STALE_S = 3_600
_making: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)


def index_path(pack: Pack, cache_dir: Path, extra_names: Sequence[KnownPlace] = ()) -> Path:
    """Where the index of a pack, with an agency's own names, lies."""
    own = ""
    if extra_names:
        own = "-" + hashlib.sha256(msgspec.json.encode(list(extra_names))).hexdigest()[:12]
    return Path(cache_dir) / f"gazetteer-{INDEX_VERSION}-{pack.hash[:32]}{own}.idx"


def ensure_index(
    pack: Pack,
    cache_dir: Path,
    extra_names: Sequence[KnownPlace] = (),
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Path:
    """The index of a pack, made now where it is missing or unreadable.

    Any number of threads and processes may ask at once: each sees a whole file or none. Raises
    `Problem("region.cache_unwritable")` naming the folder, `Problem("region.cancelled")` when
    `cancel` says so; nothing is left behind then.
    """
    path = index_path(pack, cache_dir, extra_names).resolve()
    with _making[path]:
        if is_sound(path):
            return path
        steps = Steps(progress, cancel)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _sweep(path.parent)
            arrays, lists = draft_of(pack, extra_names, steps).arrays()
            steps.at("region.step.writing", 0.95)
            write_file(path, arrays, lists)
        except OSError as error:
            if is_sound(path):
                # Another window made it meanwhile and holds it open.
                return path
            raise Problem(
                "region.cache_unwritable", file=str(path.parent), what=str(error)
            ) from error
        steps.at("region.step.done", 1.0)
        return path


def open_index(
    pack: Pack,
    cache_dir: Path,
    extra_names: Sequence[KnownPlace] = (),
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> IndexFile:
    """The index of a pack, open; made first where it is missing or broken.

    Where the cache cannot be written it lies in memory, and is made again at the next start: a
    full disk must not leave a dispatcher without places. Raises `Problem("region.cancelled")`.
    """
    try:
        return IndexFile.open(ensure_index(pack, cache_dir, extra_names, progress, cancel))
    except (OSError, BrokenFileError) as error:  # swept or broken since
        log.warning("gazetteer index: %s", error)
    except Problem as problem:
        if problem.message.id != "region.cache_unwritable":
            raise
        log.warning("gazetteer index, kept in memory: %s", problem)
    return IndexFile(*draft_of(pack, extra_names, Steps(progress, cancel)).arrays())


def _sweep(folder: Path) -> None:
    """Indexes of earlier versions, and halves left behind, are nobody's."""
    for old in folder.glob("gazetteer-*"):
        with contextlib.suppress(OSError):
            ours = old.name.startswith(f"gazetteer-{INDEX_VERSION}-")
            stale = time.time() - old.stat().st_mtime > _STALE_S
            if not ours or (old.suffix == ".partial" and stale):
                old.unlink()


def is_sound(path: Path) -> bool:
    """Whether a whole index lies there."""
    try:
        IndexFile.open(path)
    except (OSError, BrokenFileError):
        return False
    return True
