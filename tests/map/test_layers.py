"""Layers at the desk: press the key and it comes; a unit is sent and the number falls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox

from dispatch.advice import messages as m
from dispatch.advice.layers import Layers
from dispatch.domain.message import Message
from dispatch.domain.picture import Change
from dispatch.domain.unit import Fix, UnitState
from dispatch.domain.value import Point
from dispatch.recommend.arrival import ArrivalModel
from dispatch.recommend.cover import CoverRule
from dispatch.region.agency import open_agency
from dispatch.region.agency_areas import AgencyAreas
from dispatch.region.roads import RoadTimes
from dispatch.resources import resource
from tests.map.canvas import middle
from tests.map.desk import NOW_US, Desk, make_desk
from ui.map_parts import computed
from ui.map_parts.cover import CoverPart, share_words
from ui.map_parts.layer_switch import LayerSwitch
from ui.map_parts.reach import ReachPart, bands_of

ALT = Qt.KeyboardModifier.AltModifier


@dataclass
class Rig:
    """A desk with an engine that answers when told to."""

    desk: Desk
    layers: Layers
    asked: list[Any] = field(default_factory=list)

    def answer(self) -> None:
        """Let the engine work off what was asked."""
        while self.layers.busy:
            said = self.layers.step()
            if said is not None:
                self.desk.context.answered.emit(said)
        QApplication.processEvents()

    def words(self) -> str:
        """The legend as text."""
        self.desk.panel.refresh()
        return "\n".join(self.desk.part(LayerSwitch).legend_overlay.words)

    def change(self, unit_id: str, state: UnitState) -> None:
        """A unit's state by a published fact."""
        units = self.desk.board.picture.units
        units[unit_id] = msgspec.structs.replace(units[unit_id], state=state)
        self.desk.context.changed.emit((Change("unit", unit_id, ("state",)),))
        self.desk.panel.refresh()


@pytest.fixture
def rig(town, cache_dir, qtbot, monkeypatch) -> Iterator[Rig]:
    monkeypatch.setattr(computed, "LOOK_S", 0.0)
    monkeypatch.setattr(computed, "REST_S", 0.0)
    monkeypatch.setattr(computed, "DEAREST", 1e9)
    agency = open_agency(resource("agencies", "international.agency"))
    desk = make_desk(town, cache_dir, qtbot, agency=agency)
    desk.board.targets = agency.targets
    nobody = type("A", (), {"path": town.path, "areas": AgencyAreas()})()
    roads = RoadTimes.of(town)
    made = Rig(desk, Layers(town, nobody, ArrivalModel.load(), lambda: (roads, 0)))

    def ask(request: Any) -> None:
        made.asked.append(request)
        made.layers.take(request)

    desk.context.ask_layer = ask
    yield made
    desk.panel.shut()


def test_that_cover_comes_at_a_key_and_falls_when_a_unit_is_sent(rig):
    rig.desk.part(CoverPart).choose(CoverRule("medical", 55.0, True))
    QTest.keyClick(rig.desk.view, Qt.Key.Key_C, ALT)
    assert len(rig.asked) == 1 and len(rig.asked[0].starters) == 2
    rig.answer()
    before = rig.desk.part(CoverPart).found.share
    assert 0.1 < before < 1.0
    assert f"{share_words(before)}\u00a0% of people within 0:55 of a free ambulance" in rig.words()
    assert "People: estimated from residential land." in rig.words()
    rig.change("M12", UnitState.EN_ROUTE)
    assert len(rig.asked) == 2 and len(rig.asked[1].starters) == 1
    rig.answer()
    assert rig.desk.part(CoverPart).found.share < before
    rig.change("E3", UnitState.ON_SCENE)
    rig.answer()
    assert rig.desk.part(CoverPart).found.share == 0
    assert "No unit of this service is free." in rig.words()


def test_that_panning_and_zooming_compute_nothing_anew(rig):
    rig.desk.run("map.cover")
    rig.answer()
    count = len(rig.asked)
    for step in range(5):
        rig.desk.view.pan(40, 25)
        rig.desk.view.zoom_in() if step % 2 else rig.desk.view.zoom_out()
        rig.desk.view.repaint()
        rig.desk.panel.refresh()
    assert len(rig.asked) == count


def test_that_reach_follows_the_chosen_unit_once_it_has_gone_far(rig):
    rig.desk.run("map.reach")
    assert rig.asked == []
    assert "Choose a unit on the board or on the map." in rig.words()
    rig.desk.context.selection.choose_unit("M12")
    rig.answer()
    part = rig.desk.part(ReachPart)
    assert part.overlay.field is not None
    assert "M12 is there within" in rig.words() and "4\u00a0min" in rig.words()
    lon, lat = middle(rig.desk.context.pack)
    start = rig.desk.board.fix("M12").point
    rig.desk.move("M12", start.lon + 0.001, start.lat)
    assert len(rig.asked) == 1
    rig.desk.board.apply_fixes(
        [Fix(unit_id="M12", point=Point(lon=lon + 0.006, lat=lat), t_us=NOW_US + 2)]
    )
    rig.desk.panel.refresh()
    assert len(rig.asked) == 2 and rig.asked[1].starters[0].point.lon == lon + 0.006


