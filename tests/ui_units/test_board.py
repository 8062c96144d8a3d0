"""The unit board on a real desk: what stands in it, what ticks, filters, order, keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from panel_bench import START_US, PanelBench
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from dispatch.desk.dispatching import ReportProgress
from dispatch.desk.units import ConfirmUnitPlace, SetUnitState
from dispatch.domain.assignment import AssignmentState
from dispatch.domain.unit import Fix, UnitState
from dispatch.domain.value import Point
from dispatch.words import LANGUAGES
from ui.commands.key_filter import KeyFilter
from ui.units.board import UnitBoardPanel
from ui.units.chips import GROUPS, OLD
from ui.units.model import Role
from ui.units.rows import Column, call_sign_key


def watched(bench: PanelBench, qtbot: Any) -> UnitBoardPanel:
    """A panel alone, its model under Qt's own guard."""
    panel = shown(bench, qtbot)
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    panel.tester = QAbstractItemModelTester(panel.model, fatal)  # type: ignore[attr-defined]
    return panel


def shown(bench: PanelBench, qtbot: Any) -> UnitBoardPanel:
    """The same without the guard."""
    panel = UnitBoardPanel(bench.context)
    qtbot.addWidget(panel)
    panel.resize(1912, 236)
    panel.show()
    return panel


def signs(panel: UnitBoardPanel) -> list[str]:
    return [row.unit.unit_id for row in panel.model.rows()]


def text(panel: UnitBoardPanel, unit_id: str, column: Column) -> str:
    place = panel.model.place_of(unit_id)
    assert place is not None
    return str(panel.model.index(place, column).data())


def at_work(bench: PanelBench, unit_id: str = "u1") -> tuple[str, str]:
    """An incident with one unit confirmed; incident and assignment."""
    by = bench.sign_on()
    incident_id = bench.incident(by)
    return incident_id, bench.send(incident_id, by, [unit_id])[0]


def test_that_call_signs_stand_in_the_order_people_count_in() -> None:
    assert sorted(["10-1", "2-1", "M12", "M9", "2-10"], key=call_sign_key) == [
        *("2-1", "2-10", "10-1", "M9", "M12"),
    ]


def test_that_every_unit_of_the_roster_stands_on_the_board(bench: PanelBench, qtbot: Any) -> None:
    panel = watched(bench, qtbot)
    assert signs(panel) == [f"u{n}" for n in range(1, 13)]
    assert text(panel, "u3", Column.CAPABILITIES) == "pump, AED, BLS"
    tip = panel.model.index(0, Column.UNIT).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "M1\nALS ambulance"


def test_that_a_sent_unit_shows_its_incident_and_counts_down_to_the_answer(
    bench: PanelBench, qtbot: Any
) -> None:
    panel = watched(bench, qtbot)
    incident_id, _ = at_work(bench)
    panel.refresh()
    incident = bench.board.incident(incident_id)
    assert incident is not None
    assert text(panel, "u1", Column.INCIDENT) == incident.number_text
    assert text(panel, "u1", Column.NEXT) == "acknowledge 1:00"
    bench.wait_s(40)
    assert text(panel, "u1", Column.NEXT) == "acknowledge 0:20"
    bench.wait_s(32)
    cell = panel.model.index(0, Column.NEXT).data(Role.CELL)
    assert cell.text == "no answer, 0:12 over" and cell.ink == "late_text" and cell.bold


def test_that_an_acknowledged_unit_is_awaited_and_late_only_past_the_ninetieth(
    bench: PanelBench, qtbot: Any
) -> None:
    panel = watched(bench, qtbot)
    _, assignment_id = at_work(bench)
    bench.report(assignment_id, AssignmentState.ACKNOWLEDGED, AssignmentState.EN_ROUTE)
    panel.refresh()
    assert text(panel, "u1", Column.NEXT) == "arrive 3:40"

    def next_cell(after_s: float) -> Any:
        bench.wait_s(after_s)
        fix = Fix(unit_id="u1", point=Point(lon=76.9, lat=43.2), t_us=bench.clock.now_us())
        bench.board.apply_fixes([fix])
        panel.refresh()
        return panel.model.index(0, Column.NEXT).data(Role.CELL)

    assert next_cell(230).ink == "text"
    assert next_cell(100).ink == "late_text"


