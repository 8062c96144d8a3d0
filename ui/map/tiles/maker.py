"""The process that makes drawings out of packs. It leaves when they are written.

Apart from the painter, so that the libraries that read a pack, and the memory they take, are gone
before the first street is painted close in.
"""

from __future__ import annotations

import contextlib
import logging
import os
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from dispatch.domain.message import Message, Problem
from ui.map.tiles.messages import (
    MAX_MESSAGE_BYTES,
    Failed,
    FromMaker,
    Make,
    Ready,
    Started,
    encode,
    to_maker,
)
from ui.map.tiles.niceness import be_nice

log = logging.getLogger(__name__)


def run(pipe: Connection) -> None:
    """Entry point of the spawned process: one order, then the end."""
    be_nice()
    # Imported before the order comes: they take longer than the first stage.
    from dispatch.region.pack import open_pack
    from ui.map.tiles.making import make_drawing

    def send(message: FromMaker) -> None:
        pipe.send_bytes(encode(message))

    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        send(Started(pid=os.getpid()))
        try:
            order: Make = to_maker.decode(pipe.recv_bytes(MAX_MESSAGE_BYTES))
        except msgspec.DecodeError as error:
            log.warning("unreadable order left aside: %s", error)
            return
        try:
            pack = open_pack(Path(order.pack))
            for stage in order.stages:
                make_drawing(pack, Path(order.cache), stage)
                send(Ready(region_hash=order.region_hash, stage=stage))
        except Problem as problem:
            _tell(send, problem.message)
        except OSError as error:
            what = error.strerror or str(error)
            _tell(send, Message("map.no_drawing", {"file": order.cache, "what": what}))
        except Exception as error:
            # Whatever a strange pack makes of us: the map says so and the desk works on.
            log.exception("no drawing of %s", order.pack)
            _tell(send, Message("map.no_drawing", {"file": order.pack, "what": str(error)}))


def _tell(send: object, message: Message) -> None:
    assert callable(send)
    send(Failed(id=message.id, values=dict(message.values)))
