"""Conducts an exercise in a workstation: brief, start, injects as notices, end, score."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Qt, QTimer, Signal
from PySide6.QtWidgets import QToolBar

from dispatch.clock import SimClock
from dispatch.desk import Published
from dispatch.desk.exercise import EndExercise
from dispatch.domain.facts.exercise import Injected
from dispatch.domain.facts.table import decode
from dispatch.domain.message import Message, Problem
from dispatch.domain.picture import Change
from dispatch.exercise.plan import ExercisePlan
from dispatch.exercise.report import write_report
from dispatch.exercise.score import Score, score_of
from ui.exercise.brief import Brief
from ui.exercise.score_sheet import ScoreSheet
from ui.exercise.strip import TrainerStrip
from ui.shell.notices import Weight
from ui.surface import Surface

END_WITHIN_S = 5.0


class Conductor(QObject):
    """Belongs to one surface whose centre plays `plan`. The clock stands until it is begun."""

    _injected = Signal(object)

    def __init__(self, surface: Surface, plan: ExercisePlan) -> None:
        super().__init__(surface)
        self.surface, self.plan = surface, plan
        clock = surface.centre.clock
        assert isinstance(clock, SimClock)
        self._clock = clock
        clock.pause()
        self._ended = False
        self._asked_s = float("-inf")
        context, window = surface.context, surface.window
        self.brief = Brief(context, window, plan)
        self.brief.begun.connect(self._begin)
        self.sheet = ScoreSheet(context, window, self.save, self.look_back)
        self.strip = TrainerStrip(context, plan.scenario.title, clock, plan.end_us)
        bar = QToolBar(window)
        bar.setObjectName("trainerStrip")
        bar.setMovable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.addWidget(self.strip)
        window.addToolBar(Qt.ToolBarArea.TopToolBarArea, bar)
        surface.commands.bind("exercise.score", self.show_score)
        surface.commands.bind("exercise.end", self.ask_to_end)
        context.changed.connect(self._on_changes)
        self._injected.connect(self._tell_inject, Qt.ConnectionType.QueuedConnection)
        surface.centre.on_published.append(self._hear)

    def open_brief(self) -> None:
        """Once the surface has started: the brief on top of everything."""
        QTimer.singleShot(0, self, self._show_brief)

    def _show_brief(self) -> None:
        """First what it is about; who sits here is asked when it begins."""
        self.surface.window.sign_on_overlay.close_it()
        self.brief.open()

    # -- begin ---------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._run_if_somebody_is_there()
        if self.surface.context.board.signed_on is None:
            self.surface.commands.run("people.sign_on")

    def _run_if_somebody_is_there(self) -> None:
        if self.surface.context.board.signed_on is None:
            self.strip.set_state("waiting")
            return
        self._clock.resume()
        self.strip.set_state("running")
        self.surface.window.top_bar.set_speed(self._clock.speed, False)

    def _on_changes(self, changes: Sequence[Change]) -> None:
        nouns = {change.noun for change in changes}
        if "exercise" in nouns and self.surface.context.board.picture.exercise_ended:
            self._finish()
        elif "staff" in nouns and self.strip.state == "waiting":
            self._run_if_somebody_is_there()

    # -- while it runs -------------------------------------------------------------------------

    def _hear(self, published: Published) -> None:
        """In the lane's thread: the message of an inject is not part of the picture."""
        if published.envelope.kind == "exercise.injected":
            fact = decode(published.envelope)
            if isinstance(fact, Injected):
                self._injected.emit(fact.message)

    def _tell_inject(self, message: object) -> None:
        assert isinstance(message, Message)
        self.surface.window.notices.tell(message, Weight.NOTICE)

    def score(self) -> Score:
        """The score of what has been recorded so far."""
        return score_of(self.surface.centre.journal.read(), self.plan.scenario.standard)

    def show_score(self) -> None:
        """On demand, and at the end."""
        self.sheet.show_score(self.score(), final=self._ended)

    def ask_to_end(self) -> None:
        """Asked back once; then the exercise is over and says so in its journal."""
        if self._ended:
            self.show_score()
            return
        now = time.monotonic()
        if now - self._asked_s > END_WITHIN_S:
            self._asked_s = now
            self.surface.window.notices.tell(
                Message("exercise.strip.again"), Weight.PASSING, key="exercise.end"
            )
            return
        self.surface.commands.submit(EndExercise(reason="person"))

    def _finish(self) -> None:
        if self._ended:
            return
        self._ended = True
        self._clock.pause()
        self.strip.set_state("ended")
        self.surface.window.top_bar.set_speed(self._clock.speed, True)
        self.show_score()

    # -- afterwards ----------------------------------------------------------------------------

    def save(self) -> Path:
        """The report as HTML and Markdown beside the journal; the page's path."""
        journal, language = self.surface.centre.journal.path, self.surface.context.language
        score = self.score()
        page = journal.with_suffix(".html")
        try:
            write_report(score, journal, journal.with_suffix(".md"), language)
            write_report(score, journal, page, language)
        except Problem as problem:
            self.surface.commands.refused.emit(problem.message)
            return journal
        return page

    def look_back(self) -> None:
        """The replay of this exercise, in a process and window of its own."""
        places, context = self.surface.centre.places, self.surface.context
        arguments = ["-m", "ui.main", "--language", context.language]
        if places.data_dir is not None:
            arguments += ["--data-dir", str(places.data_dir)]
        arguments += ["replay", str(self.surface.centre.journal.path)]
        QProcess.startDetached(sys.executable, [*arguments, "--theme", context.theme.name])
