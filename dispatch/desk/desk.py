"""The desk: decide, record durably, fold, publish. One lane owns the head picture."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dispatch.clock import Clock
from dispatch.desk import (  # registers every verb
    advice,
    calls,
    closures,
    dispatching,
    exercise,
    incidents,
    staff,
    units,
)
from dispatch.desk.ids import Ids, RandomIds
from dispatch.desk.undo import Undo, UndoStack
from dispatch.desk.verbs import (
    VERBS,
    Actor,
    Command,
    Context,
    Decision,
    Refusal,
    Sealer,
    authorise,
    require_sound,
)
from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.facts.table import encode, kind_of, version_of
from dispatch.domain.message import Problem
from dispatch.domain.picture import Change, Picture, fold
from dispatch.domain.staff import Role
from dispatch.journal import AlreadyCommitted, Batch, Entry, HeadMoved, Journal

log = logging.getLogger(__name__)

NOUNS = (advice, calls, closures, dispatching, exercise, incidents, staff, units)
TRIES = 8
SNAPSHOT_EVERY = 5_000


@dataclass(frozen=True)
class Published:
    """A fact that is durable and folded, with what it changed."""

    envelope: Envelope
    changes: tuple[Change, ...]


@dataclass
class Done:
    """What a command led to: its facts, a result, and parts that were refused."""

    published: list[Published] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    refused: list[Problem] = field(default_factory=list)


def _no_people(user_id: str, pin: str) -> tuple[str, Role]:
    raise Refusal("desk.sign_on_refused", user=user_id)


class Desk:
    """The only writer of operational facts.

    `do` may be called from any thread; a lock makes it one lane. Listeners are called inside
    the lane, in order of position, with facts that are already durable.
    """

    def __init__(
        self,
        journal: Journal,
        picture: Picture,
        clock: Clock,
        *,
        ids: Ids | None = None,
        check_pin: Callable[[str, str], tuple[str, Role]] = _no_people,
        snapshot_every: int = SNAPSHOT_EVERY,
    ) -> None:
        self._journal, self._picture, self._clock = journal, picture, clock
        self._sealer: Sealer = journal.vault
        self._ids = ids or RandomIds()
        self._check_pin = check_pin
        self._lane = threading.RLock()
        self._undo = UndoStack()
        self._snapshot_every = snapshot_every
        self._snapshot_pos = picture.pos
        self.listeners: list[Callable[[Published], None]] = []

    @property
    def realm(self) -> str:
        """`live` or `exercise`, from the journal's genesis."""
        return self._journal.info.realm

    @property
    def picture(self) -> Picture:
        """The head picture. Read it only inside the lane (`reading`), or when nothing writes."""
        return self._picture

    def reading(self) -> threading.RLock:
        """The lane's lock: hold it to read a steady head picture."""
        return self._lane

    def do(self, command: Command, by: Actor, *, cmd_id: str | None = None) -> Done:
        """Decide, record and publish one command.

        Raises `Refusal` when it may not be done (nothing was recorded) and the journal's own
        problems (full disk, lost folder). A head moved by someone else is taken in and the
        command decided again.
        """
        require_sound(command)
        with self._lane:
            cmd_id = cmd_id or self._ids.new()
            for _ in range(TRIES):
                context = self._context(by)
                decision = self._decide(command, context)
                if not decision.facts:
                    return Done(result=decision.result, refused=decision.refused)
                try:
                    envelopes = self._journal.append(
                        self._batch(decision, cmd_id, context), expected_pos=self._picture.pos
                    )
                except HeadMoved:
                    self.catch_up()
                    continue
                except AlreadyCommitted as held:
                    # Another writer's commitment that this picture has not folded yet.
                    if self._journal.head_pos == self._picture.pos:
                        raise Refusal("desk.unit_taken_elsewhere", unit=held.unit_id) from held
                    self.catch_up()
                    continue
                published = [self._take(envelope) for envelope in envelopes]
                self._undo.remember(by.desk_id, decision, envelopes)
                self._maybe_snapshot()
                return Done(published, decision.result, decision.refused)
            raise Refusal("desk.too_busy", verb=type(command).__name__)

    def catch_up(self) -> None:
        """Take in whatever the journal holds beyond the picture."""
        with self._lane:
            for envelope in self._journal.read(after=self._picture.pos):
                self._take(envelope)

    def snapshot(self) -> None:
        """Store the picture as it stands, so that the next start need not fold from the start."""
        with self._lane:
            picture = self._picture
            if picture.pos == 0:
                return
            data = picture.encode()
            self._journal.save_snapshot(
                picture.pos, picture.t_us, "picture-json-1", picture.sha(), data
            )
            self._snapshot_pos = picture.pos

    def _decide(self, command: Command, context: Context) -> Decision:
        if isinstance(command, Undo):
            return self._undo.decide(self._picture, context)
        authorise(self._picture, command, context)
        return VERBS[type(command)].decide(self._picture, command, context)

    def _context(self, by: Actor) -> Context:
        return Context(
            actor=by,
            now_us=self._clock.now_us(),
            realm=self.realm,
            ids=self._ids,
            sealer=self._sealer,
            check_pin=self._check_pin,
            region_hash=self._journal.info.region_hash,
        )

    def _batch(self, decision: Decision, cmd_id: str, context: Context) -> Batch:
        entries = []
        for stream, fact in decision.facts:
            kind = kind_of(fact)
            entries.append(Entry(kind, version_of(kind), stream, encode(fact)))
        return Batch(
            cmd_id=cmd_id,
            t_us=context.now_us,
            wall_us=self._clock.wall_us(),
            mono_us=self._clock.mono_us(),
            desk_id=context.actor.desk_id,
            actor=context.actor.user_id,
            role=context.actor.role,
            origin=context.actor.origin,
            standing="firm",
            entries=tuple(entries),
            opens=tuple(decision.opens),
            closes=tuple(decision.closes),
        )

    def _take(self, envelope: Envelope) -> Published:
        published = Published(envelope, fold(self._picture, envelope))
        for listener in self.listeners:
            listener(published)
        return published

    def _maybe_snapshot(self) -> None:
        if self._picture.pos - self._snapshot_pos < self._snapshot_every:
            return
        try:
            self.snapshot()
        except Problem as problem:
            # The command is recorded and shown; only the next start takes longer for this.
            log.warning("no snapshot at %d: %s", self._picture.pos, problem)
            self._snapshot_pos = self._picture.pos
