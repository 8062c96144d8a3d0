"""The instruction card that is read to the caller, with its own clock and beat."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from dispatch.severity.questions import Card
from dispatch.words import LANGUAGE_NAMES, LANGUAGES, say
from ui.incidents.durations import span
from ui.incidents.pieces import key_cap, put, text_label
from ui.panel import PanelContext
from ui.theme.fonts import Size

CHANGE_EVERY_S = 120.0
"""Whoever presses is relieved after this long (resuscitation guidelines: two minutes)."""


class Beat(QWidget):
    """A dot that swells at a rate per minute, for counting compressions aloud."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._on = False
        self.setFixedSize(20, 20)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)

    def run(self, rate_per_min: int | None) -> None:
        """Beat at a rate, or stand still."""
        if rate_per_min is None:
            self._timer.stop()
            self.hide()
            return
        interval = round(30_000 / rate_per_min)
        if self._timer.interval() != interval or not self._timer.isActive():
            self._timer.start(interval)
        self.show()

    def _turn(self) -> None:
        self._on = not self._on
        if self.isVisible():
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Large on the beat, small between."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._context.theme.ui.accent_text))
        radius = 8.0 if self._on else 4.0
        painter.drawEllipse(QRectF(10 - radius, 10 - radius, 2 * radius, 2 * radius))


class CardView(QFrame):
    """One of the cards that fit, its steps in the caller's language, and since when it is open."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.setProperty("look", "card")
        self._cards: tuple[Card, ...] = ()
        self._at = 0
        self._folded = False
        self._since: dict[str, int] = {}
        self._incident_id = ""
        self._language = ""
        self.title = text_label(self, "strong", wrap=False, bold=True)
        self.clock = text_label(self, "small", size=Size.SMALL)
        self.beat = Beat(context, self)
        self.key = key_cap(self)
        self.more = text_label(self, "small", size=Size.SMALL, wrap=False)
        self.steps = text_label(self)
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.title)
        top.addStretch(1)
        top.addWidget(self.key)
        # In a row of their own: long titles and languages leave no room beside them.
        about = QHBoxLayout()
        about.setSpacing(8)
        about.addWidget(self.beat)
        about.addWidget(self.clock, 1)
        about.addWidget(self.more)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 8, 12, 8)
        rows.setSpacing(4)
        rows.addLayout(top)
        rows.addLayout(about)
        rows.addWidget(self.steps)

    def show_cards(
        self, incident_id: str, cards: tuple[Card, ...], language: str, now_us: int
    ) -> None:
        """The cards of an incident, the most pressing first; none hides the card."""
        if incident_id != self._incident_id:
            self._incident_id, self._since, self._folded = incident_id, {}, False
        if [c.card_id for c in cards] != [c.card_id for c in self._cards]:
            self._at, self._folded = 0, False
        self._cards = cards
        self._language = language if language in LANGUAGES else self.context.language
        self.setVisible(bool(cards))
        if not cards:
            self.beat.run(None)
            return
        self._since.setdefault(cards[self._at].card_id, now_us)
        self._show(now_us)

    def turn(self, now_us: int) -> bool:
        """The next card; after the last one fold away, then open again. False without a card."""
        if not self._cards:
            return False
        if self._folded:
            self._folded, self._at = False, 0
        elif self._at + 1 < len(self._cards):
            self._at += 1
        else:
            self._folded = True
        self._since.setdefault(self._cards[self._at].card_id, now_us)
        self._show(now_us)
        return True

    def _show(self, now_us: int) -> None:
        card = self._cards[self._at]
        put(self.title, self.context.say(card.title))
        lines = [f"{n}. {say(step, self._language)}" for n, step in enumerate(card.steps, 1)]
        put(self.steps, "" if self._folded else "   ".join(lines))
        self.key.setText(self.context.commands.key_text("incident.card"))
        others = len(self._cards) - 1
        told = self.context.say("incident.card.more", n=others) if others else ""
        if self._language != self.context.language:
            told = " · ".join(part for part in (LANGUAGE_NAMES[self._language], told) if part)
        put(self.more, told)
        self.beat.run(card.rate_per_min)
        self.tick(now_us)

    def tick(self, now_us: int) -> None:
        """How long the card has been open; the rate, and when to change places."""
        if not self._cards:
            return
        card = self._cards[self._at]
        open_s = (now_us - self._since.get(card.card_id, now_us)) / 1e6
        text = self.context.say("incident.card.open", time=span(open_s))
        if card.rate_per_min is not None:
            rest = CHANGE_EVERY_S - open_s % CHANGE_EVERY_S
            rate = self.context.say("incident.card.rate", rate=card.rate_per_min, time=span(rest))
            text = f"{text} · {rate}"
        put(self.clock, text)
