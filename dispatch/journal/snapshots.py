"""Pictures kept at some positions, so that a seek folds a short tail only."""

from __future__ import annotations

import hashlib
import logging

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from dispatch.journal.tables import SNAPSHOT
from dispatch.journal.values import Snapshot

log = logging.getLogger(__name__)

MAX_SNAPSHOT_BYTES = 256_000_000

_SAVE = insert(SNAPSHOT)
_SAVE = _SAVE.on_conflict_do_update(
    index_elements=["pos"],
    set_={
        name: _SAVE.excluded[name] for name in ("t_us", "codec", "state_sha", "data_sha", "data")
    },
)
_BEFORE = (
    select(SNAPSHOT).where(SNAPSHOT.c.pos <= bindparam("upto")).order_by(SNAPSHOT.c.pos.desc())
)


def save(connection: Connection, snapshot: Snapshot) -> None:
    """Keep a snapshot; one already at this position is replaced."""
    connection.execute(
        _SAVE,
        {
            "pos": snapshot.pos,
            "t_us": snapshot.t_us,
            "codec": snapshot.codec,
            "state_sha": snapshot.state_sha,
            "data_sha": hashlib.sha256(snapshot.data).hexdigest(),
            "data": snapshot.data,
        },
    )


def before(connection: Connection, upto: int) -> Snapshot | None:
    """The newest sound snapshot at or before a position. A damaged one is passed over (and
    logged): a snapshot is a projection, the log itself can always be folded instead."""
    for row in connection.execute(_BEFORE, {"upto": upto}).yield_per(1):
        if hashlib.sha256(row.data).hexdigest() == row.data_sha:
            return Snapshot(row.pos, row.t_us, row.codec, row.state_sha, row.data)
        log.warning("snapshot at position %d is damaged and passed over", row.pos)
    return None
