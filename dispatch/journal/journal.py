"""The door of the journal room: one file that holds what happened, in what order, provably."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, Engine, bindparam, insert, select

from dispatch.domain.facts.envelope import Envelope
from dispatch.domain.message import Problem
from dispatch.journal import snapshots, vault
from dispatch.journal.chain import (
    HASH_FORMAT,
)
from dispatch.journal.database import (
    named_errors,
    reader_engine,
    writer_engine,
)
from dispatch.journal.fixes import Fixes
from dispatch.journal.identity import new_journal_id
from dispatch.journal.lock import WriterLock
from dispatch.journal.log import READ_CHUNK, Log, read_head, read_range
from dispatch.journal.opening import build, inspect
from dispatch.journal.people import People
from dispatch.journal.schema import SCHEMA, upgrade
from dispatch.journal.tables import EVENT, WITNESS
from dispatch.journal.values import (
    Batch,
    Clock,
    JournalInfo,
    Snapshot,
    Witness,
)

_POSITION_AT = (
    select(EVENT.c.pos)
    .where(EVENT.c.high_us <= bindparam("t_us"))
    .order_by(EVENT.c.high_us.desc(), EVENT.c.pos.desc())
    .limit(1)
)


class Journal:
    """One open journal. Made by `create` or `open`; a context manager. Thread-safe."""

    def __init__(
        self,
        path: Path,
        info: JournalInfo,
        master: bytes | None,
        readers: Engine,
        log: Log | None,
        lock: WriterLock | None,
    ) -> None:
        self.path = path
        self.info = info
        self.read_only = log is None
        self._readers = readers
        self._log = log
        self._lock = lock
        self.vault = vault.Vault(path, info.journal_id, master, readers, log)
        self.fixes = Fixes(path, readers, log)
        self.people = People(path, readers, log)

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        realm: str,
        region_id: str,
        region_hash: str,
        time_zone: str,
        keys_dir: Path,
        created_us: int,
        clock: Clock | None = None,
    ) -> Journal:
        """Make a new journal of a realm (`live` or `exercise`) and open it for writing.

        The file appears whole or not at all. Raises `Problem`: `journal.exists`, `journal.full`,
        `journal.folder_read_only`, `journal.key_not_written`.
        """
        if realm not in ("live", "exercise"):
            raise ValueError(f"no such realm: {realm!r}")
        path = Path(path)
        info = JournalInfo(
            journal_id=new_journal_id(created_us),
            realm=realm,
            schema=SCHEMA,
            hash_format=HASH_FORMAT,
            region_id=region_id,
            region_hash=region_hash,
            time_zone=time_zone,
            created_us=created_us,
        )
        with contextlib.suppress(OSError):  # the lock file below says what is wrong
            path.parent.mkdir(parents=True, exist_ok=True)
        lock = WriterLock(path)
        try:
            if path.exists():
                raise Problem("journal.exists", file=str(path))
            # A log left by a journal of this name that was deleted would be taken for ours.
            for left in ("-wal", "-shm"):
                path.with_name(path.name + left).unlink(missing_ok=True)
            master = vault.make_master_key(Path(keys_dir), info.journal_id)
            try:
                build(path, info, master)
            except BaseException:
                vault.key_file(Path(keys_dir), info.journal_id).unlink(missing_ok=True)
                raise
            return cls._writer(path, master, lock, clock or Clock())
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(
        cls,
        path: Path,
        keys_dir: Path,
        read_only: bool = False,
        *,
        realm: str | None = None,
        clock: Clock | None = None,
    ) -> Journal:
        """Open a journal; for writing, bring an older schema up and lock others out.

        With `realm`, refuse one of the other realm. A missing key file is no refusal: the journal
        opens and personal fields read None (`vault.ready`). Raises `Problem`: `journal.missing`,
        `journal.not_a_journal`, `journal.newer_schema`, `journal.corrupt`, `journal.wrong_realm`,
        `journal.in_use`, `journal.folder_read_only`.
        """
        path = Path(path)
        if not path.is_file():
            raise Problem("journal.missing", file=str(path))
        lock = None if read_only else WriterLock(path)
        readers = reader_engine(path)
        try:
            info, found = inspect(path, readers)
            if realm is not None and info.realm != realm:
                raise Problem("journal.wrong_realm", file=str(path), found=info.realm, wanted=realm)
            master = vault.read_master_key(Path(keys_dir), info.journal_id)
            if lock is None:
                if found < SCHEMA:
                    raise Problem("journal.older_schema", file=str(path), found=found, known=SCHEMA)
                return cls(path, info, master, readers, None, None)
            readers.dispose()
            return cls._writer(path, master, lock, clock or Clock(), found)
        except BaseException:
            readers.dispose()
            if lock is not None:
                lock.release()
            raise

    @classmethod
    def _writer(
        cls,
        path: Path,
        master: bytes | None,
        lock: WriterLock,
        clock: Clock,
        found: int = SCHEMA,
    ) -> Journal:
        engine = writer_engine(path)
        try:
            if found < SCHEMA:
                with named_errors(path), engine.connect() as connection, connection.begin():
                    upgrade(connection)
            log = Log(path, engine, clock)
            if found < SCHEMA:
                with log.writing() as connection:
                    body = f'{{"from":{found},"to":{SCHEMA}}}'
                    log.note_within(connection, "upgraded", str(SCHEMA), body)
            readers = reader_engine(path)
            info, _ = inspect(path, readers)
            return cls(path, info, master, readers, log, lock)
        except BaseException:
            engine.dispose()
            raise

    @property
    def head_pos(self) -> int:
        """The position of the last fact; 0 for an empty journal."""
        if self._log is not None:
            return self._log.head.pos
        with self._reading() as connection:
            return read_head(connection, self.path).pos

    def append(self, batch: Batch, expected_pos: int | None) -> list[Envelope]:
        """Record a command's facts: all of them, durable when this returns, or none.

        A command recorded before returns the facts of that time. Raises `HeadMoved` when the
        head is not at `expected_pos` (None skips the check), `AlreadyCommitted` when a unit in
        `opens` is held, `JournalFull` and other `Problem` when it cannot be kept, `ValueError`
        for a batch that is not one.
        """
        return self._require_log().append(batch, expected_pos)

    def note(
        self,
        kind: str,
        key: str,
        body: str,
        *,
        t_us: int | None = None,
    ) -> Envelope:
        """Record one fact of housekeeping, `journal.<kind>` (`denied`, ...), idempotent by key."""
        log = self._require_log()
        with log.writing() as connection:
            return log.note_within(connection, kind, key, body, t_us)

    def read(self, after: int = 0, upto: int | None = None) -> Iterator[Envelope]:
        """The facts of positions `after < pos <= upto` in order; `upto` is the head of now.

        No transaction stays open between facts, so a slow reader hinders nobody.
        """
        end = self.head_pos if upto is None else upto
        while after < end:
            to = min(after + READ_CHUNK, end)
            with self._reading() as connection:
                facts = read_range(connection, after, to)
            yield from facts
            if len(facts) < to - after:  # the end of the log
                return
            after = to

    def position_at(self, t_us: int) -> int:
        """The last position at which the operational clock had not passed `t_us`; 0 before all.

        Where the clock stepped back, the facts written until it caught up count as of its highest
        reading, so that a later moment never gives an earlier position.
        """
        with self._reading() as connection:
            return connection.execute(_POSITION_AT, {"t_us": t_us}).scalar() or 0

    def times(self) -> tuple[int, int] | None:
        """The operational time of the first fact and the highest one of all, or None."""
        ends = select(EVENT.c.t_us, EVENT.c.high_us)
        with self._reading() as connection:
            first = connection.execute(ends.order_by(EVENT.c.pos).limit(1)).first()
            last = connection.execute(ends.order_by(EVENT.c.pos.desc()).limit(1)).first()
        return None if first is None or last is None else (first[0], last[1])

    def save_snapshot(self, pos: int, t_us: int, codec: str, state_sha: str, data: bytes) -> None:
        """Keep the picture after position `pos`. `data` is opaque here."""
        log = self._require_log()
        if not 0 <= pos <= log.head.pos:
            raise ValueError(f"no position {pos} to keep a picture of")
        if len(data) > snapshots.MAX_SNAPSHOT_BYTES:
            raise ValueError(f"a snapshot of {len(data)} bytes")
        with log.writing() as connection:
            snapshots.save(connection, Snapshot(pos, t_us, codec, state_sha, data))

    def snapshot_before(self, pos: int) -> Snapshot | None:
        """The newest undamaged snapshot at or before a position, or None."""
        with self._reading() as connection:
            return snapshots.before(connection, pos)

    def witness(self, station: str, t_us: int) -> Witness:
        """The head as it stands, to be kept elsewhere and given to `verify` later."""
        with self._reading() as connection:
            head = read_head(connection, self.path)
        return Witness(station, head.pos, head.hash, t_us)

    def keep_witness(self, witness: Witness) -> None:
        """Keep what another station saw; `verify` compares it with the chain."""
        with self._require_log().writing() as connection:
            connection.execute(
                insert(WITNESS)
                .prefix_with("OR IGNORE", dialect="sqlite")
                .values(
                    station=witness.station,
                    pos=witness.pos,
                    hash=witness.hash,
                    t_us=witness.t_us,
                )
            )

    def close(self) -> None:
        """Seal the last positions, checkpoint, and let the next writer in."""
        try:
            if self._log is not None:
                try:
                    with contextlib.suppress(Problem):  # full disk: what is kept stays provable
                        self.fixes.seal()
                finally:
                    self._readers.dispose()
                    self._log.close()
        finally:
            self._readers.dispose()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _require_log(self) -> Log:
        if self._log is None:
            raise Problem("journal.read_only", file=str(self.path))
        return self._log

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with named_errors(self.path), self._readers.connect() as connection:
            yield connection
