"""A road is closed by hand and by word: arrivals and routes follow, it ends, it comes back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from dispatch.desk.incidents import OpenIncident, PlaceInput
from dispatch.desk.verbs import Actor
from dispatch.domain.closure import ClosureReason
from dispatch.domain.value import Point
from dispatch.region.roads import RoadTimes
from ui.map_parts.closures import Closures


def part_of(desk) -> Closures:
    """The closures of the map dock."""
    parts = desk.surface.window.panel("map").parts
    return next(part for part in parts if isinstance(part, Closures))


def incident_far_from(desk) -> str:
    """An incident with a plan whose first unit has some way to drive."""
    pack = desk.centre.pack
    nodes = np.asarray(pack.nodes.lonlat)
    homes = np.array([(u.lon, u.lat) for u in desk.centre.agency.units if u.service == "medical"])
    west, south, east, north = pack.bounds
    middle = np.abs(nodes - ((west + east) / 2, (south + north) / 2)) < (0.05, 0.04)
    away = np.min(np.hypot(*(nodes[:, None, :] - homes[None, :, :]).transpose(2, 0, 1)), axis=1)
    far = nodes[np.argmax(np.where(middle.all(axis=1), away, 0))]
    actor = Actor.of(desk.board.signed_on)
    place = PlaceInput(
        typed="here", label="Here", point=Point(lon=float(far[0]), lat=float(far[1]))
    )
    opened = OpenIncident(type_id="chest_pain", services=("medical",), place=place)
    incident_id = desk.centre.desk.do(opened, actor).result["incident_id"]
    desk.wait(lambda: desk.board.recommendation(incident_id), "a recommendation")
    desk.selection.choose_incident(incident_id)
    desk.turn(0.3)
    return incident_id


def arrival(desk, incident_id: str, unit_id: str) -> float:
    """Seconds until a unit could be there, as recommended."""
    said = desk.board.recommendation(incident_id)
    found = next(c for c in said.candidates if c.unit_id == unit_id)
    return found.arrival.p50_s if found.arrival is not None else np.inf


def way_of(desk, unit_id: str, incident_id: str):
    """The way of a unit with nothing closed, and the middle of a road on it."""
    pack = desk.centre.pack
    roads = RoadTimes.of(pack)
    unit, incident = desk.board.unit(unit_id), desk.board.incident(incident_id)
    goal = incident.place.point
    route = roads.route((unit.home.lon, unit.home.lat), (goal.lon, goal.lat))
    row = route.edges[len(route.edges) // 2]
    middle, _ = roads._shapes.part(row, 0.5, 0.5)
    return int(pack.edges.edge_id[row]), tuple(middle[0].tolist())


@pytest.mark.slow
def test_that_a_drawn_closure_moves_arrivals_and_routes_and_opening_brings_them_back(open_desk):
    desk = open_desk(calls_per_hour=0.001)
    desk.sign_on()
    incident_id = incident_far_from(desk)
    unit_id = desk.board.recommendation(incident_id).plan().units[0].unit_id
    before = arrival(desk, incident_id, unit_id)
    edge_id, middle = way_of(desk, unit_id, incident_id)
    view, part = desk.surface.window.panel("map").view, part_of(desk)
    desk.wait(lambda: view._live.routes.lines, "a route")
    drawn_before = [line.points for line in view._live.routes.lines]

    # What was begun by mistake is taken back.
    desk.surface.window.go_to("map")
    desk.press("X")
    middle_px = QPointF(view.width() / 2, view.height() / 2)
    view.clicked(middle_px, picking=False)
    view.clicked(middle_px + QPointF(60, 0), picking=False)
    assert len(part.drawing.points) == 2
    desk.press("Backspace")
    assert len(part.drawing.points) == 1
    desk.press("Escape")
    assert not part.drawing.on and not part.drawing.points

    # By hand: X, a click on the road, Enter; then why, and until when.
    desk.press("X")
    assert part.drawing.on
    view.centre_on(*middle, 16.0)
    desk.turn(0.2)
    at = view.canvas_at(*middle)
    view.clicked(at, picking=False)
    desk.wait(lambda: part.drawing.settled and part.drawing.matched, "roads under the hand")
    assert edge_id in part.drawing.matched.roads.edges
    desk.press("Enter")
    desk.wait(part.form.isVisible, "the form")
    assert part.form.isAncestorOf(QApplication.focusWidget())
    desk.press("Right")  # from roadworks to crash
    desk.press("Enter")
    desk.press("Enter")
    closure = desk.wait(desk.board.closures, "a closure")[0]
    desk.turn(0.3)
    assert not part.form.isVisible() and not part.drawing.points

    # It is a fact with an author and an end.
    assert closure.author == desk.board.signed_on.user_id
    assert closure.reason is ClosureReason.CRASH and edge_id in closure.roads.edges
    assert closure.until_us == closure.set_us + 4 * 3_600_000_000
    kinds = [(e.kind, e.actor) for e in desk.centre.journal.read()]
    assert ("closure.set", closure.author) in kinds

    # Arrivals and routes follow at once.
    desk.wait(lambda: arrival(desk, incident_id, unit_id) > before + 1, "another arrival")
    desk.wait(lambda: part.overlay.bounds(closure.closure_id), "the closure on the map")
    desk.wait(
        lambda: (
            view._live.routes.lines
            and not any(
                np.array_equal(line.points, old)
                for line in view._live.routes.lines
                for old in drawn_before
            )
        ),
        "another route",
    )

    # Opened from the list, everything is as before.
    desk.surface.window.go_to("map")
    desk.press("Shift+X")
    desk.wait(part.list.isVisible, "the list")
    desk.press("Delete")
    desk.wait(lambda: not desk.board.closures(), "no closure")
    desk.wait(lambda: abs(arrival(desk, incident_id, unit_id) - before) < 1, "the old arrival")
    desk.press("Escape")
    assert not part.list.isVisible()
    desk.press("Ctrl+Z")
    again = desk.wait(desk.board.closures, "the closure came back")[0]
    assert again.author == closure.author and again.until_us == closure.until_us

    # It ends by itself, to the second, and leaves two facts: that it came back, and its end.
    desk.wait(lambda: arrival(desk, incident_id, unit_id) > before + 1, "the closure counts again")
    desk.centre.clock.advance_to(closure.until_us - 3_000_000)
    desk.turn(0.2)
    assert desk.board.closures()
    desk.let_pass(6, lambda: not desk.board.closures())
    assert not desk.board.closures()
    kinds = [e.kind for e in desk.centre.journal.read() if e.kind.startswith("closure.")]
    assert kinds == ["closure.set", "closure.lifted", "closure.set", "closure.ended"]


@pytest.mark.slow
def test_that_a_street_is_closed_and_opened_by_typing_it(open_desk):
    desk = open_desk(language="ko", calls_per_hour=0.001)
    desk.sign_on()
    field = desk.surface.window.top_bar.line.field

    # A street that is not there closes nothing: the line stays to be corrected.
    desk.press("Ctrl+/")
    desk.type("c nowhere lane / oak road / goren road +2h")
    desk.press("Enter")
    desk.turn(0.2)
    assert not desk.board.closures() and field.text()
    desk.press("Escape")

    desk.type("c lakeshore drive / oak road / goren road +2h works")
    desk.press("Enter")
    closure = desk.wait(desk.board.closures, "a closure")[0]
    assert closure.names == ("Lakeshore Drive",)
    assert closure.reason is ClosureReason.WORKS and 300 < closure.length_m < 900
    assert closure.until_us == closure.set_us + 7_200_000_000
    desk.press("Ctrl+/")
    desk.type("open lakeshore")
    desk.press("Enter")
    desk.wait(lambda: not desk.board.closures(), "an open street")