def test_that_reach_to_an_incident_is_a_drive_from_everywhere(rig):
    rig.desk.context.selection.choose_incident("i417")
    rig.desk.part(ReachPart).choose("incident")
    rig.desk.run("map.reach")
    rig.answer()
    assert rig.asked[0].target == rig.desk.board.incident("i417").place.point
    assert "Drive to incident 0417 within" in rig.words()
    field_ = rig.desk.part(ReachPart).overlay.field
    assert field_.seconds[field_.ground > 0.5].min() < 40


def test_that_an_answer_to_an_older_question_is_passed_over(rig):
    rig.desk.run("map.reach")
    rig.desk.context.selection.choose_unit("M12")
    old = rig.asked[-1].key
    rig.desk.context.selection.choose_unit("E3")
    rig.desk.context.answered.emit(m.ReachFound(key=old, layer=rig.asked[-1].layer, field=None))
    assert "Being computed" in rig.words()
    rig.answer()
    assert "E3 is there within" in rig.words()


def test_that_turning_a_layer_off_lets_the_engine_go(rig):
    rig.desk.run("map.cover")
    rig.desk.run("map.cover")
    assert isinstance(rig.asked[-1], m.DropLayer)
    assert not rig.layers.busy
    assert rig.words() == ""


def test_that_a_dead_engine_is_said_and_the_layer_comes_back_by_itself(rig):
    rig.desk.run("map.cover")
    rig.answer()
    count = len(rig.asked)
    gone = m.Failed(request="Engine", message=Message("advice.engine_restarted", {"code": 1}))
    rig.desk.context.answered.emit(gone)
    rig.change("M12", UnitState.EN_ROUTE)
    assert "starting again" in rig.words()
    assert "% of people" in rig.words()
    assert len(rig.asked) == count
    rig.desk.context.answered.emit(m.Opened(model="", bundle_sha="", banner=None, took_ms=1))
    assert len(rig.asked) == count + 1
    rig.answer()
    assert "starting again" not in rig.words()


def test_that_what_cannot_be_computed_says_why(rig):
    rig.desk.run("map.cover")
    asked = rig.asked[-1]
    why = Message("maplayers.nobody_known", {"region": "Town"})
    rig.desk.context.answered.emit(m.LayerFailed(key=asked.key, layer=asked.layer, message=why))
    assert "Where people live in Town is not known" in rig.words()


def test_that_closed_roads_make_a_layer_old(rig):
    rig.desk.run("map.cover")
    rig.answer()
    count = len(rig.asked)
    rig.desk.context.answered.emit(m.RoadsClosed(roads_version=1, pieces=2, took_ms=1))
    rig.desk.panel.refresh()
    assert len(rig.asked) == count + 1


def test_that_the_list_is_worked_by_keys_alone_and_gives_the_keyboard_back(rig):
    view, switch = rig.desk.view, rig.desk.part(LayerSwitch)
    QTest.keyClick(view, Qt.Key.Key_L, ALT)
    assert switch.list.isVisible()
    first = QApplication.focusWidget()
    assert isinstance(first, QCheckBox) and first.objectName() == "reach"
    for _ in range(20):
        if QApplication.focusWidget().objectName() == "cover":
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert rig.desk.part(CoverPart).on
    assert QApplication.focusWidget().objectName() == "cover"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert rig.desk.part(CoverPart).rule.service == "fire"
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert not switch.list.isVisible()
    assert view.hasFocus()


def test_that_a_role_finds_its_layers_as_it_left_them(rig, town, cache_dir, qtbot):
    rig.desk.part(CoverPart).choose(rig.desk.part(CoverPart).rules[1])
    rig.desk.run("map.cover")
    rig.desk.panel.refresh()
    again = make_desk(town, cache_dir, qtbot, agency=rig.desk.context.agency)
    assert again.part(CoverPart).on
    assert again.part(CoverPart).rule.service == "fire"
    assert not again.part(ReachPart).on
    (cache_dir.parent / "kept" / "layers-dispatcher.json").write_text("{broken")
    fresh = make_desk(town, cache_dir, qtbot, agency=rig.desk.context.agency)
    assert not fresh.part(CoverPart).on
    for desk in (again, fresh):
        desk.panel.shut()


def test_that_every_language_has_words_for_all_of_it(rig):
    rig.desk.context.selection.choose_unit("M12")
    rig.desk.run("map.cover")
    rig.desk.run("map.reach")
    rig.answer()
    seen = set()
    for language in ("en", "ru", "kk", "ko"):
        rig.desk.context.set_language(language)
        words = rig.words()
        assert "maplayers." not in words
        seen.add(words)
    assert len(seen) == 4


def test_that_bands_are_the_services_own_limits_filled_up():
    agency = open_agency(resource("agencies", "kazakhstan.agency"))
    assert bands_of(agency.targets, "medical") == (600.0, 900.0, 1800.0)
    assert bands_of(agency.targets, "fire") == (240.0, 480.0, 720.0)
    assert bands_of((), "") == (240.0, 480.0, 720.0)
