"""The bar at the bottom of a replay: play, steps, speed, the moment shown, and the timeline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dispatch.replay import SPEEDS, Mark
from ui.commands.key_filter import CONTEXT_PROPERTY
from ui.panel import PanelContext
from ui.replay.signs import sign
from ui.replay.track import Track
from ui.theme.fonts import Size, font

STEPS = ("previous_mark", "previous_fact", "play", "next_fact", "next_mark")


class ReplayBar(QWidget):
    """Buttons run the commands `replay.*`; `speed_chosen` is called with a speed."""

    def __init__(
        self,
        context: PanelContext,
        speed_chosen: Callable[[float], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._zone = ZoneInfo(context.time_zone)
        self._playing, self._second = False, -1
        self.setProperty(CONTEXT_PROPERTY, "replay")
        self.setAutoFillBackground(True)
        self.track = Track(context, self)
        self.buttons = {name: self._button(name) for name in STEPS}
        self.speeds = {speed: self._speed(speed, speed_chosen) for speed in SPEEDS}
        self.time = QLabel(self)
        self.time.setProperty("look", "title")
        self.time.setFont(font(Size.TITLE, bold=True))
        self.time.setMinimumWidth(220)
        self.words = QLabel(self)
        self.words.setProperty("look", "dim")
        self.words.setFont(font(Size.BODY))
        self.keys = QLabel(self)
        self.keys.setProperty("look", "small")
        self.keys.setFont(font(Size.SMALL))

        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(4)
        for name in STEPS:
            row.addWidget(self.buttons[name])
        row.addSpacing(12)
        row.addWidget(self.time)
        row.addWidget(self.words, 1)
        row.addWidget(self.keys)
        row.addSpacing(12)
        for button in self.speeds.values():
            row.addWidget(button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 8, 0, 4)
        rows.setSpacing(4)
        rows.addLayout(row)
        rows.addWidget(self.track)
        context.language_changed.connect(self.retranslate)
        context.theme_changed.connect(self.restyle)
        self.restyle()
        self.retranslate()

    def _button(self, name: str) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("look", "primary" if name == "play" else "quiet")
        button.setFixedSize(44 if name == "play" else 32, 30)
        button.clicked.connect(lambda: self._context.commands.run(f"replay.{name}"))
        return button

    def _speed(self, speed: float, chosen: Callable[[float], None]) -> QPushButton:
        button = QPushButton(f"×{speed:g}", self)
        button.setProperty("look", "chip")
        button.setFont(font(Size.SMALL))
        button.setCheckable(True)
        button.clicked.connect(lambda: chosen(speed))
        return button

    # -- what it shows -------------------------------------------------------------------------

    def set_playing(self, playing: bool) -> None:
        """Whether time runs: the middle button says what it will do."""
        if playing != self._playing:
            self._playing = playing
            self.restyle()
            self.retranslate()

    def set_speed(self, speed: float) -> None:
        """Mark the speed in use."""
        for each, button in self.speeds.items():
            button.setChecked(each == speed)

    def set_now(self, now_us: int) -> None:
        """The moment shown, in the region's zone."""
        self.track.set_now(now_us)
        second = now_us // 1_000_000
        if second != self._second:
            self._second = second
            local = datetime.fromtimestamp(second, UTC).astimezone(self._zone)
            self.time.setText(local.strftime("%Y-%m-%d  %H:%M:%S"))
            self.time.setToolTip(local.strftime("%Z"))
            self.track.setAccessibleDescription(local.strftime("%Y-%m-%d %H:%M:%S"))

    def set_last(self, mark: Mark | None) -> None:
        """The last mark before now, in words."""
        self.words.setText(self.track.words_of(mark) if mark is not None else "")

    # -- looks ---------------------------------------------------------------------------------

    def retranslate(self) -> None:
        """Every word anew."""
        say, commands = self._context.say, self._context.commands
        for name, button in self.buttons.items():
            title = say(f"commands.replay.{name}")
            button.setAccessibleName(title)
            button.setToolTip(f"{title} · {commands.key_text(f'replay.{name}')}")
        for speed, button in self.speeds.items():
            button.setAccessibleName(say("replay.speed", speed=f"{speed:g}"))
            button.setToolTip(say("replay.speed", speed=f"{speed:g}"))
        self.keys.setText(say("replay.keys"))
        self.track.setAccessibleName(say("replay.bar"))

    def restyle(self) -> None:
        """Signs in the theme's ink."""
        ui = self._context.theme.ui
        for name, button in self.buttons.items():
            shown = "pause" if name == "play" and self._playing else name
            button.setIcon(sign(shown, ui.accent_ink if name == "play" else ui.text))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A panel's ground with a hairline above, in the colour of the mode."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._context.theme.ui.panel))
        frame = QColor(self._context.theme.mode("replay").frame)
        painter.fillRect(0, 0, self.width(), 2, frame)

    def take_focus(self) -> None:
        """The keyboard on the timeline."""
        self.track.setFocus(Qt.FocusReason.ShortcutFocusReason)
