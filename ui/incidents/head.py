"""The head of an incident: what, where, how sure, who called, and since when."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dispatch.domain.incident import Incident
from dispatch.domain.place import Place, PlaceState
from dispatch.domain.queue import begun_us
from dispatch.region.agency_areas import AREA_KINDS
from ui.incidents.durations import clock_text, initials, span
from ui.incidents.pieces import Section, key_cap, put, text_label
from ui.incidents.queue_lines import person_name, type_name
from ui.panel import PanelContext
from ui.theme.fonts import Size

ACCESS = ("entrance", "floor", "flat", "door_code", "meet")


def address_of(context: PanelContext, place: Place, *, access: bool = True) -> str:
    """The place in words: its label (or what was typed), then how to get in."""
    parts = [place.label or context.plain(place.typed)]
    if place.mark:
        parts.append(place.mark)
    if access:
        for name in ACCESS:
            text = context.plain(getattr(place, name))
            if text:
                parts.append(context.say(f"incident.access.{name}", text=text))
    return ", ".join(part for part in parts if part)


def areas_of(context: PanelContext, place: Place) -> str:
    """The district and beat of a place; "" where they are not read yet, or none holds it."""
    agency, point = context.agency, place.point
    if agency is None or point is None or not agency.is_warm:
        return ""
    shown = []
    for kind in AREA_KINDS:
        area = agency.area_of(point.lon, point.lat, kind)
        if area is None:
            continue
        name = area.name(context.language)
        # A bare number says nothing without what it is the number of.
        bare = name == area.ref
        shown.append(context.say(f"incident.area.{kind}", name=name) if bare else name)
    return " · ".join(shown)


class Head(Section):
    """Type, number and age; place with its state and area; what was typed; the caller."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(context, parent)
        self.title = text_label(self, "title", size=Size.TITLE, bold=True)
        self.number = text_label(self, "dim", wrap=False)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.place = text_label(self, size=Size.LARGE)
        self.state = text_label(self, "good", wrap=False)
        self.verify_key = key_cap(self)
        self._area = ""
        self.area_behind = text_label(self, "small", size=Size.SMALL, wrap=False)
        self.area = text_label(self, "small", size=Size.SMALL)
        self.typed = text_label(self, "small", size=Size.SMALL)
        self.caller = text_label(self, "small", size=Size.SMALL)
        self.caller_key = key_cap(self)
        first = QHBoxLayout()
        first.setSpacing(8)
        first.addWidget(self.title, 1)
        first.addWidget(self.number)
        where = QHBoxLayout()
        where.setSpacing(6)
        where.addWidget(self.place, 1)
        where.addWidget(self.area_behind, 0, Qt.AlignmentFlag.AlignVCenter)
        for widget in (self.state, self.verify_key):
            where.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        last = QHBoxLayout()
        last.setSpacing(6)
        last.addWidget(self.caller, 1)
        last.addWidget(self.caller_key)
        self.rows.setSpacing(4)
        self.rows.addLayout(first)
        self.rows.addLayout(where)
        self.rows.addWidget(self.area)
        self.rows.addWidget(self.typed)
        self.rows.addLayout(last)
        # Districts and beats are read beside the surface, together with the gazetteer.
        context.gazetteer_changed.connect(self._show_area)

    def show_incident(self, incident: Incident) -> None:
        """Everything anew."""
        super().show_incident(incident)
        context, say = self.context, self.context.say
        put(self.title, type_name(context, incident.type_id))
        place = incident.place
        put(self.place, address_of(context, place) or say("queue.no_place"))
        if place.point is None:
            put(self.state, say("incident.place.none"), "strong")
        elif place.state is PlaceState.VERIFIED:
            put(self.state, say("incident.place.verified"), "good")
        else:
            put(self.state, say(f"incident.place.{place.state.value}"), "strong")
        wants_key = place.point is not None and place.state is PlaceState.UNVERIFIED
        self.verify_key.setText(context.commands.key_text("incident.verify_place"))
        self.verify_key.setVisible(wants_key)
        self._show_area()
        typed = context.plain(place.typed)
        show_typed = bool(typed) and typed.casefold() != place.label.casefold()
        put(self.typed, say("incident.typed", text=typed) if show_typed else "")
        self.caller_key.setText(context.commands.key_text("incident.caller"))
        put(self.caller, self._caller(incident))
        self.tick(context.clock.now_us())

    def _show_area(self) -> None:
        place = self.incident.place if self.incident is not None else None
        self._area = areas_of(self.context, place) if place is not None else ""
        self._place_area()

    def _place_area(self) -> None:
        """The area stands behind the place where both fit: a line less for what is below."""
        words = [self.place, self.area_behind, self.state]
        texts = [self.place.text(), self._area, self.state.text()]
        needed = sum(
            label.fontMetrics().horizontalAdvance(text) + 12
            for label, text in zip(words, texts, strict=True)
        )
        if not self.verify_key.isHidden():
            needed += self.verify_key.sizeHint().width() + 6
        margins = self.rows.contentsMargins()
        fits = needed <= self.width() - margins.left() - margins.right()
        put(self.area_behind, self._area if fits else "")
        put(self.area, "" if fits else self._area)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_area()

    def _caller(self, incident: Incident) -> str:
        context, say = self.context, self.context.say
        parts = []
        for call_id in incident.call_ids[-1:]:
            call = context.board.call(call_id)
            if call is None:
                continue
            parts = [context.plain(call.number), context.plain(call.name)]
            if call.language:
                parts.append(say(f"incident.speaks.{call.language}"))
        more = len(incident.call_ids) - 1
        if more > 0:
            parts.append(say("incident.more_callers", n=more))
        if incident.owner:
            name = person_name(context, incident.owner)
            parts.append(say("incident.owner", name=name, initials=initials(name)))
        return " · ".join(part for part in parts if part) or say("incident.no_caller")

    def tick(self, now_us: int) -> None:
        """The age of the call."""
        incident = self.incident
        if incident is None:
            return
        say, number = self.context.say, incident.number_text
        if incident.closed_us is not None:
            at = clock_text(incident.closed_us, self.context.time_zone)
            put(self.number, say("incident.closed_at", number=number, time=at))
            return
        age = span((now_us - begun_us(self.context.board.picture, incident)) / 1e6)
        put(self.number, say("incident.age", number=number, time=age))
