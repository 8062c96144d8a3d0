"""The incident panel: the incident a person has chosen, and the commands that work on it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout

from dispatch.domain.incident import Incident
from dispatch.domain.message import Problem
from ui.incidents.calls import Calls
from ui.incidents.deeds import Deeds
from ui.incidents.form import CallForm
from ui.incidents.place_names import PlaceNames
from ui.incidents.view import IncidentView
from ui.panel import Panel, PanelContext
from ui.theme.fonts import Size, font

#: A draft that was kept changes nothing that is shown.
KEPT = frozenset({"draft", "draft_us"})


class IncidentPanel(Panel):
    """Right dock. Shows the chosen incident; its keys work anywhere, see `Deeds`."""

    panel_id = "incident"
    title_id = "incident.title"

    def __init__(self, context: PanelContext) -> None:
        super().__init__(context)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view = IncidentView(context, self)
        self.form = CallForm(context, self.view)
        self.view.put_above(self.form)
        self.empty = QLabel(self)
        self.empty.setProperty("look", "dim")
        self.empty.setFont(font(Size.BODY))
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        # A label's own margins are lost when the stylesheet is laid on it anew.
        self.empty.setMargin(24)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.empty, 1)
        rows.addWidget(self.view, 1)
        self.deeds = Deeds(self)
        self.calls = Calls(self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.refresh)
        context.changed.connect(self._on_changes)
        context.replaced.connect(self.refresh)
        context.ticked.connect(self._on_tick)
        context.privacy_changed.connect(self._privacy_changed)
        context.selection.incident_changed.connect(self._other_incident)
        context.selection.call_changed.connect(lambda _: self.refresh())
        context.selection.proposal_changed.connect(self._show_signature)
        self.retranslate()

    @property
    def incident(self) -> Incident | None:
        """The incident that is shown: of the open call first, else the chosen one."""
        board, selection = self.context.board, self.context.selection
        call = board.call(selection.call_id)
        if call is not None:
            return board.incident(call.incident_id)
        return board.incident(selection.incident_id)

    def needed(self) -> Incident:
        """The incident that is shown, or a notice that none is."""
        incident = self.incident
        if incident is None:
            raise Problem("incident.none_chosen")
        return incident

    def _privacy_changed(self) -> None:
        self.calls.privacy_changed()
        self.refresh()

    def _other_incident(self, incident_id: object) -> None:
        """A form that corrected another incident is put away; a call's form stays."""
        if self.context.selection.call_id is None and self.form.incident_id != incident_id:
            self.form.shut_form()
        self.refresh()

    def _on_changes(self, changes: tuple[Any, ...]) -> None:
        if any(map(self._concerns, changes)):
            self._soon.start()
        elif not self.form.isHidden() and any(change.noun == "incident" for change in changes):
            self.form.look_round()

    def _concerns(self, change: Any) -> bool:
        """Whether what is shown here may read otherwise after a change."""
        incident = self.incident
        if change.noun in ("staff", "advice"):
            return True
        if change.noun == "call":
            known = incident is not None and change.id in incident.call_ids
            return (known or change.id == self.form.call_id) and not KEPT.issuperset(change.fields)
        if incident is None:
            return False
        if change.noun == "assignment":
            held = self.context.board.assignment(change.id)
            return held is not None and held.incident_id == incident.incident_id
        return bool(change.noun == "incident" and change.id == incident.incident_id)

    def refresh(self) -> None:
        """Everything anew from the board; what a person types stays."""
        incident = self.incident
        form_open = not self.form.isHidden()
        if form_open:
            self.form.look_round()
            self.form.tick(self.context.clock.now_us())
        self.empty.setVisible(incident is None and not form_open)
        self.view.setVisible(incident is not None or form_open)
        self.view.show_incident(incident)
        self.summary_changed.emit(incident.number_text if incident is not None else "")

    def _show_signature(self) -> None:
        self.view.footer.show_incident(self.incident)

    def _on_tick(self, now_us: int) -> None:
        self.view.tick(now_us)
        if not self.form.isHidden():
            self.form.tick(now_us)
        self.deeds.tick(now_us)

    def retranslate(self) -> None:
        """Every word anew."""
        key = self.context.commands.key_text("call.take")
        self.empty.setText(self.context.say("incident.empty", key=key))
        if not self.form.isHidden():
            self.form.retranslate()
        self.refresh()

    def restyle(self) -> None:
        """Colours anew."""
        self.refresh()
        self.update()

    def take_focus(self) -> None:
        """The panel itself: digits answer, arrows walk the units, Ctrl+Enter signs."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def raise_panel(self) -> None:
        """The dock is brought up by its own command; the field takes the keyboard after it."""
        if self.context.commands.possible("panel.incident"):
            self.context.commands.run("panel.incident")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Page Up and Page Down read on."""
        way = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
        else:
            self.view.turn_page(way)

    def take_focus_back(self) -> None:
        """A field of this panel is done with: the keyboard stays in the panel, not in the field."""
        focus = QApplication.focusWidget()
        if focus is None or (focus is not self and self.isAncestorOf(focus)):
            self.take_focus()

    def shut(self) -> None:
        """What was typed is kept; no timer and no worker stays behind."""
        if self.form.keep_now():
            self.calls.keep_draft()
        self._soon.stop()
        PlaceNames.of(self.context).shut()
