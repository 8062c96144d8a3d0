"""What a trainee reads before the clock starts: title, brief, time, and what counts."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from dispatch.exercise.plan import ExercisePlan
from ui.exercise.sheet import Sheet
from ui.panel import PanelContext
from ui.theme.fonts import Size


class Brief(Sheet):
    """Stays until somebody begins."""

    begun = Signal()

    def __init__(self, context: PanelContext, window: QWidget, plan: ExercisePlan) -> None:
        super().__init__(context, window, 560)
        self.stays = True
        self._plan = plan
        self.time = self.line("dim")
        self.words = self.line(size=Size.LARGE)
        self.answer = self.line("dim")
        self.send = self.line("dim")
        self.keys = self.line("small", size=Size.SMALL)
        self.start = self.button("primary", self._begin)
        self.first = self.start
        self.rows.addSpacing(8)
        self.rows.addLayout(self.buttons)
        self.retranslate()

    def retranslate(self) -> None:
        """Every word anew."""
        say, scenario = self.context.say, self._plan.scenario
        standard, keys = scenario.standard, self.context.commands.key_text
        zone = ZoneInfo(self.context.time_zone)
        start = datetime.fromtimestamp(self._plan.start_us / 1e6, UTC).astimezone(zone)
        self.title.setText(say(scenario.title))
        self.setAccessibleName(say(scenario.title))
        self.time.setText(
            say(
                "exercise.brief.minutes",
                n=round(scenario.minutes),
                start=start.strftime("%Y-%m-%d %H:%M"),
            )
        )
        self.words.setText(say(scenario.brief) if scenario.brief else "")
        self.answer.setText("· " + say("exercise.brief.answer", s=round(standard.answer_s)))
        send = say("exercise.brief.send", s=round(standard.send_s), l1=round(standard.send_l1_s))
        self.send.setText(f"· {send}")
        self.keys.setText(
            say(
                "exercise.brief.keys",
                pause=keys("time.pause"),
                score=keys("exercise.score"),
                end=keys("exercise.end"),
            )
        )
        self.start.setText(say("exercise.brief.start"))

    def _begin(self) -> None:
        self.stays = False
        self.close_it()
        self.begun.emit()