def test_that_an_old_position_is_bold_dims_the_place_and_asks_for_the_radio(
    bench: PanelBench, qtbot: Any
) -> None:
    bench.age_unit("u2", UnitState.AVAILABLE_ON_AIR)
    panel = watched(bench, qtbot)
    panel.whereabouts._last["u2"] = "Balmoral Road"
    bench.wait_s(361)
    panel.refresh()
    place = panel.model.place_of("u2")
    assert place is not None
    cell = panel.model.index(place, Column.AGE).data(Role.CELL)
    assert cell.text == "6 min" and cell.bold
    where = panel.model.index(place, Column.WHERE).data(Role.CELL)
    assert where.text == "last: Balmoral Road" and where.ink == "text_faint"
    assert text(panel, "u2", Column.NEXT) == "check radio"
    assert text(panel, "u3", Column.NEXT) == "", "a unit at its station is where it is"
    panel.chips.choose(OLD)
    assert signs(panel) == ["u2"]


def test_that_changes_move_lines_and_never_reset_the_model(bench: PanelBench, qtbot: Any) -> None:
    panel = watched(bench, qtbot)
    resets: list[int] = []
    panel.model.modelReset.connect(lambda: resets.append(1))
    panel.sort_by(Column.STATE)
    at_work(bench, "u7")
    panel.refresh()
    assert signs(panel)[-1] == "u7"
    panel.sort_by(Column.STATE)
    assert signs(panel)[0] == "u7"
    panel.chips.choose(next(g for g in GROUPS if g.group_id == "assigned"))
    assert signs(panel) == ["u7"]
    panel.chips.choose(GROUPS[0])
    panel.field.setText("ladder")
    panel.field.setText("")
    assert len(signs(panel)) == 12 and not resets


def test_that_chips_count_by_state(bench: PanelBench, qtbot: Any) -> None:
    at_work(bench)
    bench.age_unit("u4", UnitState.OUT_OF_SERVICE)
    panel = watched(bench, qtbot)
    texts = {group.group_id: panel.chips.chips[group.group_id].text() for group in GROUPS}
    assert texts["all"] == "all 12"
    assert texts["available"] == "available 10"
    assert texts["assigned"] == "assigned 1"
    assert texts["out_of_service"] == "out of service 1"


def test_that_a_narrow_board_keeps_every_filled_chip_by_shorter_words(
    bench: PanelBench, qtbot: Any
) -> None:
    at_work(bench)
    panel = watched(bench, qtbot)
    chips = panel.chips.chips
    seen = []
    for width in range(2200, 430, -10):  # at which width the words shorten hangs on the face
        panel.resize(width, 236)
        text = chips["available"].text()
        if not seen or seen[-1] != text:
            seen.append(text)
        assert chips["available"].accessibleName() == "available 11"
        assert chips["assigned"].isVisible()
    assert seen[0] == "available 11" and "free 11" in seen and seen[-1] == "11"
    assert not chips["on_scene"].isVisible()
    right = max(chip.geometry().right() for chip in chips.values() if chip.isVisible())
    assert right <= panel.chips.width()


def test_that_tiles_share_choice_and_filter_with_the_table(bench: PanelBench, qtbot: Any) -> None:
    bench.sign_on()
    at_work(bench, "u4")
    panel = watched(bench, qtbot)
    bench.context.selection.choose_unit("u4")
    assert bench.commands.run("unit.view")
    assert panel.pages.currentWidget() is panel.tiles
    qtbot.waitUntil(lambda: len(panel.tiles._rects) == 12)
    assert panel.tiles.currentIndex().row() == 3
    rect = panel.tiles.visualRect(panel.model.index(0, 0))
    QTest.mouseClick(panel.tiles.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert bench.context.selection.unit_id == "u1"
    QTest.keyClick(panel.tiles, Qt.Key.Key_Right)
    chosen = bench.board.unit(bench.context.selection.unit_id)
    assert chosen is not None and chosen.station_id == "st2", "the next block is another station"
    panel.field.setText("ladder")
    qtbot.waitUntil(lambda: len(panel.tiles._rects) == 2)
    bench.commands.run("unit.view")
    assert panel.pages.currentWidget() is panel.table


def test_that_typing_filters_by_anything_a_line_says(bench: PanelBench, qtbot: Any) -> None:
    panel = watched(bench, qtbot)
    panel.field.setText("u1")
    assert signs(panel) == ["u1", "u10", "u11", "u12"]
    panel.field.setText("ladder st5")
    assert signs(panel) == ["u5"]
    panel.field.setText("nowhere")
    assert panel.pages.currentWidget() is panel.empty and "nowhere" in panel.empty.text()
    QTest.keyClick(panel.field, Qt.Key.Key_Escape)
    assert panel.field.text() == "" and panel.pages.currentWidget() is panel.table


def test_that_an_empty_roster_says_what_the_board_is_for(
    make_bench: Callable[..., PanelBench], qtbot: Any
) -> None:
    panel = watched(make_bench(units=0), qtbot)
    assert panel.pages.currentWidget() is panel.empty
    assert "roster" in panel.empty.text()


def test_that_choosing_is_shared_both_ways_and_never_made_by_a_change(
    bench: PanelBench, qtbot: Any
) -> None:
    bench.sign_on()
    panel = watched(bench, qtbot)
    selection = bench.context.selection
    assert selection.unit_id is None
    bench.commands.run("unit.down")
    bench.commands.run("unit.down")
    assert selection.unit_id == "u2"
    selection.choose_unit("u5")
    assert panel.table.currentIndex().row() == 4
    panel.field.setText("u2")
    panel.field.setText("")
    assert selection.unit_id == "u5" and panel.table.currentIndex().row() == 4
    sought: list[str] = []
    selection.unit_sought.connect(sought.append)
    bench.commands.run("unit.to_map")
    assert sought == ["u5"]


def test_that_a_letter_in_the_table_begins_a_filter(bench: PanelBench, qtbot: Any) -> None:
    panel = watched(bench, qtbot)
    panel.activateWindow()
    panel.table.setFocus()
    QTest.keyClick(panel.table, "l")
    assert panel.field.text() == "l"


def test_that_a_state_is_set_by_a_digit_and_out_of_service_asks_why(
    bench: PanelBench, qtbot: Any
) -> None:
    bench.sign_on()
    panel = watched(bench, qtbot)
    bench.context.selection.choose_unit("u2")
    bench.commands.run("unit.state")
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_4)
    assert bench.verbs[-1] == SetUnitState(unit_id="u2", state=UnitState.ON_BREAK)
    bench.commands.run("unit.state")
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_5)
    assert panel.deeds.chooser.isVisible(), "it asks why"
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_1)
    unit = bench.board.unit("u2")
    assert unit is not None
    assert unit.state is UnitState.OUT_OF_SERVICE and unit.reason == "vehicle fault"
    panel.refresh()
    assert text(panel, "u2", Column.NEXT) == "vehicle fault"


