#!/usr/bin/env python3
"""Independent check of a Vigil journal: Python's standard library and FORMAT.md, nothing else.

    python3 verifier.py FILE [POSITION:HASH ...]

Walks the chain from the genesis record and names the first fact that was edited, deleted,
inserted or swapped, and the first sealed run of vehicle positions that was changed. A chain cut
short or made anew is sound in itself: only heads noted elsewhere, given as POSITION:HASH, show it.
Exit code 0 sound, 1 not sound, 2 not readable. Written apart from the program, on purpose: it
shares no code with it.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import sqlite3
import struct
import sys
from typing import Any

FORMAT = 1
INTEGERS = ("pos", "n", "t_us", "wall_us", "mono_us", "ver")
TEXTS = (
    "prev",
    "cmd_id",
    "desk_id",
    "actor",
    "role",
    "origin",
    "standing",
    "kind",
    "stream",
    "body",
)
GENESIS_INTEGERS = ("schema", "hash_format", "created_us")
GENESIS_TEXTS = ("journal_id", "realm", "region_id", "region_hash", "time_zone")


class Unsound(Exception):
    """The file is not what was written; says where."""


def record_hash(tag: bytes, integers: list[int], texts: list[str]) -> str:
    """Tag, format number, integers, lengths of the texts, texts."""
    parts = [text.encode("utf-8") for text in texts]
    head = tag + struct.pack(">H", FORMAT)
    head += b"".join(struct.pack(">q", number) for number in integers)
    head += b"".join(struct.pack(">I", len(part)) for part in parts)
    return hashlib.sha256(head + b"".join(parts)).hexdigest()


def frames_hash(frames: list[sqlite3.Row]) -> str:
    """The hash of a run of position frames: (t_us, key, data)."""
    digest = hashlib.sha256(b"vigil.avl" + struct.pack(">HI", FORMAT, len(frames)))
    for t_us, key, data in frames:
        digest.update(struct.pack(">qBI", t_us, key, len(data)) + data)
    return digest.hexdigest()


def genesis(database: sqlite3.Connection) -> str:
    """The hash at position 0."""
    rows = database.execute("SELECT * FROM journal_info").fetchall()
    if len(rows) != 1:
        raise Unsound("position 0: there is not exactly one genesis record")
    row = rows[0]
    if row["hash_format"] != FORMAT:
        raise ValueError(f"hash format {row['hash_format']}; this verifier knows {FORMAT}")
    return record_hash(
        b"vigil.genesis",
        [row[name] for name in GENESIS_INTEGERS],
        [row[name] for name in GENESIS_TEXTS],
    )


def check_chain(
    database: sqlite3.Connection, witnesses: dict[int, str]
) -> tuple[int, str, list[tuple[int, dict[str, Any]]]]:
    """Walk every fact; answers the head and the sealed runs that the facts speak of."""
    pos, before = 0, genesis(database)
    sealed = []
    for row in database.execute("SELECT * FROM event ORDER BY pos"):
        seen = witnesses.pop(pos, before)
        if seen != before:
            raise Unsound(f"position {pos}: not the fact that was witnessed (chain made anew)")
        if row["pos"] != pos + 1:
            raise Unsound(f"position {pos + 1}: missing")
        pos += 1
        if row["prev"] != before:
            raise Unsound(f"position {pos}: does not follow from the fact before it")
        try:
            integers = [row[name] for name in INTEGERS]
            found = record_hash(b"vigil.event", integers, [row[name] for name in TEXTS])
        except (struct.error, AttributeError) as error:
            raise Unsound(f"position {pos}: holds what no fact holds ({error})") from error
        if row["hash"] != found:
            raise Unsound(f"position {pos}: altered")
        before = found
        if row["kind"] == "journal.minute_sealed":
            sealed.append((pos, json.loads(row["body"])))
    if witnesses.pop(pos, before) != before:
        raise Unsound(f"position {pos}: not the fact that was witnessed (chain made anew)")
    if witnesses:
        raise Unsound(f"position {pos + 1}: cut short; position {max(witnesses)} was witnessed")
    heads = database.execute("SELECT pos, hash FROM log_head").fetchall()
    if [tuple(head) for head in heads] != [(pos, before)]:
        raise Unsound(f"position {pos + 1}: the head of the log does not agree")
    return pos, before, sealed


def check_positions(database: sqlite3.Connection, sealed: list[tuple[int, dict[str, Any]]]) -> None:
    """Every sealed run of vehicle positions against the hash in its fact."""
    for pos, run in sealed:
        frames = database.execute(
            "SELECT t_us, key, data FROM avl_frame WHERE t_us BETWEEN ? AND ? ORDER BY t_us",
            (run["first_us"], run["last_us"]),
        ).fetchall()
        if len(frames) != run["frames"] or frames_hash(frames) != run["sha"]:
            raise Unsound(f"position {pos}: the vehicle positions sealed here were changed")


def check_commitments(database: sqlite3.Connection) -> None:
    """No unit may be held twice."""
    row = database.execute(
        "SELECT unit_id, max(opened_pos) AS pos FROM assignment WHERE closed_pos IS NULL"
        " GROUP BY unit_id HAVING count(*) > 1"
    ).fetchone()
    if row is not None:
        raise Unsound(f"position {row['pos']}: unit {row['unit_id']} is committed twice")


def read_witness(text: str) -> tuple[int, str]:
    """POSITION:HASH as a pair."""
    pos, _, seen = text.partition(":")
    if not pos.isdigit() or len(seen) != 64:
        raise ValueError(f"{text!r} is not POSITION:HASH")
    return int(pos), seen.lower()


def connect(path: pathlib.Path) -> sqlite3.Connection:
    """The file, for reading only; SQLite makes no checkpoint on such a connection."""
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    wal = path.with_name(path.name + "-wal")
    alone = not wal.exists() or wal.stat().st_size == 0
    failure = sqlite3.OperationalError("cannot be opened")
    for mode in ("mode=ro", "immutable=1") if alone else ("mode=ro",):
        database = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
        try:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("SELECT count(*) FROM journal_info").fetchone()
        except sqlite3.OperationalError as error:
            database.close()
            failure = error
            continue
        database.row_factory = sqlite3.Row
        return database
    raise failure


def main(arguments: list[str]) -> int:
    """Check the file named first; answers the exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    try:
        witnesses = dict(read_witness(text) for text in arguments[1:])
        database = connect(pathlib.Path(arguments[0]))
        try:
            database.execute("BEGIN")
            pos, head, sealed = check_chain(database, witnesses)
            check_positions(database, sealed)
            check_commitments(database)
        finally:
            database.close()
    except Unsound as finding:
        print(f"NOT SOUND  {arguments[0]}: {finding}")
        return 1
    except (sqlite3.Error, ValueError, KeyError, IndexError) as error:
        print(f"NOT READABLE  {arguments[0]}: {error}")
        return 2
    print(f"SOUND  {arguments[0]}: {pos} facts, {len(sealed)} sealed runs of positions")
    print(f"head {pos}:{head}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
