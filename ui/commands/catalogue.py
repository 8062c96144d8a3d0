"""Every command of the workstation: its id, where it is at home and who may give it.

Titles are in `resources/languages/*/commands.toml` under the command's id, keys in
`resources/keys/default.toml`. A panel binds the handler (`Registry.bind`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

ANYWHERE = "anywhere"
CONTEXTS = (ANYWHERE, "queue", "map", "incident", "form", "units", "notices", "replay")
GROUPS = (
    "calls",
    "incident",
    "send",
    "units",
    "queue",
    "map",
    "panels",
    "time",
    "people",
    "window",
)


REPLAY = (
    *("play", "back", "forward", "previous_fact", "next_fact", "previous_mark", "next_mark"),
    *("back_far", "forward_far", "start", "end", "slower", "faster"),
)
"""What the time bar of a replay does."""


class Permission(Enum):
    """Who may give a command."""

    NOBODY = "nobody"
    """Works with nobody signed on and on a locked desk: it shows nothing personal."""
    SIGNED_ON = "signed_on"
    """Anybody signed on."""
    DISPATCH = "dispatch"
    """Whoever may dispatch: dispatcher, supervisor, trainer; never an administrator."""
    OVERSEE = "oversee"
    """Supervisor and administrator."""

    def allows(self, role: str | None) -> bool:
        """Whether a person in `role` (None: nobody is signed on) may give the command."""
        if self is Permission.NOBODY:
            return True
        if self is Permission.SIGNED_ON:
            return role is not None
        if self is Permission.OVERSEE:
            return role in ("supervisor", "administrator")
        return role in ("dispatcher", "supervisor", "trainer")


@dataclass(frozen=True)
class Command:
    """One thing a person can do.

    `context`: the panel whose focus it needs, or "anywhere". `repeats`: holding the key repeats
    it. `in_palette`: listed in the palette (False for digits and arrows, which need their place).
    """

    id: str
    group: str
    context: str = ANYWHERE
    permission: Permission = Permission.SIGNED_ON
    repeats: bool = False
    in_palette: bool = True

    @property
    def title_id(self) -> str:
        """The message id of its title."""
        return f"commands.{self.id}"


def _all() -> tuple[Command, ...]:
    free, on, send = Permission.NOBODY, Permission.SIGNED_ON, Permission.DISPATCH
    found = [
        Command("call.take", "calls", permission=send),
        Command("call.new", "calls", permission=send),
        Command("call.attach", "calls", permission=send),
        Command("call.detach", "calls", permission=send),
        Command("call.discard", "calls", "form", send),
        Command("call.call_back", "calls", permission=send),
        Command("call.end", "calls", permission=send),
        Command("incident.caller", "incident", permission=on),
        Command("incident.verify_place", "incident", permission=send),
        Command("incident.edit_place", "incident", permission=send),
        Command("incident.edit_type", "incident", permission=send),
        Command("incident.note", "incident", permission=send),
        Command("incident.flags", "incident", permission=send),
        *(Command(f"incident.level_{n}", "incident", permission=send) for n in range(1, 6)),
        *(
            Command(f"incident.answer_{n}", "incident", permission=send, in_palette=False)
            for n in range(10)
        ),
        Command("incident.question_next", "incident", permission=send, in_palette=False),
        Command("incident.question_previous", "incident", permission=send, in_palette=False),
        Command("incident.card", "incident", permission=on),
        Command("incident.close", "incident", permission=send),
        Command("incident.take_over", "incident", permission=send),
        Command("send.confirm", "send", permission=send),
        Command("send.why_not", "send", "incident", on),
        Command("send.radio_now", "send", "incident", send),
        Command("send.next_candidate", "send", "incident", on, repeats=True, in_palette=False),
        Command("send.previous_candidate", "send", "incident", on, repeats=True, in_palette=False),
        Command("send.pick_candidate", "send", "incident", send, in_palette=False),
        Command("send.recall", "send", permission=send),
        Command("send.acknowledged", "send", permission=send),
        Command("unit.set_state", "units", permission=send),
        Command("unit.filter", "units", "units", on),
        Command("unit.view", "units", permission=on),
        Command("unit.down", "units", "units", on, repeats=True, in_palette=False),
        Command("unit.up", "units", "units", on, repeats=True, in_palette=False),
        Command("unit.next_group", "units", "units", on, repeats=True, in_palette=False),
        Command("unit.previous_group", "units", "units", on, repeats=True, in_palette=False),
        Command("unit.to_map", "units", "units", on),
        Command("unit.state", "units", "units", send, in_palette=False),
        Command("unit.radio_place", "units", "units", send),
        Command("unit.sort", "units", "units", on),
        Command("queue.next", "queue", permission=on, repeats=True),
        Command("queue.previous", "queue", permission=on, repeats=True),
        Command("queue.down", "queue", "queue", on, repeats=True, in_palette=False),
        Command("queue.up", "queue", "queue", on, repeats=True, in_palette=False),
        Command("queue.open", "queue", "queue", on, in_palette=False),
        Command("queue.urgent", "queue", permission=on),
        Command("map.zoom_in", "map", "map", free, repeats=True, in_palette=False),
        Command("map.zoom_out", "map", "map", free, repeats=True, in_palette=False),
        Command("map.pan_left", "map", "map", free, repeats=True, in_palette=False),
        Command("map.pan_right", "map", "map", free, repeats=True, in_palette=False),
        Command("map.pan_up", "map", "map", free, repeats=True, in_palette=False),
        Command("map.pan_down", "map", "map", free, repeats=True, in_palette=False),
        Command("map.whole", "map", permission=free),
        Command("map.to_incident", "map", permission=on),
        Command("map.to_unit", "map", permission=on),
        Command("map.follow", "map", "map", on),
        Command("map.back", "map", "map", free, repeats=True),
        Command("map.forward", "map", "map", free, repeats=True),
        *(Command(f"map.view_{n}", "map", "map", free) for n in range(1, 5)),
        *(Command(f"map.keep_view_{n}", "map", "map", on) for n in range(1, 5)),
        Command("map.box", "map", "map", free),
        Command("map.menu", "map", "map", free, in_palette=False),
        Command("map.list", "map", "map", free),
        Command("map.measure", "map", "map", free),
        Command("map.close_road", "map", "map", send),
        Command("map.closures", "map", "map", on),
        Command("map.close_street", "map", permission=send),
        Command("map.open_road", "map", permission=send),
        Command("map.trail", "map", "map", on),
        Command("map.trails", "map", "map", on),
        Command("map.copy_place", "map", "map", free),
        Command("map.coordinates", "map", "map", free),
        Command("map.layers", "map", permission=free),
        Command("map.reach", "map", permission=on),
        Command("map.reach_way", "map", permission=on),
        Command("map.cover", "map", permission=on),
        Command("map.cover_service", "map", permission=on),
        Command("map.stop", "map", permission=free),
        Command("panel.queue", "panels", permission=free),
        Command("panel.map", "panels", permission=free),
        Command("panel.incident", "panels", permission=free),
        Command("panel.units", "panels", permission=free),
        Command("panel.form", "panels", permission=on),
        Command("panel.notices", "panels", permission=free),
        Command("panel.float", "panels", permission=free),
        Command("panel.hide", "panels", permission=free),
        Command("panel.show_all", "panels", permission=free),
        Command("panel.wall_map", "panels", permission=free),
        Command("alarm.next", "calls", permission=on),
        Command("alarm.acknowledge", "calls", permission=send),
        Command("ai.toggle", "send", permission=send),
        Command("edit.undo", "incident", permission=send),
        Command("time.pause", "time", permission=on),
        Command("time.faster", "time", permission=on),
        Command("time.slower", "time", permission=on),
        Command("exercise.score", "time", permission=on),
        Command("exercise.end", "time", permission=on),
        Command("panel.replay", "panels", permission=free, in_palette=False),
        *(
            Command(f"replay.{name}", "time", "replay", free, repeats=True, in_palette=False)
            for name in REPLAY
        ),
        Command("people.sign_on", "people", permission=free),
        Command("people.sign_off", "people", permission=on),
        Command("people.lock", "people", permission=on),
        Command("people.add", "people", permission=Permission.OVERSEE),
        Command("window.palette", "window", permission=free),
        Command("window.keys", "window", permission=free),
        Command("window.command_line", "window", permission=on),
        Command("window.escape", "window", permission=free, in_palette=False),
        Command("window.theme", "window", permission=free),
        Command("window.language", "window", permission=free),
        *(
            Command(f"window.language_{code}", "window", permission=free)
            for code in ("en", "ru", "kk", "ko")
        ),
        Command("window.full_screen", "window", permission=free),
        Command("window.leave", "window", permission=free),
    ]
    return tuple(found)


COMMANDS: tuple[Command, ...] = _all()