def test_that_a_reason_can_be_written(bench: PanelBench, qtbot: Any) -> None:
    bench.sign_on()
    panel = watched(bench, qtbot)
    bench.context.selection.choose_unit("u2")
    bench.commands.run("unit.state")
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_5)
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_0)
    QTest.keyClick(panel.deeds.reason, Qt.Key.Key_Return)
    assert not panel.deeds.reason.isHidden(), "no reason is none"
    QTest.keyClicks(panel.deeds.reason, "flat tyre")
    QTest.keyClick(panel.deeds.reason, Qt.Key.Key_Return)
    unit = bench.board.unit("u2")
    assert unit is not None and unit.reason == "flat tyre"
    assert panel.deeds.reason.isHidden()


def test_that_a_unit_on_an_incident_reports_on_its_assignment(
    bench: PanelBench, qtbot: Any
) -> None:
    panel = watched(bench, qtbot)
    _, assignment_id = at_work(bench)
    bench.context.selection.choose_unit("u1")
    bench.commands.run("unit.state")
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_4)
    assert bench.verbs[-1] == ReportProgress(
        assignment_id=assignment_id, state=AssignmentState.ON_SCENE, source="radio"
    )
    unit = bench.board.unit("u1")
    assert unit is not None and unit.state is UnitState.ON_SCENE


def test_that_a_place_by_radio_is_the_last_one_or_one_picked_on_the_map(
    bench: PanelBench, qtbot: Any
) -> None:
    bench.sign_on()
    panel = watched(bench, qtbot)
    bench.context.selection.choose_unit("u2")
    bench.wait_s(300)
    bench.commands.run("unit.radio_place")
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_1)
    fix = bench.board.fix("u2")
    assert isinstance(bench.verbs[-1], ConfirmUnitPlace)
    assert fix is not None and fix.t_us == bench.clock.now_us()
    picking: list[bool] = []
    bench.context.selection.picking_changed.connect(picking.append)
    bench.commands.run("unit.radio_place")
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_3)
    bench.context.selection.place_picked.emit(76.95, 43.25)
    assert picking == [True, False]
    assert bench.verbs[-1] == ConfirmUnitPlace(unit_id="u2", point=Point(lon=76.95, lat=43.25))
    count = len(bench.verbs)
    bench.context.selection.place_picked.emit(76.9, 43.2)
    assert len(bench.verbs) == count, "a later pick is somebody else's"


@pytest.fixture
def keys(bench: PanelBench, qapp: Any) -> Iterator[None]:
    """Keys give commands, as in the program."""
    listening = KeyFilter(bench.commands)
    qapp.installEventFilter(listening)
    yield
    qapp.removeEventFilter(listening)


