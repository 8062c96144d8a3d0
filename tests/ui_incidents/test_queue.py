"""The queue panel on a real desk: order, groups, what ticks, and the keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from panel_bench import PanelBench, busy
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication

from dispatch.desk.calls import AnswerCall, SaveDraft
from dispatch.desk.incidents import SetCallBack, SetLevel
from dispatch.domain.level import Level
from dispatch.words import LANGUAGES
from ui.incidents.queue import QueuePanel
from ui.incidents.queue_model import Role


def keys_of(panel: QueuePanel) -> list[str]:
    return [panel.model.line(row).key for row in range(panel.model.rowCount())]


def watched(bench: PanelBench) -> QueuePanel:
    panel = QueuePanel(bench.context)
    fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
    panel.tester = QAbstractItemModelTester(panel.model, fatal)  # type: ignore[attr-defined]
    return panel


def test_that_an_empty_queue_says_what_it_is_for_and_which_key_fills_it(
    bench: PanelBench, qtbot: Any
) -> None:
    panel = watched(bench)
    qtbot.addWidget(panel)
    row = panel.model.row_of("e:needs_units")
    assert row is not None and "F2" in panel.model.line(row).title


def test_that_incidents_stand_in_three_groups_by_urgency(bench: PanelBench, qtbot: Any) -> None:
    by = bench.sign_on()
    panel = watched(bench)
    qtbot.addWidget(panel)
    ids = busy(bench, by)
    bench.do(SetCallBack(incident_id=ids[4], due_us=bench.clock.now_us() + 10**9), by)
    panel.refresh()
    keys = keys_of(panel)
    waiting = keys[keys.index("g:needs_units") + 1 : keys.index("g:under_way")]
    assert waiting[0] == f"i:{ids[5]}"
    assert keys[keys.index("g:under_way") + 1] == f"i:{ids[0]}"
    assert keys[keys.index("g:call_backs") + 1] == f"i:{ids[4]}"


def test_that_a_change_moves_a_line_and_never_resets_the_model(
    bench: PanelBench, qtbot: Any
) -> None:
    by = bench.sign_on()
    panel = watched(bench)
    qtbot.addWidget(panel)
    ids = busy(bench, by)
    panel.refresh()
    resets: list[int] = []
    panel.model.modelReset.connect(lambda: resets.append(1))
    bench.do(SetLevel(incident_id=ids[4], level=Level.L1), by)
    bench.clock.advance_to(bench.clock.now_us() + 300 * 10**6)
    panel.refresh()
    keys = keys_of(panel)
    assert keys.index(f"i:{ids[4]}") < keys.index(f"i:{ids[3]}")
    assert not resets


def test_that_late_is_said_and_counts_on(bench: PanelBench, qtbot: Any) -> None:
    by = bench.sign_on()
    panel = watched(bench)
    qtbot.addWidget(panel)
    incident_id = bench.incident(by)
    bench.wait_s(41)
    index = panel.model.index(panel.model.row_of(f"i:{incident_id}") or 0, 0)
    assert index.data(Role.TARGET_TEXT) == "send within 0:19"
    assert not index.data(Role.LATE)
    bench.wait_s(53)
    index = panel.model.index(panel.model.row_of(f"i:{incident_id}") or 0, 0)
    assert index.data(Role.TARGET_TEXT) == "late 0:34"
    assert index.data(Role.LATE)


def test_that_a_crew_that_does_not_answer_turns_loud(bench: PanelBench, qtbot: Any) -> None:
    by = bench.sign_on()
    panel = watched(bench)
    qtbot.addWidget(panel)
    incident_id = bench.incident(by)
    bench.send(incident_id, by, ["u1", "u2", "u3"])
    panel.refresh()
    index = panel.model.index(panel.model.row_of(f"i:{incident_id}") or 0, 0)
    assert panel.model.line(index.row()).pressing == "not acknowledged"
    assert not index.data(Role.LOUD)
    bench.wait_s(61)
    index = panel.model.index(panel.model.row_of(f"i:{incident_id}") or 0, 0)
    assert index.data(Role.LOUD)


def test_that_arrows_choose_for_all_panels_and_enter_goes_to_the_incident(
    bench: PanelBench, qtbot: Any
) -> None:
    by = bench.sign_on()
    ids = busy(bench, by)
    window = bench.open_window()
    went: list[bool] = []
    bench.commands.bind("panel.incident", lambda: went.append(True))
    bench.commands._bindings["panel.incident"].reverse()
    window.go_to("queue")
    target = window.panel("queue").list  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: QApplication.focusWidget() is target)
    QTest.keyClick(target, Qt.Key.Key_Down)
    assert bench.context.selection.incident_id == ids[5]
    QTest.keyClick(target, Qt.Key.Key_Down)
    assert bench.context.selection.incident_id == ids[3]
    QTest.keyClick(target, Qt.Key.Key_Up)
    assert bench.context.selection.incident_id == ids[5]
    QTest.keyClick(target, Qt.Key.Key_Return)
    assert went


def test_that_a_choice_made_elsewhere_is_marked_here(bench: PanelBench, qtbot: Any) -> None:
    by = bench.sign_on()
    ids = busy(bench, by)
    panel = watched(bench)
    qtbot.addWidget(panel)
    bench.context.selection.choose_incident(ids[2])
    assert panel.model.line(panel.list.currentIndex().row()).key == f"i:{ids[2]}"


def test_that_a_call_in_hand_can_be_come_back_to(bench: PanelBench, qtbot: Any) -> None:
    by = bench.sign_on()
    panel = watched(bench)
    qtbot.addWidget(panel)
    call_id = bench.ring()
    bench.do(AnswerCall(call_id=call_id), by)
    bench.do(SaveDraft(call_id=call_id, draft="{}"), by)
    panel.refresh()
    row = panel.model.row_of(f"c:{call_id}")
    assert row is not None
    panel._choose_row(row)
    assert bench.context.selection.call_id == call_id


def test_that_every_line_reads_in_all_languages(
    make_bench: Callable[..., PanelBench], qtbot: Any
) -> None:
    for language in LANGUAGES:
        bench = make_bench(language=language)
        busy(bench, bench.sign_on())
        bench.ring()
        panel = watched(bench)
        qtbot.addWidget(panel)
        for row in range(panel.model.rowCount()):
            line = panel.model.line(row)
            shown = f"{line.title} {line.facts} {line.units} {line.aside} {line.reason}"
            assert "queue." not in shown and "{" not in shown


def test_that_a_hundred_incidents_are_renewed_within_a_frame(
    make_bench: Callable[..., PanelBench], qtbot: Any
) -> None:
    bench = make_bench(units=4)
    by = bench.sign_on()
    panel = QueuePanel(bench.context)
    qtbot.addWidget(panel)
    panel.resize(372, 800)
    panel.show()
    ids = [bench.incident(by, address=f"Elm {n}", advise=n % 10 == 0) for n in range(100)]
    panel.refresh()
    took = []
    for n in range(5):
        bench.do(SetLevel(incident_id=ids[n], level=Level.L1), by)
        began = time.perf_counter()
        panel.refresh()
        panel.list.viewport().repaint()
        took.append(time.perf_counter() - began)
    assert min(took) < 0.016, took
    print(f"queue.change_to_repaint.ms {min(took) * 1e3:.1f}")
