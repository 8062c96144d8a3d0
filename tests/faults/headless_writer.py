"""A writer without a window, made to be killed: tells on its output what is durable.

    python -m tests.faults.headless_writer JOURNAL KEYS

Each line of input starts one writer; it prints its process id, then `<pos> <hash>` after every
append that came back. Where the system can fork, the imports are paid once and each writer is a
process of its own that is forked from this one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dispatch.journal import AlreadyCommitted, Batch, Commitment, Entry, Journal

UNITS = 5


def write(path: Path, keys: Path, burst: int) -> None:
    """Append until killed."""
    journal = Journal.open(path, keys)
    os.write(1, f"pid {os.getpid()}\n".encode())
    pos = journal.head_pos
    step = 0
    while True:
        step += 1
        unit = f"U{step % UNITS}"
        assignment = f"{burst}-{step}"
        batch = Batch(
            cmd_id=f"{burst}-{step}",
            t_us=burst * 1_000_000 + step,
            wall_us=1,
            mono_us=1,
            desk_id="desk",
            actor="asel",
            role="dispatcher",
            origin="human",
            standing="firm",
            entries=tuple(
                Entry("unit.noted", 1, unit, '{"text":"' + "x" * (step * 37 % 3_000) + '"}')
                for _ in range(1 + step % 3)
            ),
            opens=(Commitment(unit, f"incident-{step}", assignment),),
        )
        try:
            last = journal.append(batch, pos)[-1]
        except AlreadyCommitted as held:
            # Left by a writer that was killed: end it and take the unit, in one command.
            retry = {name: getattr(batch, name) for name in Batch.__slots__}
            last = journal.append(Batch(**{**retry, "closes": (held.assignment_id,)}), pos)[-1]
        pos = last.pos
        os.write(1, f"{last.pos} {last.hash}\n".encode())


def main() -> None:
    path, keys = Path(sys.argv[1]), Path(sys.argv[2])
    for burst, _line in enumerate(sys.stdin):
        child = os.fork()
        if child == 0:
            try:
                write(path, keys, burst)
            finally:
                os._exit(1)
        os.waitpid(child, 0)
        os.write(1, b"end\n")


if __name__ == "__main__":
    main()
