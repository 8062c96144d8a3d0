"""The form of a call: where, what, who. A durable draft from its first key.

Nothing from the board ever changes a field while its call is open; the form is filled when it is
opened for another call or incident, and never after.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from dispatch.domain.call import Call, CallState
from dispatch.domain.incident import Incident
from dispatch.domain.place import PlaceState
from ui.commands.key_filter import CONTEXT_PROPERTY
from ui.commands.layouts import by_keys
from ui.incidents.caller import HeardCard
from ui.incidents.completion import Completion, Offer
from ui.incidents.draft import ACCESS, Draft, draft_of_place
from ui.incidents.durations import clock_text, span
from ui.incidents.location import Location, unplaced
from ui.incidents.nearby import Nearby
from ui.incidents.pieces import SIDE, key_cap, put, text_label
from ui.incidents.question_book import book_of
from ui.incidents.queue_lines import line_name
from ui.panel import PanelContext
from ui.theme.fonts import Size, font

DRAFT_AFTER_MS = 700
CALLER = ("name", "number")


class CallForm(QFrame):
    """Location, access, type, caller, and what is open nearby.

    `draft_due` when it is time to keep it; `place_decided`, `type_decided`, `caller_decided` when
    a person decided one of them.
    """

    draft_due = Signal()
    place_decided = Signal()
    type_decided = Signal()
    caller_decided = Signal()
    attach = Signal(str)

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.call_id: str | None = None
        self.incident_id: str | None = None
        self.draft = Draft()
        self.book = book_of(context)
        self._expanded = True
        self._never_kept = True
        self.setProperty(CONTEXT_PROPERTY, "form")
        self._build()
        self._draft_timer = QTimer(self, singleShot=True, interval=DRAFT_AFTER_MS)
        self._draft_timer.timeout.connect(self.draft_due)
        self.places = Location(context, self.location, lambda: context.board.call(self.call_id))
        self.location.typed.connect(self._location_typed)
        self.location.picked.connect(self._place_picked)
        self.kind.typed.connect(self._type_typed)
        self.kind.picked.connect(self._type_picked)
        self.near.attach.connect(self.attach)
        for name, field in self.access.items():
            field.textEdited.connect(lambda text, name=name: self._edit(name, text))
            field.editingFinished.connect(self.place_decided)
        for name, field in self.caller.items():
            field.textEdited.connect(lambda text, name=name: self._edit(name, text))
            field.editingFinished.connect(self.caller_decided)
        self.hide()

    def _build(self) -> None:
        self.title = text_label(self, "strong", wrap=False, bold=True)
        self.age = text_label(self, "dim", wrap=False)
        self.heard = HeardCard(self.context, self)
        self.location_label = text_label(self, "small", size=Size.SMALL, wrap=False)
        self.location = Completion(self.context, self)
        self.matched = text_label(self, "dim")
        self.verify_key = key_cap(self)
        self.access: dict[str, QLineEdit] = {name: QLineEdit(self) for name in ACCESS}
        self.kind_label = text_label(self, "small", size=Size.SMALL, wrap=False)
        self.kind = Completion(self.context, self)
        self.caller: dict[str, QLineEdit] = {name: QLineEdit(self) for name in CALLER}
        self.near = Nearby(self.context, self)
        self.hint = text_label(self, "small", size=Size.SMALL)
        for field in (*self.access.values(), *self.caller.values()):
            field.setProperty("look", "quiet")
            field.setFont(font())
            field.setMaxLength(200)
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.age)
        matched = QHBoxLayout()
        matched.setSpacing(8)
        matched.addWidget(self.matched, 1)
        matched.addWidget(self.verify_key)
        self.body = QWidget(self)
        grid = QGridLayout(self.body)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(6)
        for column, name in enumerate(("entrance", "floor", "flat")):
            grid.addWidget(self.access[name], 0, column)
        grid.addWidget(self.access["door_code"], 1, 0)
        grid.addWidget(self.access["meet"], 1, 1, 1, 2)
        self.people = QWidget(self)
        people = QHBoxLayout(self.people)
        people.setContentsMargins(0, 0, 0, 0)
        people.setSpacing(6)
        people.addWidget(self.caller["number"], 1)
        people.addWidget(self.caller["name"], 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(SIDE, 10, SIDE, 12)
        rows.setSpacing(6)
        rows.addLayout(top)
        rows.addWidget(self.heard)
        rows.addWidget(self.location_label)
        rows.addWidget(self.location)
        rows.addLayout(matched)
        rows.addWidget(self.near)
        rows.addWidget(self.kind_label)
        rows.addWidget(self.kind)
        rows.addWidget(self.body)
        rows.addWidget(self.people)
        rows.addWidget(self.hint)
        # Typing goes from the place to the type first: then the first unit can go.
        order = [self.location.field, self.kind.field, *self.access.values()]
        order += [self.caller["number"], self.caller["name"]]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    # -- opening -------------------------------------------------------------------------------

    def open_call(self, call: Call, incident: Incident | None) -> None:
        """Fill the form for a call: its draft, or its incident's place; once."""
        plain = self.context.plain
        if incident is not None:
            draft = draft_of_place(self.context, incident.place, incident.type_id)
        else:
            draft = Draft.decode(plain(call.draft)) or Draft()
        number, name = plain(call.number), plain(call.name)
        draft = replace(draft, number=draft.number or number, name=draft.name or name)
        self._never_kept = not call.draft
        self._fill(call.call_id, incident, draft)

    def open_incident(self, incident: Incident) -> None:
        """Fill the form to correct an incident whose call is over."""
        call = self.context.board.call(incident.call_ids[0] if incident.call_ids else None)
        draft = draft_of_place(self.context, incident.place, incident.type_id)
        if call is not None:
            plain = self.context.plain
            draft = replace(draft, number=plain(call.number), name=plain(call.name))
        self._fill(call.call_id if call is not None else None, incident, draft)

    def _fill(self, call_id: str | None, incident: Incident | None, draft: Draft) -> None:
        self.call_id = call_id
        self.incident_id = incident.incident_id if incident is not None else None
        self.draft = draft
        self._expanded = incident is None or not incident.type_id
        self._draft_timer.stop()
        self.places.stop()
        self.kind.close_list()
        self.location.field.setText(draft.label or draft.typed)
        self.kind.field.setText(self._type_name(draft.type_id))
        for name, field in (*self.access.items(), *self.caller.items()):
            field.setText(getattr(draft, name))
        self.setVisible(not self.context.locked)
        self.retranslate()

    def shut_form(self) -> None:
        """Nothing is open here."""
        self.call_id = self.incident_id = None
        self.draft = Draft()
        self._draft_timer.stop()
        self.hide()

    @property
    def is_open(self) -> bool:
        """Whether a call or an incident is in the form, seen or hidden by a locked desk."""
        return self.call_id is not None or self.incident_id is not None

    def opened_as(self, incident_id: str) -> None:
        """The call has become an incident."""
        self.incident_id = incident_id
        self.look_round()

    @property
    def is_complete(self) -> bool:
        """Whether there is a point and a type: enough to send somebody."""
        return self.draft.point is not None and bool(self.draft.type_id)

    # -- editing -------------------------------------------------------------------------------

    def _edit(self, name: str, text: str) -> None:
        self.draft = replace(self.draft, **{name: text})
        self._touch()

    def _touch(self) -> None:
        """Kept at the first key at once, then at most a second later."""
        if self._never_kept:
            self._never_kept = False
            self.draft_due.emit()
        elif not self._draft_timer.isActive():
            self._draft_timer.start()

    def keep_now(self) -> bool:
        """Whether something typed has not been kept yet; forgets it either way."""
        waiting = self._draft_timer.isActive()
        self._draft_timer.stop()
        return waiting

    def _location_typed(self, text: str) -> None:
        if text.strip() != self.draft.label:
            self.draft = unplaced(self.draft, text)
        self.places.look()
        self._show_matched()
        self._touch()

    def _place_picked(self, chosen: Any) -> None:
        self.draft = self.places.taken(self.draft, chosen)
        self.location.field.setText(self.draft.label)
        self.access["entrance"].setText(self.draft.entrance)
        self._show_matched()
        self._touch()
        self.look_round()
        if not self.draft.type_id:
            self.kind.field.setFocus()
        self.place_decided.emit()

    def verify(self) -> bool:
        """The caller confirmed the place; False without a point."""
        if self.draft.point is None:
            return False
        self.draft = replace(self.draft, state=PlaceState.VERIFIED)
        self._show_matched()
        self._touch()
        return True

    def _type_typed(self, text: str) -> None:
        language = self.context.language
        # Typed with another layout switched on, the keys still mean the same letters.
        types = self.book.search(text, language) or self.book.search(by_keys(text), language)
        offers = [Offer(self._type_name(t.type_id), "", t.type_id) for t in types]
        question = "" if offers else self.context.say("callform.no_type_found")
        self.kind.offer(offers, question)

    def _type_picked(self, type_id: Any) -> None:
        self.draft = replace(self.draft, type_id=str(type_id))
        self.kind.field.setText(self._type_name(str(type_id)))
        self._touch()
        self.look_round()
        self.type_decided.emit()

    def _type_name(self, type_id: str) -> str:
        return self.context.say(f"questions.type.{type_id}") if type_id else ""

    # -- showing -------------------------------------------------------------------------------

    def look_round(self) -> None:
        """Open incidents near the place, or near the phone while there is no place."""
        call = self.context.board.call(self.call_id)
        point = self.draft.point or (call.where if call is not None else None)
        free = call is not None and call.incident_id is None
        self.near.show_near(point, self.draft.type_id, self.incident_id, free)

    def expand(self, field: QWidget | None = None) -> None:
        """All fields, and the keyboard in one of them."""
        self._expanded = True
        self._show_parts()
        if field is not None:
            field.setFocus()
            if isinstance(field, QLineEdit):
                field.selectAll()

    def fold(self) -> None:
        """What was decided stands in the incident below: only the head of the form stays."""
        self._expanded = False
        self.location.close_list()
        self.kind.close_list()
        self._show_parts()

    def _show_parts(self) -> None:
        shown = self._expanded
        for widget in (self.location_label, self.location, self.kind_label, self.kind, self.body):
            widget.setVisible(shown)
        self.people.setVisible(shown)
        self._show_matched()
        key = self.context.commands.key_text
        say = self.context.say
        if shown:
            put(self.hint, say("callform.hint", end=key("call.end"), discard=key("call.discard")))
        else:
            put(
                self.hint,
                say(
                    "callform.hint_folded",
                    place=key("incident.edit_place"),
                    type=key("incident.edit_type"),
                    caller=key("incident.caller"),
                    end=key("call.end"),
                ),
            )
        self._show_heard()

    def _show_heard(self) -> None:
        call = self.context.board.call(self.call_id)
        script = call.script if call is not None else None
        spoken_below = (
            self.incident_id is not None and bool(self.draft.type_id) and not self._expanded
        )
        if call is None or script is None or self.context.mode == "live" or spoken_below:
            self.heard.show_words("", "", "", "")
        else:
            self.heard.show_words(script.statement, script.address, "", call.language)

    def _show_matched(self) -> None:
        say, draft = self.context.say, self.draft
        shown = self._expanded and bool(draft.typed or draft.label)
        if not shown:
            put(self.matched, "")
        elif draft.point is None:
            put(self.matched, say("callform.unmatched"), "strong")
        elif draft.state is PlaceState.VERIFIED:
            put(self.matched, say("incident.place.verified"), "good")
        else:
            circle = say("callform.within", n=round(draft.accuracy_m)) if draft.accuracy_m else ""
            parts = [say("callform.unverified"), circle]
            put(self.matched, " · ".join(part for part in parts if part), "strong")
        wants = shown and draft.point is not None and draft.state is not PlaceState.VERIFIED
        self.verify_key.setText(self.context.commands.key_text("incident.verify_place"))
        self.verify_key.setVisible(wants)

    def tick(self, now_us: int) -> None:
        """How long the caller has been on the line."""
        call = self.context.board.call(self.call_id)
        say = self.context.say
        if call is None:
            put(self.age, "")
        elif call.state is CallState.CLOSED:
            ended = clock_text(call.closed_us or now_us, self.context.time_zone)
            put(self.age, say("callform.ended", time=ended))
        elif call.state is CallState.DROPPED:
            put(self.age, say("callform.line_dead"), "late")
        else:
            since = call.answered_us or call.received_us
            put(self.age, span((now_us - since) / 1e6), "dim")

    def retranslate(self) -> None:
        """Every word anew; what was typed stays."""
        say = self.context.say
        call = self.context.board.call(self.call_id)
        title = say("callform.correct")
        if call is not None:
            title = say("callform.call", line=line_name(self.context, call))
        put(self.title, title)
        put(self.location_label, say("callform.location"))
        put(self.kind_label, say("callform.type"))
        self.location.field.setPlaceholderText(say("callform.location_hint"))
        self.location.field.setAccessibleName(say("callform.location"))
        self.location.list.setAccessibleName(say("callform.places_found"))
        self.kind.field.setPlaceholderText(say("callform.type_hint"))
        self.kind.field.setAccessibleName(say("callform.type"))
        self.kind.list.setAccessibleName(say("callform.types_found"))
        for name, field in (*self.access.items(), *self.caller.items()):
            words = say(f"callform.field.{name}")
            field.setPlaceholderText(words)
            field.setAccessibleName(words)
            field.setToolTip(words)
        if self.draft.type_id and not self.kind.field.hasFocus():
            self.kind.field.setText(self._type_name(self.draft.type_id))
        self._show_parts()
        self.look_round()
        self.tick(self.context.clock.now_us())
