"""What a person does with a call: take, write down, open an incident, attach, end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dispatch.desk.calls import (
    AnswerCall,
    AttachCall,
    CloseCall,
    DescribeCaller,
    DetachCall,
    RingCall,
    SaveDraft,
)
from dispatch.desk.incidents import OpenIncident, SetPlace, SetType, VerifyPlace
from dispatch.domain.call import Call, CallState
from dispatch.domain.message import Problem
from dispatch.domain.place import PlaceState
from ui.incidents.pieces import by_pointer
from ui.incidents.question_book import answers_of, book_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.incidents.panel import IncidentPanel


class Calls:
    """Binds the commands of calls and of the form to the panel."""

    def __init__(self, panel: IncidentPanel) -> None:
        self._panel = panel
        self._context = panel.context
        self._form = panel.form
        self._opening: str | None = None
        form = self._form
        form.draft_due.connect(self.keep_draft)
        form.place_decided.connect(self._place_decided)
        form.type_decided.connect(self._type_decided)
        form.caller_decided.connect(self._caller_decided)
        form.attach.connect(by_pointer(panel.context, self._attach_to))
        self._context.selection.call_changed.connect(self._call_chosen)

        def bind(command_id: str, handler: Any) -> None:
            self._context.commands.bind(command_id, handler, owner=panel)

        bind("call.take", self._take)
        bind("call.new", self._new)
        bind("call.attach", self._attach)
        bind("call.detach", self._detach)
        bind("call.discard", self._discard)
        bind("call.end", self._end)
        bind("panel.form", self._go_to_form)
        bind("incident.edit_place", lambda: self._edit(form.location.field))
        bind("incident.edit_type", lambda: self._edit(form.kind.field))
        bind("incident.caller", lambda: self._edit(form.caller["number"]))
        bind("incident.verify_place", self._verify)

    def _submit(self, verb: Any, on_done: Any = None) -> None:
        self._context.commands.submit(verb, on_done)

    def _call(self) -> Call | None:
        return self._context.board.call(self._context.selection.call_id)

    # -- taking --------------------------------------------------------------------------------

    def _take(self, call_id: str | None = None) -> None:
        """The call that rings longest; a new one by hand where none rings."""
        ringing = self._context.board.ringing()
        if call_id is None and not ringing:
            self._new()
            return
        wanted = call_id or ringing[0].call_id
        self.keep_draft()
        self._submit(AnswerCall(call_id=wanted), lambda done: self._open(wanted))

    def _new(self) -> None:
        """A call by hand: it rings and is taken at once."""
        self.keep_draft()

        def rang(done: Any) -> None:
            call_id = str(done.result["call_id"])
            self._submit(AnswerCall(call_id=call_id), lambda _: self._open(call_id))

        self._submit(RingCall(line=self._context.say("callform.by_hand")), rang)

    def _open(self, call_id: str) -> None:
        self._context.selection.choose_call(call_id)
        self._panel.raise_panel()
        self._form.expand(self._form.location.field)
        self._form.places.offer_phone()

    def privacy_changed(self) -> None:
        """A locked desk hides what was typed; unlocked, it stands as it stood."""
        form = self._form
        if self._context.locked:
            form.hide()
        elif form.is_open:
            form.show()
        else:
            self._call_chosen(self._context.selection.call_id)

    def _call_chosen(self, call_id: object) -> None:
        """Another call, or none: the form is filled once, here."""
        form = self._form
        if call_id is not None and call_id == form.call_id:
            return
        self.keep_draft()
        if self._context.locked or self._context.mode == "replay":
            # A form filled with a locked desk's hidden fields would keep them so; and what is
            # past is not written on.
            form.shut_form()
            return
        call = self._call()
        if call is None:
            form.shut_form()
            return
        form.open_call(call, self._context.board.incident(call.incident_id))

    def _go_to_form(self) -> None:
        call = self._call()
        if call is None:
            drafts = self._context.board.drafts()
            if not drafts:
                raise Problem("callform.no_form")
            self._context.selection.choose_call(drafts[0].call_id)
        self._panel.raise_panel()
        self._form.expand(self._form.location.field)

    def _edit(self, field: QWidget) -> None:
        """A field of the form; for an incident whose call is over, the form to correct it."""
        form = self._form
        if self._call() is None:
            incident = self._panel.needed()
            if form.incident_id != incident.incident_id or form.isHidden():
                form.open_incident(incident)
        self._panel.raise_panel()
        form.expand(field)

    # -- writing down --------------------------------------------------------------------------

    def keep_draft(self) -> None:
        """The form as it stands goes into the journal."""
        form = self._form
        form.keep_now()
        call = self._context.board.call(form.call_id)
        if call is None or form.isHidden() or call.state is CallState.CLOSED:
            return
        if self._context.selection.call_id is None and form.incident_id is not None:
            return  # correcting an incident: its own facts are kept, no draft
        self._submit(SaveDraft(call_id=call.call_id, draft=form.draft.encode()))

    def _place_decided(self) -> None:
        form = self._form
        incident = self._context.board.incident(form.incident_id)
        if incident is None:
            self._open_incident()
        elif incident.is_open and form.draft.point is not None:
            place = form.draft.place()
            if place.point == incident.place.point and incident.place.label == place.label:
                # A flat or a door code added later takes no confirmation away.
                place = replace(place, state=incident.place.state)
            self._submit(SetPlace(incident_id=incident.incident_id, place=place))

    def _type_decided(self) -> None:
        form = self._form
        incident = self._context.board.incident(form.incident_id)
        if incident is None:
            self._open_incident()
            if not form.is_complete:
                form.expand(form.location.field)
            return
        book = book_of(self._context)
        services = book.type(form.draft.type_id).services_for(answers_of(incident))
        verb = SetType(
            incident_id=incident.incident_id, type_id=form.draft.type_id, services=services
        )
        self._submit(verb)
        self._settled()

    def _caller_decided(self) -> None:
        form = self._form
        call = self._context.board.call(form.call_id)
        if call is None:
            return
        plain = self._context.plain
        before = (plain(call.name), plain(call.number))
        if (form.draft.name, form.draft.number) != before and not self._context.locked:
            verb = DescribeCaller(
                call_id=call.call_id, name=form.draft.name, number=form.draft.number
            )
            self._submit(verb)

    def _verify(self) -> None:
        """The caller confirmed the place: of the form while it is being written."""
        form = self._form
        incident = self._panel.incident
        writing = form.isVisible() and form.incident_id is None
        if writing or incident is None:
            if form.isHidden() or not form.verify():
                raise Problem("desk.place_has_no_point")
            return
        if form.isVisible():
            form.verify()
        self._submit(VerifyPlace(incident_id=incident.incident_id))

    def _open_incident(self) -> None:
        """As soon as there is a point and a type; once."""
        form = self._form
        call = self._context.board.call(form.call_id)
        if not form.is_complete or call is None or self._opening == call.call_id:
            return
        self._opening = call.call_id
        services = book_of(self._context).type(form.draft.type_id).services_for({})
        verb = OpenIncident(
            call_id=call.call_id,
            type_id=form.draft.type_id,
            services=services,
            place=form.draft.place(),
        )
        self._context.commands.submit(verb, self._opened, self._not_opened)

    def _opened(self, done: Any) -> None:
        self._opening = None
        incident_id = str(done.result["incident_id"])
        form = self._form
        call = self._context.board.call(form.call_id)
        if call is not None and call.incident_id == incident_id:
            form.opened_as(incident_id)
            self._context.selection.choose_incident(incident_id)
            incident = self._context.board.incident(incident_id)
            verified = form.draft.state is PlaceState.VERIFIED
            if incident is not None and verified and incident.place.state is not form.draft.state:
                self._submit(VerifyPlace(incident_id=incident_id))
            self._settled()

    def _not_opened(self, problem: Problem) -> None:
        self._opening = None
        self._context.commands.refused.emit(problem.message)

    def _settled(self) -> None:
        """Place and type are decided: digits answer questions now, Ctrl+Enter sends."""
        self._form.fold()
        self._panel.refresh()
        self._panel.take_focus()

    # -- attaching and ending ------------------------------------------------------------------

    def _attach(self) -> None:
        found = self._form.near.found
        if self._form.isHidden() or not found:
            raise Problem("callform.nothing_near")
        self._attach_to(found[0].incident.incident_id)

    def _attach_to(self, incident_id: str) -> None:
        call = self._call()
        if call is None:
            raise Problem("callform.no_form")
        self.keep_draft()

        def attached(done: Any) -> None:
            self._context.selection.choose_call(None)
            self._context.selection.choose_incident(incident_id)
            self._panel.take_focus()

        self._submit(AttachCall(call_id=call.call_id, incident_id=incident_id), attached)

    def _detach(self) -> None:
        """Take an attachment back; the form of the call opens again."""
        call = self._call()
        if call is None:
            incident = self._panel.needed()
            call = self._context.board.call(incident.call_ids[-1] if incident.call_ids else None)
        if call is None:
            raise Problem("callform.no_form")
        call_id = call.call_id

        def detached(done: Any) -> None:
            self._context.selection.choose_call(None)
            if self._context.board.call(call_id) is not None:
                self._open(call_id)

        self._submit(DetachCall(call_id=call_id), detached)

    def _discard(self) -> None:
        """No incident comes of it."""
        call = self._call()
        if call is None:
            self._close_form()
            return
        if call.incident_id is not None:
            raise Problem("desk.call_has_incident", call=call.call_id)
        self._close(call, "no_incident")

    def _end(self) -> None:
        """The talk is over; the incident goes on."""
        call = self._call() or self._talk_of_incident()
        if call is None:
            self._close_form()
            return
        if call.incident_id is None:
            raise Problem(
                "callform.end_or_discard",
                discard=self._context.commands.key_text("call.discard"),
            )
        self._close(call, "ended")

    def _talk_of_incident(self) -> Call | None:
        """A call of the chosen incident that has not been ended, newest first."""
        incident = self._panel.incident
        for call_id in reversed(incident.call_ids if incident is not None else ()):
            call = self._context.board.call(call_id)
            if call is not None and call.state is not CallState.CLOSED:
                return call
        return None

    def _close(self, call: Call, disposition: str) -> None:
        self.keep_draft()
        incident_id = call.incident_id

        def closed(done: Any) -> None:
            self._context.selection.choose_call(None)
            if incident_id is not None:
                self._context.selection.choose_incident(incident_id)
            self._panel.take_focus()

        self._submit(CloseCall(call_id=call.call_id, disposition=disposition), closed)

    def _close_form(self) -> None:
        if self._form.isHidden():
            raise Problem("callform.no_form")
        self._form.shut_form()
        self._panel.refresh()
        self._panel.take_focus()
