"""The engine process: reads requests from standard input until it ends, answers on standard output.

Anything a library prints goes to standard error, so that it cannot break the frames.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import sys

import msgspec

from dispatch.advice import messages as m
from dispatch.advice.core import EngineCore
from dispatch.advice.engine import read_frame, write_frame
from dispatch.domain.message import Message


def main() -> int:
    """Serve until the pipe ends."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(2)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    core = EngineCore()
    gc.freeze()
    while (data := read_frame(source)) is not None:
        response: m.Response
        try:
            response = core.handle(m.decode_request(data))
        except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
            response = m.Failed(
                request="?", message=Message("advice.bad_request", {"what": str(error)})
            )
        try:
            write_frame(sink, m.encode(response))
        except BrokenPipeError:
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())
