"""Makes the golden journal of this version. Run once at a release; never again for an old one."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.journal.sample import SECOND_US, START_US, batch, commit, frame, new_journal

GOLDEN = Path(__file__).parent / "golden"


def main(version: str) -> None:
    folder = Path(tempfile.mkdtemp())
    with new_journal(folder, f"{version}.journal", realm="live") as journal:
        sealed = journal.vault.seal("call-1", "Dana Серік 다나")
        erased = journal.vault.seal("call-2", "erased")
        body = f'{{"caller":"{sealed}","second":"{erased}"}}'
        first = batch(0, facts=2)
        entry = first.entries[0]
        personal = type(entry)("call.received", 1, "call-1", body)
        journal.append(batch(0, entries=(personal, *first.entries)), 0)
        journal.append(commit(1, "A1", "one"), 3)
        journal.append(commit(2, "A2", "two"), 4)
        journal.append(commit(3, "A1", "three", closes=("one",)), 5)
        journal.append(batch(4, origin="ai", standing="provisional"), 6)
        for second in range(0, 90, 2):
            journal.fixes.write(START_US + second * SECOND_US, frame(5, second))
        journal.vault.erase("call-2")
        journal.save_snapshot(6, START_US, "zstd", "cd" * 32, b"a picture after six facts")
        journal.keep_witness(journal.witness("desk-2", START_US))
    GOLDEN.mkdir(exist_ok=True)
    shutil.copy(journal.path, GOLDEN)
    shutil.copy(folder / "keys" / f"{journal.info.journal_id}.key", GOLDEN)


if __name__ == "__main__":
    main(sys.argv[1])
