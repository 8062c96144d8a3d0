"""The engine process: reads requests from standard input until it ends, answers on standard output.

Layers of the map are worked off in steps, and only while no other request waits.

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
from dispatch.advice.engine import write_frame
from dispatch.advice.inbox import Inbox
from dispatch.domain.message import Message


def main() -> int:
    """Serve until the pipe ends."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(2)
    # A handle of its own: the reading thread must not hold standard input when the process ends.
    source = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    core, inbox = EngineCore(), Inbox(source)
    gc.freeze()
    while True:
        if core.layers_busy and inbox.is_empty():
            response = core.step_layers()
        else:
            data = inbox.next()
            if data is None:
                break
            response = _served(core, data)
        if response is None:
            continue
        try:
            write_frame(sink, m.encode(response))
        except BrokenPipeError:
            break
    return 0


def _served(core: EngineCore, data: bytes) -> m.Response | None:
    try:
        return core.handle(m.decode_request(data))
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        return m.Failed(request="?", message=Message("advice.bad_request", {"what": str(error)}))


if __name__ == "__main__":
    sys.exit(main())
