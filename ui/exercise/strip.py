"""The trainer's strip under the top bar: time left, pause, speed, score and end."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from dispatch.clock import SimClock
from dispatch.domain.message import Message
from ui.panel import PanelContext
from ui.theme.fonts import Size, font

BUTTONS = ("time.pause", "time.slower", "time.faster", "exercise.score", "exercise.end")


class TrainerStrip(QWidget):
    """`set_state` says what stands where the time left would (not begun, over)."""

    def __init__(
        self,
        context: PanelContext,
        title: Message,
        clock: SimClock,
        end_us: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._title = context, title
        self._clock, self._end_us = clock, end_us
        self.state = "ready"
        self.title = self._label("strong")
        self.left = self._label("dim")
        self.buttons = {command_id: self._button(command_id) for command_id in BUTTONS}
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self.title)
        row.addSpacing(8)
        row.addWidget(self.left)
        row.addStretch(1)
        for button in self.buttons.values():
            row.addWidget(button)
        context.ticked.connect(self.tick)
        context.language_changed.connect(self.retranslate)
        context.theme_changed.connect(self.update)
        self.retranslate()

    def _label(self, look: str) -> QLabel:
        label = QLabel(self)
        label.setProperty("look", look)
        label.setFont(font(Size.BODY, bold=look == "strong"))
        return label

    def _button(self, command_id: str) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("look", "quiet")
        button.clicked.connect(lambda: self._context.commands.run(command_id))
        return button

    def set_state(self, state: str) -> None:
        """ "ready" (not begun), "waiting" (for somebody to sign on), "running" or "ended"."""
        self.state = state
        for command_id, button in self.buttons.items():
            button.setVisible(state != "ended" or command_id == "exercise.score")
        self.retranslate()

    def tick(self, now_us: object) -> None:
        """The time left, to the second; and what pause would do now."""
        say = self._context.say
        if self.state == "running":
            left_s = max(0, (self._end_us - int(now_us)) // 1_000_000)  # type: ignore[call-overload]
            minutes, seconds = divmod(int(left_s), 60)
            self.left.setText(say("exercise.strip.left", time=f"{minutes}:{seconds:02d}"))
        else:
            self.left.setText(say(f"exercise.strip.{self.state}"))
        self._name("time.pause", "resume" if self._clock.is_paused else "pause")

    def _name(self, command_id: str, word: str) -> None:
        key = self._context.commands.key_text(command_id)
        text = f"{self._context.say(f'exercise.strip.{word}')} · {key}"
        if self.buttons[command_id].text() != text:
            self.buttons[command_id].setText(text)

    def retranslate(self) -> None:
        """Every word anew."""
        self.title.setText(self._context.say(self._title))
        self._name("time.slower", "slower")
        self._name("time.faster", "faster")
        self._name("exercise.score", "final" if self.state == "ended" else "score")
        self._name("exercise.end", "end")
        self.tick(self._clock.now_us())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mode's own ground: this strip is there in exercises alone."""
        painter = QPainter(self)
        ui = self._context.theme.ui
        painter.fillRect(self.rect(), QColor(ui.attention))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(ui.hairline))
