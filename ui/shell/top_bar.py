"""The bar over everything: mode, place, time, command line, AI, journal, calls, alarms, person."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from ui.panel import PanelContext
from ui.session_health import Health
from ui.shell.command_line import CommandLine
from ui.shell.glyphs import glyph
from ui.shell.menu import fill_menu
from ui.shell.mode import ModeBadge
from ui.shell.notices import announce
from ui.theme.fonts import Size, font
from ui.theme.stylesheet import as_tip, set_look

BAR_HEIGHT = 44
NARROW = 1500
"""Below this width (pixels) names shorten; nothing that warns is ever left out."""
SLOW_MS = 250
"""A journal slower than this (milliseconds to durable) is shown as slow."""


class TopBar(QWidget):
    """One row; it never grows, and shortens words before it would push anything out."""

    def __init__(self, context: PanelContext, region_name: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._context = context
        self._zone = ZoneInfo(context.time_zone)
        self._health = Health()
        self._second = -1
        self._ringing = 0
        self.setFixedHeight(BAR_HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setObjectName("topBar")

        self.menu_button = QToolButton(self)
        self.menu_button.setFixedSize(QSize(28, 28))
        self.menu_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.menu_button.clicked.connect(self._open_menu)
        self.badge = ModeBadge(context, self)
        self.region = self._label("strong", Size.BODY)
        self.region.setText(region_name)
        self.clock = self._label("strong", Size.TITLE)
        self.speed = self._label("dim", Size.SMALL)
        self.line = CommandLine(context, self)
        self.sending = self._label("dim", Size.SMALL)
        self.journal = self._label("dim", Size.SMALL)
        self.ai = self._button("quiet", "ai.toggle")
        self.ring = self._button("ring", "call.take")
        self.alarms = self._button("quiet", "alarm.next")
        self.person = self._button("quiet", "people.sign_on")

        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(12)
        for widget in (self.menu_button, self.badge, self.region, self.clock, self.speed):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.line, 4)
        row.addStretch(1)
        for widget in (self.sending, self.journal, self.ai, self.ring, self.alarms, self.person):
            row.addWidget(widget)

        context.language_changed.connect(self.retranslate)
        context.theme_changed.connect(self.restyle)
        context.changed.connect(self._on_change)
        context.replaced.connect(self.refresh)
        context.ticked.connect(self.tick)
        self.restyle()
        self.retranslate()
        self.tick(context.clock.now_us())

    def _label(self, look: str, size: Size) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)  # names come from packs and journals
        label.setProperty("look", look)
        label.setFont(font(size, bold=look == "strong"))
        return label

    def _button(self, look: str, command_id: str) -> QPushButton:
        button = QPushButton(self)
        button.setProperty("look", look)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self._context.commands.run(command_id))
        return button

    # -- what is shown -------------------------------------------------------------------------

    def tick(self, now_us: int) -> None:
        """The clock, in the region's zone; drawn only when the second is another one."""
        second = now_us // 1_000_000
        if second != self._second:
            self._second = second
            local = datetime.fromtimestamp(second, UTC).astimezone(self._zone)
            self.clock.setText(local.strftime("%H:%M:%S"))
            self.clock.setToolTip(local.strftime("%Y-%m-%d  %Z"))

    def set_health(self, health: Health) -> None:
        """How the journal does, and how many deeds are not yet durable."""
        self._health = health
        say = self._context.say
        self.sending.setText(say("shell.bar.sending", n=health.sending) if health.sending else "")
        self.sending.setVisible(bool(health.sending))
        if not health.well:
            self.journal.setText(say("shell.bar.journal_stopped"))
            set_look(self.journal, "late")
        elif health.journal_ms is None:
            self.journal.setText(say("shell.bar.journal"))
            set_look(self.journal, "small")
        else:
            key = (
                "shell.bar.journal_slow" if health.journal_ms > SLOW_MS else "shell.bar.journal_ms"
            )
            self.journal.setText(say(key, ms=round(health.journal_ms)))
            set_look(self.journal, "late" if health.journal_ms > SLOW_MS else "small")
        self._fit()

    def set_speed(self, speed: float, paused: bool, *, preparing: bool = False) -> None:
        """How fast an exercise or a replay runs; nothing at real speed."""
        say = self._context.say
        if preparing:
            words = say("shell.bar.preparing")
        elif paused:
            words = say("shell.bar.paused")
        else:
            words = "" if speed in (0, 1) else f"×{speed:g}"
        if words != self.speed.text() or self.speed.isVisible() != bool(words):
            self.speed.setText(words)
            self.speed.setVisible(bool(words))

    def refresh(self) -> None:
        """Ringing calls, alarms, AI and person as the board has them."""
        board, say = self._context.board, self._context.say
        narrow = self.width() < NARROW
        ringing = len(board.ringing())
        key = self._context.commands.key_text("call.take")
        self.ring.setText(say("shell.bar.ringing", n=ringing, key=key))
        self.ring.setVisible(ringing > 0)
        if ringing > self._ringing:
            announce(self, self.ring.text(), urgent=True)
        self._ringing = ringing
        standing = [alarm for alarm in board.alarms() if alarm.taken_us is None]
        self.alarms.setText(say("shell.bar.alarms", n=len(standing)))
        self.alarms.setVisible(bool(board.alarms()))
        set_look(self.alarms, "alarm" if standing else "quiet")
        picture = board.picture
        f9 = self._context.commands.key_text("ai.toggle")
        if picture.ai_on:
            model = picture.model if picture.model and not narrow else ""
            words = say("shell.bar.ai_on_model", model=model) if model else say("shell.bar.ai_on")
            self.ai.setText(f"{words} · {f9}")
        else:
            self.ai.setText(f"{say('shell.bar.ai_off')} · {f9}")
        signed = board.signed_on
        if signed is None:
            self.person.setText(say("shell.bar.nobody"))
            set_look(self.person, "primary")
        else:
            role = say(f"shell.role.{signed.role.value}")
            name = signed.name
            full = say("shell.bar.person", name=name, role=role, desk=signed.desk_id)
            self.person.setText(name if narrow else full)
            self.person.setToolTip(as_tip(full))
            set_look(self.person, "quiet")
        self._fit()

    def retranslate(self) -> None:
        """Every word anew."""
        say = self._context.say
        self.menu_button.setToolTip(say("shell.bar.menu"))
        self.menu_button.setAccessibleName(say("shell.bar.menu"))
        self.clock.setAccessibleName(say("shell.bar.clock"))
        self.badge.set_short(self.width() < NARROW)
        self.set_health(self._health)
        self.refresh()

    def restyle(self) -> None:
        """The bar's own ground and the menu's sign."""
        ui = self._context.theme.ui
        self.setStyleSheet(
            f"#topBar {{ background: {ui.raised}; border-bottom: 1px solid {ui.hairline}; }}"
        )
        self.menu_button.setIcon(glyph("menu", ui.text_dim))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten or lengthen words when the window crosses the narrow width."""
        super().resizeEvent(event)
        was, now = event.oldSize().width() < NARROW, self.width() < NARROW
        if was != now or event.oldSize().width() < 0:
            self.badge.set_short(now)
            self.refresh()

    def _fit(self) -> None:
        self.region.setMaximumWidth(
            QFontMetrics(self.region.font()).horizontalAdvance(self.region.text()) + 4
        )

    def _on_change(self, changes: object) -> None:
        self.refresh()

    def _open_menu(self) -> None:
        menu = fill_menu(self._context, self)
        menu.popup(self.menu_button.mapToGlobal(QPoint(0, self.menu_button.height())))
