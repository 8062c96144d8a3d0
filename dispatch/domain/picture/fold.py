"""`fold(picture, envelope)`: the one function that changes a picture.

Pure in the sense that matters: the same facts give the same picture, bit for bit. One file a
noun holds what a kind does; `HANDLERS` joins them.
"""

from __future__ import annotations

from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.facts.table import decode
from dispatch.domain.picture import (
    advice,
    assignments,
    calls,
    closures,
    exercise,
    incidents,
    staff,
    units,
)
from dispatch.domain.picture.picture import Change, Handlers, Picture

HANDLERS: Handlers = {
    **calls.HANDLERS,
    **incidents.HANDLERS,
    **assignments.HANDLERS,
    **units.HANDLERS,
    **advice.HANDLERS,
    **closures.HANDLERS,
    **staff.HANDLERS,
    **exercise.HANDLERS,
}


#: The journal's own facts (a minute sealed, a key erased) say nothing about the picture.
HOUSEKEEPING = "journal."


def fold(picture: Picture, envelope: Envelope) -> tuple[Change, ...]:
    """Take one fact into the picture and say which ids and fields changed.

    Facts come in order of position without gaps; anything else is a broken journal and raises
    ValueError. A kind this program does not know is counted and passed over.
    """
    if envelope.pos != picture.pos + 1:
        raise ValueError(f"fact {envelope.pos} does not follow {picture.pos}")
    fact = decode(envelope)
    changes: tuple[Change, ...] = ()
    if fact is None and not envelope.kind.startswith(HOUSEKEEPING):
        counted = picture.unknown_kinds.get(envelope.kind, 0) + 1
        picture.unknown_kinds[envelope.kind] = counted
    elif fact is not None:
        changes = HANDLERS[envelope.kind](picture, fact, envelope)
    picture.pos = envelope.pos
    picture.t_us = max(picture.t_us, envelope.t_us)
    return changes
