"""Which places are offered under the location field, and what picking one means for the draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer

from dispatch.domain.call import Call
from dispatch.domain.place import PlaceState
from dispatch.region.lookup import Circle
from dispatch.words import catalogue
from ui.incidents.completion import Completion, Offer
from ui.incidents.draft import Draft
from ui.incidents.place_names import PlaceNames
from ui.panel import PanelContext

SEARCH_AFTER_MS = 60
LEAST_LETTERS = 2


@dataclass(frozen=True)
class Phone:
    """The place where the line says the phone is."""

    call: Call


def unplaced(draft: Draft, typed: str) -> Draft:
    """The draft after something else was typed: the point of what stood there is gone."""
    return replace(
        draft,
        typed=typed,
        label="",
        lon=None,
        lat=None,
        accuracy_m=0.0,
        settlement="",
        micro_district="",
        house="",
        state=PlaceState.UNVERIFIED,
    )


class Location(QObject):
    """Searches the region's gazetteer while somebody types; asks about twins, never guesses.

    `call`: the call whose phone may be offered; asked for at each look.
    """

    def __init__(
        self, context: PanelContext, field: Completion, call: Callable[[], Call | None]
    ) -> None:
        super().__init__(field)
        self._context, self._field, self._call = context, field, call
        self._names = PlaceNames.of(context)
        self._found: Any = None
        self._timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._timer.timeout.connect(self._search)
        self._names.found.connect(self._offer)
        self._names.named.connect(self._name_phone)
        context.selection.place_found.connect(self._remember)

    def look(self) -> None:
        """Something was typed: search soon."""
        self._timer.start()

    def stop(self) -> None:
        """Another form: nothing old is offered."""
        self._timer.stop()
        self._field.close_list()

    def offer_phone(self) -> None:
        """Before the first key: where the phone is, if the line says so."""
        if not self._field.field.text():
            self._field.offer(self._others())

    def _name_phone(self) -> None:
        """The phone's place has a name now."""
        if self._field.is_open() and not self._field.field.text():
            self._field.offer(self._others())

    def taken(self, draft: Draft, chosen: Any) -> Draft:
        """The draft with the place that was picked; unverified until the caller confirms it."""
        typed = draft.typed or self._field.field.text()
        if isinstance(chosen, Phone):
            point = chosen.call.where
            assert point is not None
            return replace(
                unplaced(draft, typed),
                label=self._names.name(point) or f"{point.lat:.5f}, {point.lon:.5f}",
                lon=point.lon,
                lat=point.lat,
                accuracy_m=chosen.call.accuracy_m,
            )
        return replace(
            unplaced(draft, typed),
            label=chosen.label,
            lon=chosen.lon,
            lat=chosen.lat,
            accuracy_m=chosen.accuracy_m,
            settlement=chosen.settlement,
            micro_district=chosen.micro_district,
            house=chosen.house,
            entrance=chosen.entrance or draft.entrance,
        )

    def _remember(self, match: Any) -> None:
        self._found = match

    def _search(self) -> None:
        text = self._field.field.text().strip()
        if len(text) < LEAST_LETTERS:
            self._field.offer(self._others())
        elif not self._names.search(text, self._circle()):
            self._field.offer((), self._context.say("callform.no_gazetteer"))

    def _circle(self) -> Circle | None:
        """Where the line says the caller is."""
        call = self._call()
        if call is None or call.where is None:
            return None
        return Circle(call.where.lon, call.where.lat, call.accuracy_m)

    def _others(self) -> list[Offer]:
        """Where the line says the phone is, and the place that was looked for on the map."""
        call, say = self._call(), self._context.say
        offers = []
        if call is not None and call.where is not None:
            name = self._names.name(call.where) or say("callform.on_map")
            offers.append(Offer(name, say("callform.phone", n=round(call.accuracy_m)), Phone(call)))
        if self._found is not None:
            offers.append(Offer(self._found.label, say("callform.found_on_map"), self._found))
        return offers

    def _offer(self, text: str, matches: Any) -> None:
        field = self._field.field
        if text != field.text().strip() or not field.hasFocus():
            return
        say = self._context.say
        offers = [Offer(m.label, self._kind(m), m, ask=m.twins) for m in matches]
        question = ""
        if offers and offers[0].ask:
            question = say("callform.twins", n=matches[0].alike)
        elif not offers:
            question = say("callform.nothing_found")
            offers = self._others()
        self._field.offer(offers, question)

    def _kind(self, match: Any) -> str:
        named = (f"{room}.kind.{match.kind}" for room in ("callform", "region"))
        known = next((word for word in named if word in catalogue("en")), None)
        parts = [self._context.say(known) if known is not None else match.kind]
        if match.alias:
            parts.append(self._context.say("callform.also", name=match.alias))
        if not match.exact and match.kind == "address":
            parts.append(self._context.say("callform.about", n=round(match.accuracy_m)))
        # A twin's label says its place already.
        places = (match.micro_district, match.settlement)
        parts += [part for part in dict.fromkeys(places) if part and part not in match.label]
        return ", ".join(parts)
