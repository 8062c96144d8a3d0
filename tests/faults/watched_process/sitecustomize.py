"""Put on PYTHONPATH by tests: every Python process of a run notes what it should never do.

Each line of the file named by `VIGIL_WATCHED` is `<which process> <audit event> <what>`.
"""

import os
import sys

EVENTS = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "pickle.find_class",
        "os.system",
        "webbrowser.open",
    }
)


def watch(notes: int) -> None:
    """Append to an open file from now on."""
    words = " ".join(sys.orig_argv)
    known = ("dispatch.advice.worker", "resource_tracker", "spawn_main")
    process = next((name for name in known if name in words), "parent")

    def note(event: str, args: tuple[object, ...]) -> None:
        if event in EVENTS:
            what = " ".join(str(arg) for arg in args if isinstance(arg, str))
            os.write(notes, f"{process} {event} {what}\n".encode("utf-8", "replace"))

    sys.addaudithook(note)
    os.write(notes, f"{process} began -\n".encode())


if "VIGIL_WATCHED" in os.environ:
    watch(os.open(os.environ["VIGIL_WATCHED"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
