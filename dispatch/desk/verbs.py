"""What a verb is: a command value, a pure decision, and who may ask for it.

`decide(picture, command, context)` looks and answers with facts, or raises `Refusal`. It writes
nothing; the desk records what was decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, TypeVar

import msgspec

from dispatch.desk.ids import Ids
from dispatch.domain.message import Problem
from dispatch.domain.picture import Picture
from dispatch.domain.staff import Role, SignedOn
from dispatch.domain.value import Key, Value
from dispatch.journal import Commitment


class Command(Value, frozen=True):
    """The base of every command: what somebody wants done."""


class Actor(Value, frozen=True):
    """Who asks: a person at a desk, a feed, advice, or the system itself."""

    user_id: Key
    name: Key
    role: str
    desk_id: Key
    origin: str

    @staticmethod
    def of(signed: SignedOn) -> Actor:
        """The actor of a person who is signed on."""
        origin = "system" if signed.role is Role.SIMULATED else "human"
        return Actor(
            user_id=signed.user_id,
            name=signed.name,
            role=signed.role.value,
            desk_id=signed.desk_id,
            origin=origin,
        )


def feed(name: str) -> Actor:
    """The actor of a feed: it reports, and may never commit or free a unit by itself."""
    return Actor(user_id=name, name=name, role="feed", desk_id=name, origin="feed")


ADVICE = Actor(user_id="advice", name="advice", role="advice", desk_id="advice", origin="ai")
SYSTEM = Actor(user_id="system", name="system", role="system", desk_id="system", origin="system")


class Refusal(Problem):
    """The verb was not done, and nothing was recorded; the message says why."""


class Sealer(Protocol):
    """Turns plain personal text into tokens and back."""

    def seal(self, subject_id: str, text: str) -> str:
        """The token of a text under a subject's key; the empty text stays empty."""

    def open(self, token: str) -> str | None:
        """The text of a token; None when its key was erased."""


@dataclass(frozen=True)
class Context:
    """What a decision may use beside picture and command."""

    actor: Actor
    now_us: int
    realm: str
    ids: Ids
    sealer: Sealer
    check_pin: Callable[[str, str], tuple[str, Role]]
    """User id and PIN in, name and role out; raises Refusal when they do not match."""
    region_hash: str = ""
    """The pack this journal belongs to: pieces of road are named by its ids."""

    def seal(self, subject_id: str, text: str, old: str = "") -> str:
        """A token for a text; the old token where it already says the same."""
        if not text:
            return ""
        if old and self.sealer.open(old) == text:
            return old
        return self.sealer.seal(subject_id, text)


Recorded = tuple[str, Value]


@dataclass
class Decision:
    """The facts to record (each with its stream), commitments, and how to undo them.

    `inverse` are facts that restore what stood before; `still` tells whether that is still
    meaningful. `result` goes back to who asked.
    """

    facts: list[Recorded] = field(default_factory=list)
    opens: list[Commitment] = field(default_factory=list)
    closes: list[str] = field(default_factory=list)
    inverse: list[Recorded] = field(default_factory=list)
    still: Callable[[Picture], bool] | None = None
    result: dict[str, Any] = field(default_factory=dict)
    refused: list[Problem] = field(default_factory=list)


Decide = Callable[[Picture, Any, Context], Decision]


@dataclass(frozen=True)
class Verb:
    """A command's decision and the actors that may ask for it."""

    decide: Decide
    people: frozenset[Role]
    origins: frozenset[str]
    signed_on: bool


VERBS: dict[type[Command], Verb] = {}

WORKING = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.TRAINER, Role.SIMULATED})
EVERYBODY = frozenset(Role)

F = TypeVar("F", bound=Decide)


def verb(
    command: type[Command],
    *,
    people: frozenset[Role] = WORKING,
    origins: frozenset[str] = frozenset({"human", "system"}),
    signed_on: bool = True,
) -> Callable[[F], F]:
    """Register the decision of a command, with who may ask for it."""

    def register(decide: F) -> F:
        VERBS[command] = Verb(decide, people, origins, signed_on)
        return decide

    return register


def authorise(picture: Picture, command: Command, context: Context) -> None:
    """Raise `Refusal` unless this actor may ask for this command now."""
    known, actor = VERBS[type(command)], context.actor
    if actor.origin not in known.origins:
        raise Refusal("desk.not_for_origin", verb=type(command).__name__, origin=actor.origin)
    if actor.origin in ("feed", "ai") or actor == SYSTEM or not known.signed_on:
        return
    signed = picture.staff.get(actor.desk_id)
    if signed is None or signed.user_id != actor.user_id:
        raise Refusal("desk.nobody_signed_on", verb=type(command).__name__)
    if signed.role not in known.people:
        raise Refusal("desk.role_may_not", verb=type(command).__name__, role=signed.role.value)
    if signed.role is Role.SIMULATED and context.realm != "exercise":
        raise Refusal("desk.simulated_in_live", verb=type(command).__name__)


def require(found: Any, message_id: str, **values: Any) -> Any:
    """The thing found, or a refusal that says what is missing."""
    if found is None:
        raise Refusal(message_id, **values)
    return found


def require_sound(command: Command) -> None:
    """Refuses a command that does not keep to its own schema: texts too long, half characters,
    numbers that are none. Values are not checked when they are made."""
    try:
        _decoder_of(type(command)).decode(msgspec.json.encode(command))
    except (msgspec.MsgspecError, UnicodeError, TypeError) as error:
        verb_name = type(command).__name__
        raise Refusal("desk.not_sound", verb=verb_name, what=str(error)[:200]) from error


@cache
def _decoder_of(kind: type[Command]) -> msgspec.json.Decoder[Command]:
    return msgspec.json.Decoder(kind)
