"""The one registry of commands: runs them by id or by key, says which are possible and why not.

    registry.bind("incident.verify_place", self.verify_place, owner=self)
    registry.run("incident.level_1", incident_id="i-7")

Handlers take keyword arguments. A panel never listens to keys of its own for what is a command.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from dispatch.domain.message import Message, Problem
from dispatch.resources import resource
from ui.commands.bindings import read_bindings
from ui.commands.catalogue import ANYWHERE, COMMANDS, Command, Permission
from ui.commands.keys import Chord

log = logging.getLogger(__name__)

Handler = Callable[..., Any]
OnDone = Callable[[Any], None]
OnRefused = Callable[[Problem], None]
Submit = Callable[[Any, OnDone | None, OnRefused | None], None]


@dataclass(frozen=True)
class Binding:
    """A handler, the widget it belongs to, and whether it can act now."""

    handler: Handler
    owner: QWidget | None
    enabled: Callable[[], bool | Message] | None


class Registry(QObject):
    """All commands with their keys and handlers.

    `who`: the role signed on, or None. `locked`: whether the desk is locked. Both are asked at
    each run, never kept.
    """

    refused = Signal(object)
    """`Message`: why the last command was not carried out; shown as a notice."""
    ran = Signal(str)
    """The id of a command that was carried out."""

    def __init__(
        self,
        commands: Iterable[Command] = COMMANDS,
        keys_file: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.commands: dict[str, Command] = {command.id: command for command in commands}
        path = keys_file or resource("keys", "default.toml")
        self.chords: dict[str, tuple[Chord, ...]] = read_bindings(path, self.commands.values())
        self._by_chord: dict[tuple[str, Chord], str] = {
            (self.commands[command_id].context, chord): command_id
            for command_id, chords in self.chords.items()
            for chord in chords
        }
        self._bindings: dict[str, list[Binding]] = {}
        self._submit: Submit | None = None
        self.who: Callable[[], str | None] = lambda: None
        self.locked: Callable[[], bool] = lambda: False
        self.barred: Callable[[Command], Message | None] = lambda command: None
        """Why a command is not given in this window at all (replay: nothing can be changed)."""

    # -- binding -------------------------------------------------------------------------------

    def bind(
        self,
        command_id: str,
        handler: Handler,
        *,
        owner: QWidget | None = None,
        enabled: Callable[[], bool | Message] | None = None,
    ) -> None:
        """Give a command its handler.

        `owner`: the widget it belongs to; the owner that holds the focus is preferred, and the
        binding ends with it. `enabled`: answers True, False, or a `Message` that says why not.
        """
        if command_id not in self.commands:
            raise KeyError(f"no such command: {command_id}")
        self._bindings.setdefault(command_id, []).append(Binding(handler, owner, enabled))

    def bind_submit(self, submit: Submit) -> None:
        """The door to the desk: `submit(verb, on_done, on_refused)` (see ui/session.py)."""
        self._submit = submit

    def submit(
        self, verb: Any, on_done: OnDone | None = None, on_refused: OnRefused | None = None
    ) -> None:
        """Hand a verb (a frozen Struct of `dispatch.desk`) to the desk; answers later.

        `on_done(Done)` runs when it is durable; `on_refused(Problem)` when the desk refused;
        without one the refusal is shown as a notice. Both run in the surface thread.
        """
        if self._submit is None:
            raise RuntimeError("the registry has no desk yet")
        if self.locked():
            self._refuse(Problem("commands.desk_locked"), on_refused)
            return
        self._submit(verb, on_done, on_refused or (lambda problem: self._refuse(problem, None)))

    def _refuse(self, problem: Problem, on_refused: OnRefused | None) -> None:
        if on_refused is not None:
            on_refused(problem)
        else:
            self.refused.emit(problem.message)

    # -- running -------------------------------------------------------------------------------

    def run(self, command_id: str, **arguments: Any) -> bool:
        """Carry out a command; False where it cannot be, and `refused` says why."""
        reason = self.why_not(command_id)
        if reason is not None:
            self.refused.emit(reason)
            return False
        binding = self._binding(command_id)
        assert binding is not None
        try:
            binding.handler(**arguments)
        except Problem as problem:
            self.refused.emit(problem.message)
            return False
        self.ran.emit(command_id)
        return True

    def why_not(self, command_id: str) -> Message | None:
        """Why a command cannot be carried out now; None where it can."""
        command = self.commands[command_id]
        barred = self.barred(command)
        if barred is not None:
            return barred
        if self.locked() and command.permission is not Permission.NOBODY:
            return Message("commands.desk_locked")
        role = self.who()
        if not command.permission.allows(role):
            return Message("commands.sign_on_first" if role is None else "commands.not_your_role")
        binding = self._binding(command_id)
        if binding is None:
            return Message("commands.nothing_here")
        if binding.enabled is not None:
            answer = binding.enabled()
            if isinstance(answer, Message):
                return answer
            if not answer:
                return Message("commands.not_now")
        return None

    def is_bound(self, command_id: str) -> bool:
        """Whether this window can do it at all; what it cannot is listed nowhere."""
        return self.barred(self.commands[command_id]) is None and (
            self._binding(command_id) is not None
        )

    def possible(self, command_id: str) -> bool:
        """Whether the command can be carried out now."""
        return self.why_not(command_id) is None

    def _binding(self, command_id: str) -> Binding | None:
        alive = [
            binding
            for binding in self._bindings.get(command_id, ())
            if binding.owner is None or isValid(binding.owner)
        ]
        if not alive:
            return None
        focus = QApplication.focusWidget()
        for binding in alive:
            owner = binding.owner
            if owner is None or focus is None:
                continue
            if owner is focus or owner.isAncestorOf(focus):
                return binding
        return alive[0]

    # -- keys ----------------------------------------------------------------------------------

    def of_chord(self, chord: Chord, context: str) -> Command | None:
        """The command that a key gives in a panel: the panel's own first, then anywhere's."""
        command_id = self._by_chord.get((context, chord)) or self._by_chord.get((ANYWHERE, chord))
        return self.commands[command_id] if command_id is not None else None

    def key_text(self, command_id: str) -> str:
        """The first key of a command as text (`Ctrl+K`), or ""."""
        chords = self.chords.get(command_id, ())
        return str(chords[0]) if chords else ""

    def of_context(self, context: str) -> list[Command]:
        """The commands at home in a panel, in the catalogue's order."""
        return [command for command in self.commands.values() if command.context == context]
