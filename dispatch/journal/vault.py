"""Personal fields as ciphertext: one key a subject (a call, an incident), so that erasing the key
erases the person and not the proof.

A token is `v1:<subject>:<base64url of nonce, ciphertext and tag>`: AES-256-GCM, bound to journal
and subject. The subject's key lies in the journal, wrapped by a master key that lies outside it.
"""

from __future__ import annotations

import base64
import binascii
import errno
import logging
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import Connection, Engine, insert, select, update

from dispatch.domain.message import Problem
from dispatch.journal.database import named_errors
from dispatch.journal.log import Log
from dispatch.journal.tables import PII_KEY
from dispatch.journal.values import JournalFull

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = logging.getLogger(__name__)

MAX_TOKEN = 400_000
MAX_TEXT_BYTES = 250_000
CHECK_SUBJECT = "journal"
"""A reserved subject whose wrapped key tells whether a master key is the right one."""

_SUBJECT = re.compile(r"[A-Za-z0-9._-]{1,100}\Z")
_TOKEN = re.compile(r"v1:([A-Za-z0-9._-]{1,100}):([A-Za-z0-9_-]+)\Z")
_KEY_LINE = re.compile(rb"vigil-journal-key-1 ([0-9a-f]{64})\n?\Z")
_NONCE = 12


def key_file(keys_dir: Path, journal_id: str) -> Path:
    """Where the master key of a journal lies."""
    if not _SUBJECT.match(journal_id):  # the id may come from a file somebody sent
        raise Problem("journal.not_a_journal", file=str(keys_dir), what="journal_id")
    return keys_dir / f"{journal_id}.key"


