"""Verbs on closed roads: set, change, keep, open again; begin and end by the clock."""

from __future__ import annotations

from msgspec.structs import replace

from dispatch.desk.verbs import SYSTEM, Command, Context, Decision, Refusal, require, verb
from dispatch.domain.closure import (
    ClosedRoads,
    Closure,
    ClosureReason,
    ClosureShape,
)
from dispatch.domain.facts import closure as facts
from dispatch.domain.picture import Picture
from dispatch.domain.value import Key, Micros, Point, Text

#: A hand that closes more than this has slipped: a whole district is closed by its entries.
MOST_PIECES = 1_000
#: Closures that stand at once; more than this is a fault of a source.
MOST_CLOSURES = 500


class SetClosure(Command, frozen=True):
    """Close roads: what was drawn, and the pieces of road that the engine matched to it.

    `until_us` None needs `until_reopened`: no closure is without an end by oversight. `from_us`
    None begins at once. Can be undone.
    """

    shape: ClosureShape
    points: tuple[Point, ...]
    roads: ClosedRoads
    region_hash: Text
    reason: ClosureReason
    note: Text = ""
    from_us: Micros | None = None
    until_us: Micros | None = None
    until_reopened: bool = False
    names: tuple[Text, ...] = ()
    length_m: float = 0.0
    incident_id: str | None = None


class ChangeClosure(Command, frozen=True):
    """Another end, reason or note; what is None stays. Can be undone."""

    closure_id: Key
    reason: ClosureReason | None = None
    note: Text | None = None
    until_us: Micros | None = None
    until_reopened: bool = False


class KeepClosure(Command, frozen=True):
    """A person looked: it still holds. The watch asks again later."""

    closure_id: Key


class LiftClosure(Command, frozen=True):
    """The road is open again. Can be undone."""

    closure_id: Key


class BeginClosure(Command, frozen=True):
    """The hour of a planned closure has come (the watch)."""

    closure_id: Key


class EndClosure(Command, frozen=True):
    """The end of a closure has come (the watch)."""

    closure_id: Key


def _standing(picture: Picture, closure_id: str) -> Closure:
    closure: Closure = require(picture.closures.get(closure_id), "desk.no_such_closure")
    return closure


def _require_roads(picture: Picture, command: SetClosure, context: Context) -> None:
    if not len(command.roads) or not command.points:
        raise Refusal("desk.closure_no_road")
    if len(command.roads) > MOST_PIECES:
        raise Refusal("desk.closure_too_large", pieces=len(command.roads), most=MOST_PIECES)
    if len(picture.closures) >= MOST_CLOSURES:
        raise Refusal("desk.too_many_closures", most=MOST_CLOSURES)
    if command.region_hash != context.region_hash:
        raise Refusal("desk.closure_other_region")
    if command.incident_id is not None and command.incident_id not in picture.incidents:
        raise Refusal("desk.no_such_incident", incident=command.incident_id)


@verb(SetClosure)
def set_closure(picture: Picture, command: SetClosure, context: Context) -> Decision:
    """Refused without a road, with too many, or with an end before its beginning."""
    _require_roads(picture, command, context)
    begins_us = max(command.from_us or context.now_us, context.now_us)
    if command.until_us is None and not command.until_reopened:
        raise Refusal("desk.closure_needs_end")
    if command.until_us is not None and command.until_us <= begins_us:
        raise Refusal("desk.closure_ends_first")
    closure = Closure(
        closure_id=context.ids.new(),
        shape=command.shape,
        points=command.points,
        roads=command.roads,
        region_hash=command.region_hash,
        reason=command.reason,
        author=context.actor.user_id,
        author_name=context.actor.name if context.actor != SYSTEM else "",
        from_us=begins_us,
        until_us=None if command.until_reopened else command.until_us,
        set_us=context.now_us,
        reviewed_us=context.now_us,
        in_force=begins_us <= context.now_us,
        note=command.note.strip(),
        names=command.names,
        length_m=command.length_m,
        incident_id=command.incident_id,
    )
    cid = closure.closure_id
    lifted = facts.ClosureLifted(closure_id=cid, by=context.actor.user_id)
    return Decision(
        facts=[(cid, facts.ClosureSet(closure=closure))],
        inverse=[(cid, lifted)],
        still=lambda p: _same(p.closures.get(cid), closure),
        result={"closure_id": cid},
    )


def _same(now: Closure | None, then: Closure) -> bool:
    """Whether it stands as it was left; that its hour came changes nothing a person did."""
    return now is not None and replace(now, in_force=then.in_force) == then


@verb(ChangeClosure)
def change(picture: Picture, command: ChangeClosure, context: Context) -> Decision:
    """The new end counts from now on; the inverse puts the old one back."""
    closure = _standing(picture, command.closure_id)
    until_us = closure.until_us if command.until_us is None else command.until_us
    if command.until_reopened:
        until_us = None
    if until_us is not None and until_us <= max(closure.from_us, context.now_us):
        raise Refusal("desk.closure_ends_first")
    note = closure.note if command.note is None else command.note.strip()
    changed = replace(
        closure, reason=command.reason or closure.reason, note=note, until_us=until_us
    )
    if changed == closure:
        return Decision()
    changed = replace(changed, reviewed_us=context.now_us)
    by = context.actor.user_id
    return Decision(
        facts=[(closure.closure_id, _changed(changed, by))],
        inverse=[(closure.closure_id, _changed(closure, by))],
        still=lambda p: _same(p.closures.get(closure.closure_id), changed),
    )


def _changed(closure: Closure, by: str) -> facts.ClosureChanged:
    return facts.ClosureChanged(
        closure_id=closure.closure_id,
        reason=closure.reason,
        note=closure.note,
        until_us=closure.until_us,
        reviewed_us=closure.reviewed_us,
        by=by,
    )


@verb(KeepClosure)
def keep(picture: Picture, command: KeepClosure, context: Context) -> Decision:
    """Recorded with who looked, so that the next shift knows how fresh it is."""
    closure = _standing(picture, command.closure_id)
    looked = replace(closure, reviewed_us=context.now_us)
    return Decision(facts=[(closure.closure_id, _changed(looked, context.actor.user_id))])


@verb(LiftClosure)
def lift(picture: Picture, command: LiftClosure, context: Context) -> Decision:
    """The closure leaves the picture; the inverse puts it back as it was, author and all."""
    closure = _standing(picture, command.closure_id)
    cid = closure.closure_id
    return Decision(
        facts=[(cid, facts.ClosureLifted(closure_id=cid, by=context.actor.user_id))],
        inverse=[(cid, facts.ClosureSet(closure=closure))],
        still=lambda p: cid not in p.closures,
    )


@verb(BeginClosure, origins=frozenset({"system"}), signed_on=False)
def begin(picture: Picture, command: BeginClosure, context: Context) -> Decision:
    """Nothing where it is in force already, or its hour has not come."""
    closure = _standing(picture, command.closure_id)
    if closure.in_force or context.now_us < closure.from_us:
        return Decision()
    return Decision(facts=[(closure.closure_id, facts.ClosureBegan(closure_id=closure.closure_id))])


@verb(EndClosure, origins=frozenset({"system"}), signed_on=False)
def end(picture: Picture, command: EndClosure, context: Context) -> Decision:
    """Nothing where it has no end, or its end has not come (a person may just have moved it)."""
    closure = _standing(picture, command.closure_id)
    if closure.until_us is None or context.now_us < closure.until_us:
        return Decision()
    return Decision(facts=[(closure.closure_id, facts.ClosureEnded(closure_id=closure.closure_id))])
