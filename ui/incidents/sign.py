"""The one button that says what is signed: units, times, incident, address, and by whom."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from dispatch.domain.incident import Incident
from ui.commands.key_filter import KEPT_PROPERTY
from ui.incidents.choice import arrival_of, chosen_units, why_not_confirm
from ui.incidents.durations import band
from ui.incidents.head import address_of
from ui.panel import PanelContext
from ui.theme.fonts import Size, font

PAD = 10
WRAP = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap)


class SignButton(QPushButton):
    """Two paragraphs that wrap: what goes where; then times, key and name. Or why not."""

    def __init__(self, context: PanelContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._first, self._second, self._whole = "", "", ""
        self.setProperty(KEPT_PROPERTY, "Space Enter")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_incident(self, incident: Incident | None) -> None:
        """What Ctrl+Enter would sign now."""
        context, say = self._context, self._context.say
        why = why_not_confirm(context, incident)
        self.setVisible(incident is not None and incident.is_open)
        self.setEnabled(why is None)
        if why is not None or incident is None:
            self._put(say("incident.confirm.off"), say(why) if why is not None else "")
            return
        advised = context.board.recommendation(incident.incident_id)
        chosen = chosen_units(context, incident)
        labels = ", ".join(chosen)
        address = address_of(context, incident.place, access=False)
        first = say(
            "incident.confirm.what",
            units=labels,
            number=incident.number_text,
            address=address,
        )
        times = []
        for unit_id in chosen:
            shown = band(arrival_of(advised, unit_id))
            if shown:
                times.append(f"{unit_id} {shown}")
        signed = context.board.signed_on
        name = signed.name if signed is not None else ""
        by = say("incident.confirm.by", key=context.commands.key_text("send.confirm"), name=name)
        self._put(first, " · ".join([*times, by]))

    def _put(self, first: str, second: str) -> None:
        if (first, second) != (self._first, self._second):
            self._first, self._second = first, second
            # A name and a band of times are never torn apart at a line's end.
            parts = (part.replace(" ", "\u00a0") for part in second.split(" · "))
            self._whole = " · ".join(parts) if " · " in second else second
            self.setAccessibleName(first)
            self.setAccessibleDescription(second)
            self.setToolTip(f"{first}\n{second}".strip())
            self.setFixedHeight(self._tall(self.width()))
            self.update()

    def _tall(self, width: int) -> int:
        room = QRect(0, 0, max(80, width - 2 * PAD - 8), 1000)
        first = QFontMetrics(font(Size.BODY, bold=True)).boundingRect(room, WRAP, self._first)
        second = QFontMetrics(font(Size.SMALL)).boundingRect(room, WRAP, self._whole)
        return max(44, first.height() + (second.height() + 3 if self._second else 0) + 2 * PAD)

    def resizeEvent(self, event: object) -> None:
        """Narrower is taller."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        tall = self._tall(self.width())
        if tall != self.height():
            self.setFixedHeight(tall)

    def sizeHint(self) -> QSize:
        """Both paragraphs."""
        return QSize(200, self._tall(self.width()))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return QSize(120, self._tall(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The colour of the one button that acts; track and dim ink when it cannot."""
        ui = self._context.theme.ui
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isEnabled()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ui.accent if on else ui.track))
        painter.drawRoundedRect(self.rect(), 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(QColor(ui.text_strong), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        room = self.rect().adjusted(PAD + 4, PAD, -PAD - 4, -PAD)
        painter.setFont(font(Size.BODY, bold=True))
        painter.setPen(QColor(ui.accent_ink if on else ui.text_dim))
        used = painter.boundingRect(room, WRAP, self._first)
        painter.drawText(room, WRAP, self._first)
        painter.setFont(font(Size.SMALL))
        painter.setPen(QColor(ui.accent_ink if on else ui.text))
        painter.drawText(room.adjusted(0, used.height() + 3, 0, 0), WRAP, self._whole)
