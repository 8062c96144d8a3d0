"""Everything works with the network unplugged, and nothing that executes goes between processes.

Seen by an audit hook in every Python process of a real start (`watched_process`), and by the
system's own list of connections.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.conftest import Lives

ROOT = Path(__file__).resolve().parents[2]
#: What multiprocessing itself pickles to start a process; what is said afterwards is bytes.
STARTING = {
    "multiprocessing.process AuthenticationString",
    "multiprocessing.context SpawnProcess",
    "multiprocessing.connection rebuild_connection",
    "multiprocessing.popen_spawn_posix _DupFd",
    "ui.map.tiles.maker run",
    "ui.map.tiles.worker run",
    "ui.surface make_index",
}


def test_that_a_start_opens_no_outbound_socket(lives: Lives) -> None:
    seen = [note for note in lives.notes if note[1].startswith(("socket.", "webbrowser."))]
    assert seen == []
    assert lives.connections == []


def test_that_every_process_was_watched(lives: Lives) -> None:
    began = {process for process, event, _ in lives.notes if event == "began"}
    assert {"parent", "dispatch.advice.worker", "spawn_main"} <= began


def test_that_no_pickle_reaches_the_desk_or_the_engine(lives: Lives) -> None:
    """Babel reads its own shipped locale data by pickle; multiprocessing starts the painter so."""
    loaded = [(who, what) for who, event, what in lives.notes if event == "pickle.find_class"]
    assert {what for who, what in loaded if who == "dispatch.advice.worker"} == set()
    foreign = {what for who, what in loaded if who == "parent" and not what.startswith("babel.")}
    assert foreign == set()
    assert {what for who, what in loaded if who == "spawn_main"} <= STARTING


def test_that_no_connection_between_processes_sends_objects() -> None:
    """`Connection.send` and `recv` pickle; plain values would pass the hook unseen."""
    pickling = re.compile(r"(pipe|connection|conn)\.(send|recv)\(", re.IGNORECASE)
    sources = [*ROOT.joinpath("dispatch").rglob("*.py"), *ROOT.joinpath("ui").rglob("*.py")]
    assert [p.name for p in sources if pickling.search(p.read_text("utf-8"))] == []
