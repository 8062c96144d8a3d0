"""What closing and opening roads does to the picture: it holds closures that still count."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.domain.facts import closure as facts
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.picture.picture import Change, Handlers, Picture


def _set(picture: Picture, fact: facts.ClosureSet, e: Envelope) -> tuple[Change, ...]:
    closure = fact.closure
    picture.closures[closure.closure_id] = closure
    return (Change("closure", closure.closure_id, ("set",)),)


def _changed(picture: Picture, fact: facts.ClosureChanged, e: Envelope) -> tuple[Change, ...]:
    closure = picture.closures[fact.closure_id]
    picture.closures[fact.closure_id] = replace(
        closure,
        reason=fact.reason,
        note=fact.note,
        until_us=fact.until_us,
        reviewed_us=fact.reviewed_us,
    )
    return (Change("closure", fact.closure_id, ("until_us",)),)


def _began(picture: Picture, fact: facts.ClosureBegan, e: Envelope) -> tuple[Change, ...]:
    closure = picture.closures[fact.closure_id]
    picture.closures[fact.closure_id] = replace(closure, in_force=True)
    return (Change("closure", fact.closure_id, ("in_force",)),)


def _lifted(picture: Picture, fact: facts.ClosureLifted, e: Envelope) -> tuple[Change, ...]:
    picture.closures.pop(fact.closure_id, None)
    return (Change("closure", fact.closure_id, ("lifted",)),)


def _ended(picture: Picture, fact: facts.ClosureEnded, e: Envelope) -> tuple[Change, ...]:
    picture.closures.pop(fact.closure_id, None)
    return (Change("closure", fact.closure_id, ("ended",)),)


HANDLERS: Handlers = {
    "closure.set": _set,
    "closure.changed": _changed,
    "closure.began": _began,
    "closure.lifted": _lifted,
    "closure.ended": _ended,
}
