"""Open incidents near a caller, and whether many calls speak of one thing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dispatch.domain.incident import Incident
from dispatch.domain.picture import Picture
from dispatch.domain.value import Point
from ui.incidents.pieces import LevelSymbol, button, card, put, text_label
from ui.incidents.queue_lines import type_name
from ui.panel import PanelContext
from ui.theme.fonts import Size

NEAR_M = 500.0
SHOWN = 3
PATTERN_M = 1_500.0
PATTERN_S = 30 * 60
PATTERN_CALLS = 4
METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Near:
    """An open incident near a point."""

    incident: Incident
    metres: float
    same_type: bool


def metres_between(one: Point, other: Point) -> float:
    """Distance on the ground; exact enough for neighbours (equirectangular)."""
    east = (one.lon - other.lon) * math.cos(math.radians((one.lat + other.lat) / 2))
    return math.hypot(east, one.lat - other.lat) * METRES_PER_DEGREE


def nearby(picture: Picture, point: Point, type_id: str, besides: str | None) -> list[Near]:
    """Open incidents within reach of a point: of the same type first, then the nearest."""
    found = []
    for incident in picture.open_incidents():
        where = incident.place.point
        if where is None or incident.incident_id == besides:
            continue
        metres = metres_between(point, where)
        if metres <= NEAR_M + incident.place.accuracy_m:
            found.append(Near(incident, metres, bool(type_id) and incident.type_id == type_id))
    found.sort(key=lambda near: (not near.same_type, near.metres))
    return found[:SHOWN]


def pattern(picture: Picture, point: Point, type_id: str, now_us: int) -> int:
    """How many calls of one type came from one area lately; 0 where that is nothing unusual."""
    if not type_id:
        return 0
    calls = 0
    for incident in picture.incidents.values():
        where = incident.place.point
        if (
            where is not None
            and incident.type_id == type_id
            and now_us - incident.opened_us <= PATTERN_S * 1e6
            and metres_between(point, where) <= PATTERN_M
        ):
            calls += max(1, len(incident.call_ids))
    return calls if calls >= PATTERN_CALLS else 0


class Nearby(QWidget):
    """The incidents this caller may speak of; one key attaches to the first."""

    attach = Signal(str)

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.context = context
        self.found: list[Near] = []
        self.frame, self._rows = card(self, "attention")
        self.title = text_label(self.frame, "strong", bold=True)
        self._rows.addWidget(self.title)
        self._lines: list[QWidget] = []
        self._drawn: tuple[object, ...] = ()
        self.pattern, pattern_rows = card(self, "attention")
        self.pattern_text = text_label(self.pattern, "strong", bold=True)
        pattern_rows.addWidget(self.pattern_text)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        rows.addWidget(self.frame)
        rows.addWidget(self.pattern)
        self.hide()

    def show_near(self, point: Point | None, type_id: str, besides: str | None, free: bool) -> None:
        """Look round a point. `free`: the call may still be attached."""
        picture, now_us = self.context.board.picture, self.context.clock.now_us()
        self.found = nearby(picture, point, type_id, besides) if point is not None and free else []
        many = pattern(picture, point, type_id, now_us) if point is not None else 0
        say = self.context.say
        minute = now_us // 60_000_000 if self.found else 0
        drawn = (self.context.language, minute, many, type_id, *self.found)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        for line in self._lines:
            self._rows.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = [self._line(n, near, now_us) for n, near in enumerate(self.found)]
        for line in self._lines:
            self._rows.addWidget(line)
        put(self.title, say("callform.nearby") if self.found else "")
        self.frame.setVisible(bool(self.found))
        text = say("callform.pattern", n=many, type=type_name(self.context, type_id))
        put(self.pattern_text, text if many else "")
        self.pattern.setVisible(bool(many))
        self.setVisible(bool(self.found) or bool(many))

    def _line(self, n: int, near: Near, now_us: int) -> QWidget:
        say, incident = self.context.say, near.incident
        line = QWidget(self.frame)
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        symbol = LevelSymbol(self.context, line, 22)
        symbol.set_rank(incident.level.rank if incident.level is not None else None)
        words = text_label(line)
        minutes = max(0, round((now_us - incident.opened_us) / 60e6))
        parts = [
            incident.number_text,
            type_name(self.context, incident.type_id),
            say("callform.metres", n=round(near.metres / 10) * 10),
            say("callform.minutes_ago", n=minutes),
        ]
        if near.same_type:
            parts.append(say("callform.same_type"))
        words.setText(" · ".join(parts))
        details = text_label(line, "small", size=Size.SMALL)
        details.setText(incident.place.label)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(words)
        texts.addWidget(details)
        attach = button(line)
        key = self.context.commands.key_text("call.attach") if n == 0 else ""
        attach.setText(f"{key}  {say('callform.attach')}".strip())
        attach.setAccessibleName(say("callform.attach_to", number=incident.number_text))
        attach.clicked.connect(lambda _=False, i=incident.incident_id: self.attach.emit(i))
        row.addWidget(symbol, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        row.addWidget(attach, 0, Qt.AlignmentFlag.AlignTop)
        return line
