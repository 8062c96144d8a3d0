"""From a journal back to the picture: the last good snapshot, then the tail."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from dispatch.domain.message import Problem
from dispatch.domain.picture import Picture, fold
from dispatch.domain.picture.picture import CODEC
from dispatch.domain.unit import Fix
from dispatch.fixes import fixes_of
from dispatch.journal import Journal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Restored:
    """A picture and the vehicle fixes that belong to it."""

    picture: Picture
    fixes: list[Fix]


def picture_at(journal: Journal, pos: int) -> Picture:
    """The picture after a position: the nearest snapshot before it, then the facts between.

    A snapshot is only a shortcut: one that is broken or of another codec is passed over, and the
    facts are folded from the start.
    """
    picture = Picture()
    snapshot = journal.snapshot_before(pos)
    if snapshot is not None and snapshot.codec == CODEC:
        try:
            shortcut = Picture.decode(snapshot.data)
        except Problem as problem:
            log.warning("snapshot at %d passed over: %s", snapshot.pos, problem)
        else:
            if shortcut.sha() == snapshot.state_sha:
                picture = shortcut
            else:
                log.warning("snapshot at %d passed over: its hash differs", snapshot.pos)
    for envelope in journal.read(after=picture.pos, upto=pos):
        fold(picture, envelope)
    return picture


def restore(journal: Journal) -> Restored:
    """The picture at the journal's head and the last fixes recorded."""
    picture = picture_at(journal, journal.head_pos)
    span = journal.fixes.span()
    frame = journal.fixes.at(span[1]) if span else None
    return Restored(picture, fixes_of(frame))
