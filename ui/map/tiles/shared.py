"""Shared memory for tiles: named after its owner, so that what a crash left can be swept."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import psutil

log = logging.getLogger(__name__)

_NAME = re.compile(r"^vigil-tiles-(\d+)-[0-9a-f]{8}-\d+$")
#: Where Linux shows shared memory as files; elsewhere the system drops it with its last user.
_FOLDER = Path("/dev/shm")


def make_buffers(count: int, size: int) -> list[SharedMemory]:
    """`count` buffers of `size` bytes, owned by this process."""
    run = secrets.token_hex(4)
    return [
        SharedMemory(name=f"vigil-tiles-{os.getpid()}-{run}-{number}", create=True, size=size)
        for number in range(count)
    ]


def drop_buffers(buffers: list[SharedMemory]) -> None:
    """Give buffers back to the system."""
    for buffer in buffers:
        with contextlib.suppress(OSError, BufferError):
            buffer.close()
        with contextlib.suppress(OSError):
            buffer.unlink()


def sweep(folder: Path = _FOLDER) -> int:
    """Remove the buffers of owners that are gone; answers how many."""
    swept = 0
    if not folder.is_dir():
        return 0
    for path in folder.glob("vigil-tiles-*"):
        match = _NAME.match(path.name)
        if match and not psutil.pid_exists(int(match.group(1))):
            with contextlib.suppress(OSError):
                path.unlink()
                swept += 1
    if swept:
        log.info("swept %d tile buffers of earlier runs", swept)
    return swept
