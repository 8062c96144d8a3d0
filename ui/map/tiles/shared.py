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

from dispatch.domain.message import Problem

log = logging.getLogger(__name__)

_NAME = re.compile(r"^vigil-tiles-(\d+)-[0-9a-f]{8}-\d+$")
#: Where Linux shows shared memory as files; elsewhere the system drops it with its last user.
_FOLDER = Path("/dev/shm")


def make_buffers(count: int, size: int) -> list[SharedMemory]:
    """`count` buffers of `size` bytes, owned by this process.

    Raises `Problem("map.no_shared_memory")` where the system has not that much.
    """
    run = secrets.token_hex(4)
    buffers: list[SharedMemory] = []
    try:
        for number in range(count):
            name = f"vigil-tiles-{os.getpid()}-{run}-{number}"
            buffers.append(SharedMemory(name=name, create=True, size=size))
            _claim(buffers[-1], size)
    except OSError as error:
        drop_buffers(buffers)
        what = error.strerror or str(error)
        raise Problem(
            "map.no_shared_memory", file=str(_FOLDER), what=what, mib=count * size // 2**20 + 1
        ) from error
    return buffers


def _claim(buffer: SharedMemory, size: int) -> None:
    """Have the pages now: where /dev/shm is small, painting into what is not there is a crash."""
    handle = getattr(buffer, "_fd", -1)
    if hasattr(os, "posix_fallocate") and handle >= 0 and _FOLDER.is_dir():
        os.posix_fallocate(handle, 0, size)


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
