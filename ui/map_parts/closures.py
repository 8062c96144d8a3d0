"""Closed roads on the map: drawn, listed, changed, opened again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np
from msgspec.structs import replace as renewed
from PySide6.QtCore import QObject, QTimer

from dispatch.advice.messages import Opened, RoadsMatched, ShowRoads
from dispatch.desk.closures import ChangeClosure, KeepClosure, LiftClosure, SetClosure
from dispatch.domain.closure import ClosedRoads, Closure, ClosureShape
from dispatch.domain.incident import Incident
from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Change
from dispatch.domain.value import Point
from ui.map.geodesy import inverse
from ui.map.view import MapView
from ui.map_parts.closure_drawing import Drawing, mark_of
from ui.map_parts.closure_form import ClosureForm, Said
from ui.map_parts.closure_list import ClosureList
from ui.map_parts.closure_overlay import CLOSURE, ClosureOverlay
from ui.map_parts.closure_painting import RoadMark
from ui.map_parts.closure_typed import TypedClosures, setting
from ui.map_parts.closure_words import (
    End,
    card_of,
    label_of,
    length_of,
    street_of,
    until_of,
)
from ui.map_parts.part import Choice, MapPart, Spot, Switch
from ui.panel import PanelContext

TOLD = "closures"
#: A closure this near to the chosen incident belongs to it.
OF_INCIDENT_M = 250.0
KEPT_LINES = 600
_numbers = count(1)


class Closures(MapPart):
    """The feature."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.overlay = ClosureOverlay()
        self.overlay.again = lambda: QTimer.singleShot(0, view, view.update)
        view.lay(self.overlay)
        self.drawing = Drawing(view, context, self)
        self.drawing.finished = self._drawn
        self.form = ClosureForm(context, view)
        self.list = ClosureList(context, view)
        self._lines: dict[ClosedRoads, RoadsMatched] = {}
        self._asked: dict[str, ClosedRoads] = {}
        self._typed = TypedClosures(context, self, self._found_by_word)
        self._changing = ""
        self._connect()

    def _connect(self) -> None:
        context, bind = self.context, self.context.commands.bind
        self.form.done.connect(self._said)
        self.form.cancelled.connect(self._give_up)
        self.form.one_way_changed.connect(self.drawing.set_one_way)
        self.list.street = self.street
        self.list.show_it = self.go_to
        self.list.change_it = self.change
        self.list.open_it = self.open_again
        self.list.keep_it = self.keep
        self.list.draw = lambda: self._draw()
        self.list.marked = self._mark
        self.view.overlay_clicked.connect(self._clicked)
        context.answered.connect(self._take)
        context.changed.connect(self._changed)
        bind("map.closures", self._show_list, owner=self.owner)
        if context.mode != "replay":
            bind("map.close_road", self._draw, owner=self.owner, enabled=self._can_draw)
            bind("map.close_street", self._close_street, owner=self.owner)
            bind("map.open_road", self._open_road, owner=self.owner)

    def _can_draw(self) -> bool | Message:
        return True if self.context.ask_roads is not None else Message("commands.nothing_here")

    # -- drawing and typing --------------------------------------------------------------------

    def _draw(self) -> None:
        """Take up the tool, or put it away."""
        if self.drawing.on:
            self.view.use(None)
            return
        self._give_up()
        if self.list.isVisible():
            self.list.close_it()
        self.drawing.begin()

    def _draw_from(self, lon: float, lat: float) -> None:
        self._give_up()
        self.drawing.begin((lon, lat))

    def _drawn(self) -> None:
        """The drawing has ended, or its roads have come: ask why and until when."""
        found = self.drawing.matched
        if not self.drawing.settled:
            return
        if found is None or not len(found.roads):
            self.drawing.clear()
            self.context.commands.refused.emit(Message("desk.closure_no_road"))
            return
        aside = self._aside(found.length_m, self._near_incident())
        if self.form.isVisible():
            self.form.say_aside(aside)
            return
        street = street_of(self.context, found.told)
        title = self.context.say("closures.form.title", street=street)
        self.form.open_new(title, aside, one_way=self.drawing.one_way)

    def _aside(self, length_m: float, incident: Incident | None) -> str:
        length = length_of(self.context, length_m)
        return f"{length} · {incident.number_text}" if incident is not None else length

    def _near_incident(self) -> Incident | None:
        """The chosen incident, where the drawing lies at it."""
        incident = self.context.board.incident(self.context.selection.incident_id)
        if incident is None or incident.place.point is None or not incident.is_open:
            return None
        here = (incident.place.point.lon, incident.place.point.lat)
        found = self.drawing.matched
        rows = list(zip(found.lon, found.lat, strict=True)) if found is not None else []
        near = any(inverse(here, row)[0] <= OF_INCIDENT_M for row in rows[:400])
        return incident if near else None

    def _give_up(self) -> None:
        """Put the form away, and what was drawn with it."""
        had = self.form.isVisible()
        self.form.hide()
        self._changing = ""
        self.drawing.clear()
        if had:
            self.view.setFocus()

    def _said(self, said: Said) -> None:
        if self._changing:
            verb: ChangeClosure | SetClosure = ChangeClosure(
                closure_id=self._changing,
                reason=said.reason,
                note=said.note,
                until_us=said.end.until_us,
                until_reopened=said.end.reopened,
            )
        else:
            found, incident = self.drawing.matched, self._near_incident()
            if found is None or not self.drawing.settled:
                return
            points = tuple(Point(lon=lon, lat=lat) for lon, lat in self.drawing.points)
            verb = renewed(
                setting(found, points, self.drawing.shape, said.reason, said.end),
                note=said.note,
                incident_id=incident.incident_id if incident is not None else None,
            )
            self._keep(found)
        self.context.commands.submit(
            verb, lambda done: self._recorded(said.end), self._refused_in_form
        )

    def _recorded(self, end: End) -> None:
        self._give_up()
        self._tell("closures.told.set", until=until_of(self.context, end.until_us))

    def _close_street(self, **said: Any) -> None:
        """What was typed; from the palette, where nothing was said yet, the line to type it in."""
        if said:
            self._typed.close(**said)
        else:
            self.context.commands.run("window.command_line", text="close ")

    def _open_road(self, closure_id: str = "") -> None:
        """Open one; from the palette, the list to choose from."""
        if closure_id:
            self.open_again(closure_id)
        elif not self.list.isVisible():
            self.list.toggle()

    def _found_by_word(self, found: RoadsMatched, verb: SetClosure, end: End) -> None:
        """A street that was typed: its roads are known."""
        self._keep(found)
        values = {
            "street": street_of(self.context, found.told),
            "length": length_of(self.context, found.length_m),
            "until": until_of(self.context, end.until_us),
        }
        self.context.commands.submit(verb, lambda done: self._tell("closures.told.typed", **values))

    def _refused_in_form(self, problem: Problem) -> None:
        if self.form.isVisible():
            self.form.trouble.setText(self.context.say(problem.message))
        else:
            self.context.commands.refused.emit(problem.message)

    # -- what stands ---------------------------------------------------------------------------

    def _show_list(self, closure_id: str = "") -> None:
        """The list, on one closure where one is named."""
        if closure_id:
            self.list.show_one(closure_id)
        else:
            self.list.toggle()

    def go_to(self, closure_id: str) -> None:
        """Show a closure as a whole."""
        bounds = self.overlay.bounds(closure_id)
        if bounds is not None:
            self._mark(closure_id)
            self.view.fit(bounds, 120)

    def change(self, closure_id: str) -> None:
        """Another end, reason or note."""
        closure = self.context.board.closure(closure_id)
        if closure is None:
            raise Problem("desk.no_such_closure")
        self._give_up()
        if self.list.isVisible():
            self.list.close_it()
        self._changing = closure_id
        self._mark(closure_id)
        street = self.street(closure)
        end = End(closure.until_us, reopened=closure.until_us is None)
        self.form.open_change(
            self.context.say("closures.form.title_change", street=street),
            self._aside(closure.length_m, self.context.board.incident(closure.incident_id)),
            Said(closure.reason, end, closure.note, one_way=False),
        )

    def open_again(self, closure_id: str) -> None:
        """The road is open again."""
        closure = self.context.board.closure(closure_id)
        street = self.street(closure) if closure is not None else ""
        self.context.commands.submit(
            LiftClosure(closure_id=closure_id),
            lambda done: self._tell("closures.told.opened", street=street),
        )

    def keep(self, closure_id: str) -> None:
        """Somebody looked: it still holds."""
        self.context.commands.submit(
            KeepClosure(closure_id=closure_id), lambda done: self._tell("closures.told.kept")
        )

    def _tell(self, message_id: str, **values: str) -> None:
        undo = self.context.say(
            "closures.told.undo", key=self.context.commands.key_text("edit.undo")
        )
        self.view.strips.tell_briefly(TOLD, self.context.say(message_id, **values), undo)

    def _clicked(self, found: str) -> None:
        if found.startswith(CLOSURE):
            self.list.show_one(found.removeprefix(CLOSURE))

    def _mark(self, closure_id: str) -> None:
        if self.overlay.pointed != closure_id:
            self.overlay.pointed = closure_id
            self.view.update()

    # -- the map -------------------------------------------------------------------------------

    def refresh(self, now_us: int) -> None:
        marks = [self._mark_of(closure) for closure in self.context.board.closures()]
        if self.overlay.show_marks(marks):
            self.view.update()
        if self._changing and self.context.board.closure(self._changing) is None:
            self._give_up()  # it was opened, or its end came, while somebody looked at it
        self.list.fill()

    def _changed(self, changes: Sequence[Change]) -> None:
        if any(change.noun == "closure" for change in changes):
            self.refresh(self.context.clock.now_us())

    def _mark_of(self, closure: Closure) -> RoadMark:
        words = label_of(self.context, closure)
        ring = None
        if closure.shape is ClosureShape.AREA:
            ring = np.array([(p.lon, p.lat) for p in closure.points], dtype=np.float64)
        found = self._lines_of(closure)
        if found is not None and found.lon:
            mark = mark_of(closure.closure_id, found, words)
        else:
            drawn = np.array([(p.lon, p.lat) for p in closure.points], dtype=np.float64)
            mark = RoadMark(closure.closure_id, drawn, (0,), words)
        return replace(mark, planned=not closure.in_force, ring=ring)

    def street(self, closure: Closure) -> str:
        """Its streets in the surface's language, once the engine has told them."""
        found = self._lines.get(closure.roads)
        names = found.told if found is not None and found.told else closure.names
        return street_of(self.context, names)

    def _lines_of(self, closure: Closure) -> RoadsMatched | None:
        """The lines of its roads, once the engine has said them; of another map's, none."""
        found = self._lines.get(closure.roads)
        pack, ask = self.context.pack, self.context.ask_roads
        known = pack is not None and pack.hash == closure.region_hash
        asked = closure.roads in self._asked.values()
        if found is None and known and not asked and ask is not None:
            key = f"closure|{next(_numbers)}"
            self._asked[key] = closure.roads
            ask(ShowRoads(key=key, roads=closure.roads, language=self.context.language))
        return found

    def _keep(self, found: RoadsMatched) -> None:
        self._lines[found.roads] = found
        while len(self._lines) > KEPT_LINES:
            self._lines.pop(next(iter(self._lines)))

    def _take(self, answer: object) -> None:
        if isinstance(answer, Opened):
            self._asked.clear()  # what was asked of an engine that died is never answered
            self.refresh(self.context.clock.now_us())
        if not isinstance(answer, RoadsMatched):
            return
        if answer.key in self._asked:
            self._lines[self._asked.pop(answer.key)] = answer
            self.refresh(self.context.clock.now_us())

    def replaced(self) -> None:
        self.refresh(self.context.clock.now_us())

    # -- the part ------------------------------------------------------------------------------

    def switches(self) -> Sequence[Switch]:
        return (
            Switch(
                "closures",
                "closures.layer",
                lambda: self.overlay.shown,
                self._turn,
                group="maplayers.group.live",
            ),
        )

    def _turn(self, on: bool) -> None:
        self.overlay.shown = on
        self.view.update()

    def describe(self, found: str) -> Sequence[Message]:
        closure = self.context.board.closure(found.removeprefix(CLOSURE))
        if not found.startswith(CLOSURE) or closure is None:
            return ()
        return card_of(self.context, closure, self.street(closure))

    def choices(self, spot: Spot) -> Sequence[Choice]:
        if spot.found.startswith(CLOSURE):
            return self._choices_of(spot.found.removeprefix(CLOSURE))
        if self.context.mode == "replay" or "/" in spot.found:
            return ()
        may = self.context.commands.possible("map.close_road")
        return (
            Choice(
                Message("closures.menu.here"),
                lambda: self._draw_from(spot.lon, spot.lat),
                enabled=may,
                command_id="map.close_road",
            ),
        )

    def _choices_of(self, closure_id: str) -> Sequence[Choice]:
        closure = self.context.board.closure(closure_id)
        if closure is None:
            return ()
        shown = Choice(Message("closures.menu.show"), lambda: self.go_to(closure_id))
        if self.context.mode == "replay":
            return (shown,)
        may = self.context.commands.possible("map.close_road")
        kept = Choice(Message("closures.menu.keep"), lambda: self.keep(closure_id), enabled=may)
        return (
            Choice(Message("closures.menu.change"), lambda: self.change(closure_id), enabled=may),
            Choice(Message("closures.menu.open"), lambda: self.open_again(closure_id), enabled=may),
            *((kept,) if closure.until_us is None else ()),
            shown,
        )

    def escape(self) -> bool:
        if self.form.isVisible():
            self._give_up()
            return True
        if self.list.isVisible():
            self.list.close_it()
            return True
        return False

    def retranslate(self) -> None:
        self._lines.clear()
        self._asked.clear()
        self.drawing.retranslate()
        self.list.retranslate()
        if self.form.isVisible():
            self.form.retranslate()
        self.refresh(self.context.clock.now_us())
