"""What a person does to a unit from the board: its state, and its place by radio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLineEdit

from dispatch.desk.dispatching import ReportProgress
from dispatch.desk.units import ConfirmUnitPlace, SetUnitState
from dispatch.domain.assignment import AssignmentState
from dispatch.domain.message import Problem
from dispatch.domain.unit import Unit, UnitState
from dispatch.domain.value import Point
from ui.commands.key_filter import KEPT_PROPERTY
from ui.incidents.chooser import Choice, Chooser
from ui.theme.fonts import Size, font
from ui.units.wording import age_text

if TYPE_CHECKING:
    from ui.units.board import UnitBoardPanel

BY_WORD = (
    UnitState.AVAILABLE_ON_AIR,
    UnitState.AVAILABLE_AT_STATION,
    UnitState.RETURNING,
    UnitState.ON_BREAK,
    UnitState.OUT_OF_SERVICE,
    UnitState.OFF_DUTY,
)
"""States of a unit that is on no incident."""
ON_THE_WAY = (
    AssignmentState.ACKNOWLEDGED,
    AssignmentState.EN_ROUTE,
    AssignmentState.STAGING,
    AssignmentState.ON_SCENE,
    AssignmentState.AT_PATIENT,
    AssignmentState.LEAVING,
    AssignmentState.AT_HOSPITAL,
    AssignmentState.HANDED_OVER,
    AssignmentState.CLEAR,
)
"""Reports of a unit on an incident: its state follows its assignment."""
REASONS = ("vehicle", "equipment", "crew", "cleaning", "fuel", "paperwork")
OTHER = "other"
SEEN, HOME, PICK = "seen", "home", "pick"


class UnitDeeds(QObject):
    """Asks inside the panel, by digits, and hands the answer to the desk."""

    def __init__(self, panel: UnitBoardPanel) -> None:
        super().__init__(panel)
        self._panel, self._context = panel, panel.context
        self.chooser = Chooser(panel.context, panel)
        self.reason = QLineEdit(panel)
        self.reason.setFont(font(Size.BODY))
        self.reason.setMaxLength(200)
        self.reason.setProperty(KEPT_PROPERTY, "Enter Escape")
        self.reason.hide()
        self.reason.returnPressed.connect(self._reason_given)
        self._reason_of: str | None = None
        self._picking: str | None = None
        self._context.selection.place_picked.connect(self._place_picked)
        self.chooser.left.connect(self._left)
        bind = self._context.commands.bind
        bind("unit.set_state", self.ask_state, owner=panel)
        bind("unit.state", self.ask_state, owner=panel)
        bind("unit.radio_place", self.ask_place, owner=panel)

    def retranslate(self) -> None:
        """Words anew; a question that stands is asked again by its key."""
        self.leave()

    def leave(self) -> None:
        """Away with every question."""
        self.chooser.leave()
        self._hide_reason()

    def _unit(self, unit_id: str | None) -> Unit:
        unit = self._context.board.unit(unit_id or self._context.selection.unit_id)
        if unit is None:
            raise Problem("units.choose_first")
        return unit

    # -- state ---------------------------------------------------------------------------------

    def ask_state(self, unit_id: str | None = None) -> None:
        """The states a unit may report now, each with its digit."""
        unit = self._unit(unit_id)
        self.leave()
        held = self._context.board.assignment(unit.assignment_id)
        say = self._context.say
        choices: list[Choice] = []
        if held is not None and held.is_open:
            for n, step in enumerate(ON_THE_WAY, 1):
                words = say(f"incident.assignment.{step.value}")
                choices.append(Choice(str(n), words, step, step is held.state))
            incident = self._context.board.incident(held.incident_id)
            number = incident.number_text if incident is not None else ""
            prompt = say("units.state.ask_on", unit=unit.unit_id, number=number)
            assignment_id = held.assignment_id
            self._ask(prompt, choices, lambda step: self._report(assignment_id, step))
            return
        for n, state in enumerate(BY_WORD, 1):
            choices.append(
                Choice(str(n), say(f"map.state.{state.value}"), state, state is unit.state)
            )
        prompt = say("units.state.ask", unit=unit.unit_id)
        self._ask(prompt, choices, lambda state: self._set(unit.unit_id, state))

    def _ask(self, prompt: str, choices: list[Choice], picked: object) -> None:
        self._panel.raise_panel()
        self.chooser.ask(prompt, choices, picked)  # type: ignore[arg-type]

    def _report(self, assignment_id: str, step: object) -> None:
        assert isinstance(step, AssignmentState)
        self._context.commands.submit(
            ReportProgress(assignment_id=assignment_id, state=step, source="radio")
        )

    def _set(self, unit_id: str, state: object) -> None:
        assert isinstance(state, UnitState)
        if state is UnitState.OUT_OF_SERVICE:
            self._ask_reason(unit_id)
            return
        self._context.commands.submit(SetUnitState(unit_id=unit_id, state=state))

    # -- why out of service --------------------------------------------------------------------

    def _ask_reason(self, unit_id: str) -> None:
        say = self._context.say
        choices = [
            Choice(str(n), say(f"units.reason.{name}"), name) for n, name in enumerate(REASONS, 1)
        ]
        choices.append(Choice("0", say("units.reason.other"), OTHER))
        prompt = say("units.reason.ask", unit=unit_id)
        self._ask(prompt, choices, lambda name: self._reason_picked(unit_id, str(name)))

    def _reason_picked(self, unit_id: str, name: str) -> None:
        if name == OTHER:
            self._reason_of = unit_id
            prompt = self._context.say("units.reason.type", unit=unit_id)
            self.reason.setPlaceholderText(prompt)
            self.reason.setAccessibleName(prompt)
            self.reason.clear()
            self.reason.show()
            self.reason.setFocus()
            return
        self._out_of_service(unit_id, self._context.say(f"units.reason.{name}"))

    def _reason_given(self) -> None:
        text, unit_id = self.reason.text().strip(), self._reason_of
        if text and unit_id is not None:
            self._hide_reason()
            self._out_of_service(unit_id, text)

    def _hide_reason(self) -> None:
        self._reason_of = None
        if not self.reason.isHidden():
            had = self.reason.hasFocus()
            self.reason.hide()
            if had:
                self._panel.take_focus()

    def _out_of_service(self, unit_id: str, reason: str) -> None:
        self._context.commands.submit(
            SetUnitState(unit_id=unit_id, state=UnitState.OUT_OF_SERVICE, reason=reason)
        )

    # -- place by radio ------------------------------------------------------------------------

    def ask_place(self, unit_id: str | None = None) -> None:
        """Where the crew says it is: where it was last seen, at its station, or on the map."""
        unit = self._unit(unit_id)
        self.leave()
        say, board = self._context.say, self._context.board
        row = self._panel.row_of(unit.unit_id)
        fix = board.fix(unit.unit_id)
        choices: list[Choice] = []
        if fix is not None:
            age_s = max(0.0, (self._context.clock.now_us() - fix.t_us) / 1e6)
            place = row.place if row is not None and row.place else say("units.place.unnamed")
            words = say("units.place.seen", place=place, age=age_text(self._context, age_s))
            choices.append(Choice("1", words, SEEN))
        station = self._panel.wording.station(unit.station_id)
        choices.append(Choice("2", say("units.place.home", place=station), HOME))
        choices.append(Choice("3", say("units.place.pick"), PICK))
        prompt = say("units.place.ask", unit=unit.unit_id, words=self._radio_words(unit))
        self._ask(prompt, choices, lambda where: self._place(unit, str(where)))

    def _radio_words(self, unit: Unit) -> str:
        """What is said on the radio, in the agency's own words where it has some."""
        agency = self._context.agency
        own = agency.radio("confirm_place") if agency is not None else None
        if own is None:
            return self._context.say("incident.radio.confirm_place", unit=unit.unit_id)
        return own.replace("{unit}", unit.unit_id)

    def _place(self, unit: Unit, where: str) -> None:
        fix = self._context.board.fix(unit.unit_id)
        if where == SEEN and fix is not None:
            self._confirm(unit.unit_id, fix.point)
        elif where == HOME:
            self._confirm(unit.unit_id, unit.home)
        elif where == PICK:
            prompt = self._context.say("units.place.click", unit=unit.unit_id)
            self._ask(prompt, [], lambda _: None)
            self.chooser.hint.setText(self._context.say("units.place.leave"))
            self._picking = unit.unit_id
            self._context.selection.pick_place(True)

    def _place_picked(self, lon: float, lat: float) -> None:
        unit_id, self._picking = self._picking, None
        if unit_id is None:
            return
        self._context.selection.pick_place(False)
        self.chooser.leave()
        self._confirm(unit_id, Point(lon=lon, lat=lat))

    def _left(self) -> None:
        if self._picking is not None:
            self._picking = None
            self._context.selection.pick_place(False)

    def _confirm(self, unit_id: str, point: Point) -> None:
        self._context.commands.submit(ConfirmUnitPlace(unit_id=unit_id, point=point))