def test_that_keys_act_in_the_table_and_are_text_in_the_filter(
    bench: PanelBench, qtbot: Any, keys: None
) -> None:
    bench.sign_on()
    panel = watched(bench, qtbot)
    sought: list[str] = []
    bench.context.selection.unit_sought.connect(sought.append)
    panel.activateWindow()
    panel.table.setFocus()
    qtbot.waitUntil(panel.table.hasFocus)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert bench.context.selection.unit_id == "u2"
    QTest.keyClick(panel.table, Qt.Key.Key_S)
    assert panel.deeds.chooser.isVisible() and panel.deeds.chooser.hasFocus()
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_Escape)
    assert panel.deeds.chooser.isHidden() and panel.table.hasFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_R)
    assert panel.deeds.chooser.isVisible()
    QTest.keyClick(panel.deeds.chooser, Qt.Key.Key_Escape)
    QTest.keyClick(panel.table, Qt.Key.Key_Right)
    assert panel.chips.group.group_id == "available"
    QTest.keyClick(panel.table, Qt.Key.Key_Left)
    QTest.keyClick(panel.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.field.hasFocus()
    QTest.keyClicks(panel.field, "st1")
    assert panel.field.text() == "st1" and signs(panel) == ["u1", "u6", "u11"]
    QTest.keyClick(panel.field, Qt.Key.Key_Down)
    QTest.keyClick(panel.field, Qt.Key.Key_Return)
    assert sought == ["u1"], "the choice was not in the list: the walk begins at its top"


def test_that_a_question_lies_over_the_lines_but_not_over_the_chosen_one(
    bench: PanelBench, qtbot: Any
) -> None:
    bench.sign_on()
    panel = watched(bench, qtbot)
    tall = panel.pages.height()
    for unit_id in ("u1", "u6"):
        bench.context.selection.choose_unit(unit_id)
        bench.commands.run("unit.state")
        place = panel.model.place_of(unit_id)
        assert place is not None
        line = panel.table.visualRect(panel.model.index(place, 0))
        middle = panel.table.viewport().mapTo(panel, line.center())
        assert panel.deeds.chooser.isVisible()
        assert not panel.deeds.chooser.geometry().contains(middle)
        assert panel.pages.height() == tall, "nothing moves under it"


def test_that_a_newer_position_at_the_same_place_renews_no_line(
    bench: PanelBench, qtbot: Any
) -> None:
    panel = watched(bench, qtbot)
    renewed: list[int] = []
    panel.model.dataChanged.connect(lambda first, last: renewed.append(first.row()))
    home = Point(lon=76.9, lat=43.2)
    bench.wait_s(5)
    bench.board.apply_fixes([Fix(unit_id="u4", point=home, t_us=bench.clock.now_us())])
    panel.refresh()
    assert not renewed and text(panel, "u4", Column.AGE) == "0 s"
    bench.age_unit("u4", UnitState.ON_BREAK)
    panel.refresh()
    assert renewed == [3]


def test_that_nobody_signed_on_sets_no_state(bench: PanelBench, qtbot: Any) -> None:
    watched(bench, qtbot)
    bench.context.selection.choose_unit("u2")
    assert not bench.commands.run("unit.state")
    assert bench.refusals[-1].id == "commands.sign_on_first"


def test_that_every_language_fills_every_cell(bench: PanelBench, qtbot: Any) -> None:
    at_work(bench)
    panel = watched(bench, qtbot)
    for language in LANGUAGES:
        bench.context.set_language(language)
        for column in Column:
            heading = panel.model.headerData(column, Qt.Orientation.Horizontal)
            assert "units." not in heading and "units." not in text(panel, "u1", column)


def test_that_a_line_is_read_aloud_whole(bench: PanelBench, qtbot: Any) -> None:
    incident_id, _ = at_work(bench)
    panel = watched(bench, qtbot)
    said = panel.model.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    incident = bench.board.incident(incident_id)
    assert incident is not None
    assert said.startswith(f"u1, assigned, {incident.number_text}")


def test_that_a_thousand_units_follow_within_a_frame(
    make_bench: Callable[..., PanelBench], qtbot: Any
) -> None:
    bench = make_bench(units=1000)
    panel = shown(bench, qtbot)
    took = []
    for n in range(20):
        now_us = START_US + n * 250_000
        fixes = [
            Fix(unit_id=unit.unit_id, point=unit.home, t_us=now_us)
            for unit in bench.board.picture.units.values()
        ]
        bench.board.apply_fixes(fixes)
        begun = time.perf_counter()
        panel.refresh()
        panel.table.tick()
        took.append(time.perf_counter() - begun)
    took.sort()
    print(f"1,000 units: median {took[10] * 1e3:.1f} ms, worst {took[-1] * 1e3:.1f} ms")
    assert took[len(took) // 2] < 0.05, "with room for a busy machine; about a third of it alone"
