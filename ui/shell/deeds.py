"""What the shell's own commands do: panels, overlays, people, alarms, AI, undo, command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from dispatch.desk.advice import SwitchAdvice
from dispatch.desk.dispatching import Recall, ReportProgress
from dispatch.desk.incidents import AddNote, SetLevel
from dispatch.desk.staff import SignOff, SignOn, TakeAlarm
from dispatch.desk.undo import Undo
from dispatch.desk.units import SetUnitState
from dispatch.domain.assignment import AssignmentState
from dispatch.domain.level import Level
from dispatch.domain.message import Message, Problem
from dispatch.domain.unit import UnitState
from dispatch.words import LANGUAGES
from ui.commands.line import Ready
from ui.shell.notices import Weight
from ui.shell.street_finder import StreetFinder

if TYPE_CHECKING:
    from ui.workstation import Workstation

#: A unit's state on an incident is a report about its assignment, not about the unit alone.
PROGRESS = {
    UnitState.EN_ROUTE: AssignmentState.EN_ROUTE,
    UnitState.STAGING: AssignmentState.STAGING,
    UnitState.ON_SCENE: AssignmentState.ON_SCENE,
    UnitState.TRANSPORTING: AssignmentState.LEAVING,
    UnitState.AT_HOSPITAL: AssignmentState.AT_HOSPITAL,
    UnitState.AVAILABLE_ON_AIR: AssignmentState.CLEAR,
    UnitState.RETURNING: AssignmentState.CLEAR,
}


class Deeds:
    """Binds the shell's commands to a workstation."""

    def __init__(self, window: Workstation) -> None:
        self._window = window
        self._context = window.context
        commands = self._context.commands
        bind: dict[str, Callable[..., None]] = {
            "window.palette": window.palette_overlay.open,
            "window.keys": self._keys,
            "window.command_line": self._command_line,
            "window.escape": self._escape,
            "window.theme": self._theme,
            "window.language": self._next_language,
            "window.full_screen": self._full_screen,
            "window.leave": window.ask_to_leave,
            "panel.notices": window.notices.take_focus,
            "panel.float": self._float,
            "panel.hide": self._hide,
            "panel.show_all": window.arrange,
            "panel.wall_map": window.toggle_wall_map,
            "people.sign_on": self._sign_on,
            "people.sign_off": self._sign_off,
            "people.lock": self._lock,
            "alarm.next": self._next_alarm,
            "alarm.acknowledge": self._take_alarm,
            "ai.toggle": self._switch_ai,
            "edit.undo": self._undo,
        }
        for command_id, handler in bind.items():
            commands.bind(command_id, handler)
        if window.people_overlay is not None:
            commands.bind("people.add", window.people_overlay.open)
            window.people_overlay.added.connect(self._person_added)
        for code in LANGUAGES:
            commands.bind(f"window.language_{code}", lambda c=code: self._context.set_language(c))
        for panel_id in window.docks:
            commands.bind(f"panel.{panel_id}", lambda p=panel_id: window.go_to(p))
        window.sign_on_overlay.asked.connect(self._try_pin)
        window.palette_overlay.chosen.connect(commands.run)
        window.top_bar.line.entered.connect(self._entered)
        commands.refused.connect(lambda message: window.notices.tell(message, Weight.PASSING))

    # -- window --------------------------------------------------------------------------------

    def _keys(self) -> None:
        sheet = self._window.keys_overlay
        if sheet.isVisible():
            sheet.close_it()
        else:
            sheet.open()

    def _command_line(self, text: str = "") -> None:
        self._window.top_bar.line.open(text)

    def _escape(self) -> None:
        """The topmost overlay; then the field one types in; then what the map shows for a while
        (following, measuring); never anything that is work."""
        if self._window.close_overlay():
            return
        focus = QApplication.focusWidget()
        if isinstance(focus, (QLineEdit, QPlainTextEdit)):
            panel = self._window.panel_of(focus)
            if panel is not None:
                panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
            else:
                focus.clearFocus()
        elif self._context.commands.possible("map.stop"):
            self._context.commands.run("map.stop")

    def _theme(self) -> None:
        self._context.set_theme("light" if self._context.theme.dark else "dark")

    def _next_language(self) -> None:
        after = (LANGUAGES.index(self._context.language) + 1) % len(LANGUAGES)
        self._context.set_language(LANGUAGES[after])

    def _full_screen(self) -> None:
        window = self._window
        if window.wall is not None and window.wall.isActiveWindow():
            window.wall.turn_full_screen()
        elif window.isFullScreen():
            window.showNormal()
        else:
            window.showFullScreen()

    def _float(self) -> None:
        dock = self._window.dock_in_focus()
        if dock is not None:
            dock.setFloating(not dock.isFloating())

    def _hide(self) -> None:
        dock = self._window.dock_in_focus()
        if dock is not None:
            dock.hide()

    # -- people --------------------------------------------------------------------------------

    def _sign_on(self) -> None:
        form = self._window.people_overlay
        if form is not None and not self._window.people():
            form.open()  # a new centre: somebody must be the first
            return
        signed = self._context.board.signed_on
        locked = self._context.locked
        self._window.sign_on_overlay.open_for(signed.user_id if signed and locked else None)

    def _try_pin(self, user_id: str, pin: str) -> None:
        overlay = self._window.sign_on_overlay
        self._window.submit_unlocked(
            SignOn(user_id=user_id, pin=pin), self._signed_on, overlay.refused
        )

    def _signed_on(self, done: object) -> None:
        window = self._window
        window.set_locked(False)
        window.sign_on_overlay.accepted()
        signed = self._context.board.signed_on
        if signed is not None:
            window.use_layout_of(signed.role.value)
        window.top_bar.refresh()
        if "queue" in window.docks:
            window.go_to("queue")

    def _person_added(self, user_id: str) -> None:
        names = {person.user_id: person.name for person in self._window.people()}
        said = Message("shell.people.added", {"user": names.get(user_id, user_id)})
        self._window.notices.tell(said, Weight.PASSING)
        if self._context.board.signed_on is None:
            self._sign_on()

    def _sign_off(self) -> None:
        self._window.keep_layout()
        self._context.commands.submit(SignOff(), lambda done: self._sign_on())

    def _lock(self) -> None:
        signed = self._context.board.signed_on
        if signed is not None:
            self._window.set_locked(True)
            self._window.sign_on_overlay.stays = True
            self._window.sign_on_overlay.open_for(signed.user_id)

    # -- alarms, AI, undo ----------------------------------------------------------------------

    def _next_alarm(self) -> None:
        alarm = self._window.notices.first_alarm()
        if alarm is None:
            raise Problem("shell.no_alarm")
        picture = self._context.board.picture
        if alarm.subject in picture.incidents:
            self._context.selection.choose_incident(alarm.subject)
        elif alarm.subject in picture.units:
            self._context.selection.choose_unit(alarm.subject)
        elif alarm.subject in picture.closures:
            self._context.commands.run("map.closures", closure_id=alarm.subject)
        self._window.notices.take_focus()

    def _take_alarm(self, alarm_id: str | None = None) -> None:
        alarm = self._window.notices.first_alarm()
        wanted = alarm_id or (alarm.alarm_id if alarm is not None else None)
        if wanted is None:
            raise Problem("shell.no_alarm")
        self._context.commands.submit(TakeAlarm(alarm_id=wanted))

    def _switch_ai(self) -> None:
        on = not self._context.board.picture.ai_on
        key = "shell.ai_is_on" if on else "shell.ai_is_off"
        self._context.commands.submit(
            SwitchAdvice(on=on),
            lambda done: self._window.notices.tell(Message(key), Weight.PASSING, key="ai"),
        )

    def _undo(self) -> None:
        self._context.commands.submit(
            Undo(),
            lambda done: self._window.notices.tell(Message("shell.undone"), Weight.PASSING),
        )

    # -- the command line ----------------------------------------------------------------------

    def _entered(self, line: Ready) -> None:
        """Do what a complete line says."""
        context, commands = self._context, self._context.commands
        match line.verb:
            case "dispatch":
                assert line.incident_id is not None
                context.selection.choose_incident(line.incident_id)
                context.selection.propose(line.incident_id, line.unit_ids)
            case "open":
                context.selection.choose_incident(line.incident_id)
                self._window.go_to("incident")
            case "unit":
                context.selection.choose_unit(line.unit_ids[0])
                self._window.go_to("units")
            case "note":
                assert line.incident_id is not None
                said = Message("shell.noted", {"number": line.number})
                commands.submit(
                    AddNote(incident_id=line.incident_id, text=line.text),
                    lambda done: self._window.notices.tell(said, Weight.PASSING),
                )
            case "level":
                assert line.incident_id is not None
                level = Level.of_rank(line.level)
                commands.submit(
                    SetLevel(incident_id=line.incident_id, level=level, reason=line.text)
                )
            case "state":
                self._report(line.unit_ids[0], UnitState(line.state), line.text)
            case "recall":
                self._recall(line.unit_ids[0], line.labels[0])
            case "close":
                assert line.closing is not None and len(line.points) == 2
                commands.run(
                    "map.close_street",
                    street=line.text,
                    a=line.points[0],
                    b=line.points[1],
                    reason=line.closing.reason,
                    end=StreetFinder(context).end_of(line.closing),
                )
            case "open_road":
                commands.run("map.open_road", closure_id=line.closure_id)
            case "find":
                self._window.find_place(line.text)
            case "help":
                if line.text:
                    self._window.palette_overlay.open()
                    self._window.palette_overlay.field.setText(line.text)
                else:
                    self._window.keys_overlay.open()

    def _report(self, unit_id: str, state: UnitState, reason: str) -> None:
        picture, commands = self._context.board.picture, self._context.commands
        held = picture.open_assignment_of(unit_id)
        if held is not None and state in PROGRESS:
            commands.submit(
                ReportProgress(
                    assignment_id=held.assignment_id, state=PROGRESS[state], source="radio"
                )
            )
        else:
            commands.submit(SetUnitState(unit_id=unit_id, state=state, reason=reason))

    def _recall(self, unit_id: str, label: str) -> None:
        held = self._context.board.picture.open_assignment_of(unit_id)
        if held is None:
            raise_notice = Message("shell.not_sent", {"unit": label})
            self._window.notices.tell(raise_notice, Weight.PASSING)
            return
        self._context.commands.submit(Recall(assignment_id=held.assignment_id))
