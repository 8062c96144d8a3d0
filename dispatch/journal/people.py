"""Who may sign on: local people, each with a role and a PIN kept as an argon2id hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, insert, select, update

from dispatch.domain.message import Problem
from dispatch.journal.database import named_errors
from dispatch.journal.log import Log
from dispatch.journal.tables import APP_USER, CREDENTIAL
from dispatch.journal.values import ROLES

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_PIN, MAX_PIN = 4, 64
FREE_FAILURES = 5
"""Wrong PINs before waiting begins; then 30 s, doubling up to `MAX_WAIT_S`."""
FIRST_WAIT_S = 30
MAX_WAIT_S = 900


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign on."""

    user_id: str
    name: str
    role: str


class People:
    """The people of one journal."""

    def __init__(self, path: Path, readers: Engine, writer: Log | None) -> None:
        self._path = path
        self._readers = readers
        self._log = writer

    def add(self, user_id: str, name: str, role: str, pin: str) -> Person:
        """Let somebody sign on. Takes about 100 ms, on purpose.

        Raises `Problem`: `journal.person_exists`, `journal.role_unknown`, `journal.pin_length`.
        """
        _require_pin(pin)
        return self._add(user_id, name, role, _hasher().hash(pin))

    def add_demonstration(self, people: Iterable[tuple[str, str, str]], pin: str) -> None:
        """Add (user id, name, role) rows that share one PIN, shown on the screen.

        One hash for all: a secret that everybody reads needs no salt of its own, and a
        demonstration starts at once. Raises `Problem` as `add` does.
        """
        _require_pin(pin)
        hashed = _hasher().hash(pin)
        for user_id, name, role in people:
            self._add(user_id, name, role, hashed)

    def _add(self, user_id: str, name: str, role: str, hashed: str) -> Person:
        if role not in ROLES:
            raise Problem("journal.role_unknown", role=role, known=", ".join(ROLES))
        if not 0 < len(user_id) <= 64 or not 0 < len(name) <= 200:
            raise ValueError("a person needs an id and a name")
        writer = self._writer()
        with writer.writing() as connection:
            known = select(APP_USER.c.user_id).where(APP_USER.c.user_id == user_id)
            if connection.execute(known).first():
                raise Problem("journal.person_exists", user_id=user_id)
            connection.execute(
                insert(APP_USER).values(
                    user_id=user_id, name=name, role=role, created_us=writer.clock.wall_us()
                )
            )
            connection.execute(
                insert(CREDENTIAL).values(user_id=user_id, pin_hash=hashed, failures=0, failed_us=0)
            )
        return Person(user_id, name, role)

    def change_pin(self, user_id: str, pin: str) -> None:
        """Give a person a new PIN and forget past failures.

        Raises `Problem`: `journal.person_unknown`, `journal.pin_length`.
        """
        _require_pin(pin)
        hashed = _hasher().hash(pin)
        with self._writer().writing() as connection:
            done = connection.execute(
                update(CREDENTIAL)
                .where(CREDENTIAL.c.user_id == user_id)
                .values(pin_hash=hashed, failures=0, failed_us=0)
            )
            if done.rowcount != 1:
                raise Problem("journal.person_unknown", user_id=user_id)

    def verify(self, user_id: str, pin: str) -> bool:
        """Whether this is the person's PIN; an unknown person takes as long as a wrong PIN.

        Raises `Problem("journal.pin_locked", wait_s=...)` after too many wrong ones; the count is
        durable, so that a restart does not reset it.
        """
        from argon2.exceptions import InvalidHashError, VerificationError

        writer = self._writer()
        statement = select(CREDENTIAL).where(CREDENTIAL.c.user_id == user_id)
        with named_errors(self._path), self._readers.connect() as connection:
            row = connection.execute(statement).first()
        if row is not None:
            self._require_waited(writer, user_id, row.failures, row.failed_us)
        try:
            _hasher().verify(_nobody() if row is None else row.pin_hash, pin[: MAX_PIN + 1])
            right = row is not None
        except (VerificationError, InvalidHashError):
            right = False
        if row is not None and (not right or row.failures):
            change = (
                {"failures": 0, "failed_us": 0}
                if right
                # Counted in the database, so that parallel guesses all count.
                else {"failures": CREDENTIAL.c.failures + 1, "failed_us": writer.clock.wall_us()}
            )
            with writer.writing() as connection:
                connection.execute(
                    update(CREDENTIAL).where(CREDENTIAL.c.user_id == user_id).values(change)
                )
        return right

    def list(self) -> list[Person]:
        """Everybody who may sign on, by name."""
        statement = select(APP_USER.c.user_id, APP_USER.c.name, APP_USER.c.role)
        with named_errors(self._path), self._readers.connect() as connection:
            rows = connection.execute(statement.order_by(APP_USER.c.name, APP_USER.c.user_id))
            return [Person(*row) for row in rows]

    def get(self, user_id: str) -> Person | None:
        """One person, or None."""
        statement = select(APP_USER.c.user_id, APP_USER.c.name, APP_USER.c.role)
        with named_errors(self._path), self._readers.connect() as connection:
            row = connection.execute(statement.where(APP_USER.c.user_id == user_id)).first()
            return None if row is None else Person(*row)

    def _require_waited(self, writer: Log, user_id: str, failures: int, failed_us: int) -> None:
        now_us = writer.clock.wall_us()
        if now_us < failed_us:
            # The clock was set back: count the wait from now, not from a day in the future.
            failed_us = now_us
            with writer.writing() as connection:
                connection.execute(
                    update(CREDENTIAL)
                    .where(CREDENTIAL.c.user_id == user_id)
                    .values(failed_us=now_us)
                )
        wait_s = _wait_s(failures) - (now_us - failed_us) // 1_000_000
        if wait_s > 0:
            raise Problem("journal.pin_locked", user_id=user_id, wait_s=wait_s)

    def _writer(self) -> Log:
        if self._log is None:
            raise Problem("journal.read_only", file=str(self._path))
        return self._log


def _require_pin(pin: str) -> None:
    if not MIN_PIN <= len(pin) <= MAX_PIN:
        raise Problem("journal.pin_length", least=MIN_PIN, most=MAX_PIN)


def _wait_s(failures: int) -> int:
    if failures < FREE_FAILURES:
        return 0
    doublings = min(failures - FREE_FAILURES, 10)
    return min(FIRST_WAIT_S << doublings, MAX_WAIT_S)


@cache
def _hasher() -> PasswordHasher:
    """argon2id, sized for about 100 ms on one core of a desk computer."""
    from argon2 import PasswordHasher, Type

    return PasswordHasher(time_cost=3, memory_cost=48 * 1024, parallelism=1, type=Type.ID)


@cache
def _nobody() -> str:
    return _hasher().hash("nobody has this PIN")