def make_master_key(keys_dir: Path, journal_id: str) -> bytes:
    """Make and store a new master key, readable by its owner only. Never overwrites one.

    Raises `Problem("journal.key_not_written")`, or `JournalFull` for a full disk.
    """
    path = key_file(keys_dir, journal_id)
    secret = os.urandom(32)
    try:
        keys_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(file, "wb") as stream:
                stream.write(b"vigil-journal-key-1 " + secret.hex().encode() + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            path.unlink(missing_ok=True)  # half a key is none
            raise
    except OSError as error:
        values = {"file": str(path), "what": error.strerror or str(error)}
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise JournalFull("journal.full", **values) from error
        raise Problem("journal.key_not_written", **values) from error
    return secret


def read_master_key(keys_dir: Path, journal_id: str) -> bytes | None:
    """The stored master key, or None where there is none that can be read."""
    path = key_file(keys_dir, journal_id)
    try:
        with open(path, "rb") as stream:
            line = _KEY_LINE.match(stream.read(200))
    except OSError as error:
        log.warning("no master key at %s: %s", path, error.strerror)
        return None
    if line is None:
        log.warning("%s holds no master key", path)
        return None
    return bytes.fromhex(line[1].decode())


def subject_of(token: str) -> str | None:
    """The subject a token belongs to, or None when it is not a token."""
    parsed = _TOKEN.match(token) if len(token) <= MAX_TOKEN else None
    return parsed[1] if parsed else None


class Vault:
    """Seals and opens personal fields of one journal. Safe to call from any thread."""

    def __init__(
        self, path: Path, journal_id: str, master: bytes | None, readers: Engine, log_: Log | None
    ) -> None:
        self._path = path
        self._journal_id = journal_id
        self._readers = readers
        self._log = log_
        self._lock = threading.Lock()
        self._keys: dict[str, AESGCM] = {}
        self._master: AESGCM | None = None
        if master is not None:
            self._master = _cipher(master)
            if self._unwrap(CHECK_SUBJECT) is None:
                log.warning("the master key found is not the one of %s", path)
                self._master = None

    @property
    def ready(self) -> bool:
        """Whether the master key is here and right; if not, `open` answers None and `seal`
        refuses."""
        return self._master is not None

    def seal(self, subject_id: str, text: str) -> str:
        """The token of a personal text. The subject's key is durable before this returns.

        Raises `Problem`: `journal.key_missing` without the master key, `journal.subject_erased`
        for a subject whose key was erased, `journal.read_only` where a new key cannot be kept.
        """
        content = text.encode("utf-8")
        if len(content) > MAX_TEXT_BYTES:
            raise ValueError(f"a personal field of {len(content)} bytes")
        if not _SUBJECT.match(subject_id) or subject_id == CHECK_SUBJECT:
            raise ValueError(f"not a subject id: {subject_id!r}")
        if self._master is None:
            raise Problem("journal.key_missing", file=str(self._path))
        with self._lock:
            cipher = self._keys.get(subject_id) or self._unwrap(subject_id)
            if cipher is None:
                cipher = self._new_key(subject_id)
            self._keys[subject_id] = cipher
        nonce = os.urandom(_NONCE)
        sealed = nonce + cipher.encrypt(nonce, content, self._bound(subject_id))
        return f"v1:{subject_id}:{base64.urlsafe_b64encode(sealed).rstrip(b'=').decode()}"

    def open(self, token: str) -> str | None:
        """The text of a token, or None: key erased or absent, or not a token of this journal."""
        parsed = _TOKEN.match(token) if len(token) <= MAX_TOKEN else None
        if parsed is None or self._master is None or parsed[1] == CHECK_SUBJECT:
            return None
        subject_id = parsed[1]
        with self._lock:
            cipher = self._keys.get(subject_id) or self._unwrap(subject_id)
            if cipher is None:
                return None
            self._keys[subject_id] = cipher
        from cryptography.exceptions import InvalidTag

        try:
            sealed = base64.urlsafe_b64decode(parsed[2] + "=" * (-len(parsed[2]) % 4))
            content = cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._bound(subject_id))
            return content.decode("utf-8")
        except (InvalidTag, ValueError, binascii.Error):
            log.warning("a sealed field of %s does not open", subject_id)
            return None

    def erase(self, subject_id: str, *, t_us: int | None = None) -> bool:
        """Destroy a subject's key for ever and record that as a fact; False if there was none.

        Works without the master key. `t_us` is the operational time, by default the log's last.
        """
        if self._log is None:
            raise Problem("journal.read_only", file=str(self._path))
        with self._lock:
            self._keys.pop(subject_id, None)
            with self._log.writing() as connection:
                wrapped = select(PII_KEY.c.wrapped).where(PII_KEY.c.subject_id == subject_id)
                if subject_id == CHECK_SUBJECT or connection.execute(wrapped).scalar() is None:
                    return False
                body = msgspec.json.encode({"subject": subject_id}).decode()
                fact = self._log.note_within(connection, "key_erased", subject_id, body, t_us)
                connection.execute(
                    update(PII_KEY)
                    .where(PII_KEY.c.subject_id == subject_id)
                    .values(wrapped=None, erased_pos=fact.pos)
                )
        self._log.checkpoint()  # the key's bytes leave the write-ahead log too
        return True

    def _new_key(self, subject_id: str) -> AESGCM:
        if self._log is None:
            raise Problem("journal.read_only", file=str(self._path))
        assert self._master is not None
        secret = os.urandom(32)
        with self._log.writing() as connection:
            if connection.execute(
                select(PII_KEY.c.erased_pos).where(PII_KEY.c.subject_id == subject_id)
            ).first():
                # It was erased, or it no longer unwraps; either way it is never made anew.
                raise Problem("journal.subject_erased", file=str(self._path), subject=subject_id)
            store_key(
                connection, subject_id, wrap(self._master, self._journal_id, subject_id, secret)
            )
        return _cipher(secret)

    def _unwrap(self, subject_id: str) -> AESGCM | None:
        from cryptography.exceptions import InvalidTag

        statement = select(PII_KEY.c.wrapped).where(PII_KEY.c.subject_id == subject_id)
        with named_errors(self._path), self._readers.connect() as connection:
            wrapped = connection.execute(statement).scalar()
        if wrapped is None or self._master is None:
            return None
        try:
            return _cipher(
                self._master.decrypt(
                    wrapped[:_NONCE], wrapped[_NONCE:], _bound(self._journal_id, subject_id)
                )
            )
        except (InvalidTag, ValueError):
            return None

    def _bound(self, subject_id: str) -> bytes:
        return _bound(self._journal_id, subject_id)


def first_key(master: bytes, journal_id: str) -> bytes:
    """The wrapped key of the reserved subject, by which a master key is later recognised."""
    return wrap(_cipher(master), journal_id, CHECK_SUBJECT, os.urandom(32))


def store_key(connection: Connection, subject_id: str, wrapped: bytes) -> None:
    """Keep one wrapped key."""
    connection.execute(insert(PII_KEY).values(subject_id=subject_id, wrapped=wrapped))


def wrap(master: AESGCM, journal_id: str, subject_id: str, secret: bytes) -> bytes:
    """A subject's key under the master key: nonce, ciphertext, tag."""
    nonce = os.urandom(_NONCE)
    return nonce + master.encrypt(nonce, secret, _bound(journal_id, subject_id))


def _bound(journal_id: str, subject_id: str) -> bytes:
    return f"vigil.vault.1\0{journal_id}\0{subject_id}".encode()


def _cipher(secret: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(secret)
