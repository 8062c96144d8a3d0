"""Where the pointer is, in the agency's way of writing coordinates, at the map's edge."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from dispatch.domain.message import Message
from dispatch.region.coordinate_format import FORMATS, format_coordinates
from ui.map.furniture import MARGIN_PX
from ui.map.view import MapView
from ui.map_parts.part import Choice, MapPart, Spot
from ui.panel import PanelContext
from ui.theme.fonts import Size, font

HEIGHT_PX = 26
PAD_PX = 10


class Readout(QWidget):
    """A pill with the coordinates; a click writes them in another form. It never takes the focus.

    Painted by hand: it changes with every move of the pointer.
    """

    def __init__(self, part: Pointer) -> None:
        super().__init__(part.view)
        self._part = part
        self.text = ""
        self.dim = False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFont(font(Size.SMALL))

    def put(self, text: str, *, dim: bool) -> None:
        """Show a text; `dim`: of the view's middle, not of a pointer."""
        if (text, dim) == (self.text, self.dim):
            return
        self.text, self.dim = text, dim
        wide = QFontMetrics(self.font()).horizontalAdvance(text) + 2 * PAD_PX
        if wide > self.width() or wide < self.width() - 24:
            self.resize(wide, HEIGHT_PX)  # it does not twitch with every figure
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        ui = self._part.context.theme.ui
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(ui.hover if self.underMouse() else ui.panel)
        ground.setAlphaF(1.0 if self.underMouse() else 0.88)
        painter.setPen(QPen(QColor(ui.hairline), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 5, 5)
        painter.setPen(QColor(ui.text_faint if self.dim else ui.text))
        inner = self.rect().adjusted(PAD_PX, 0, -PAD_PX, 0)
        painter.drawText(
            inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self._part.context.commands.run("map.coordinates")

    def enterEvent(self, event: QEvent) -> None:  # type: ignore[override]
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self.update()


class Pointer(MapPart):
    """The readout, its forms, and copying it."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        agency = context.agency
        self.form: str = agency.coordinates if agency is not None else FORMATS[0]
        self._at: QPointF | None = None
        self.readout = Readout(self)
        self.readout.show()
        view.pointer_moved.connect(self._pointed)
        view.view_changed.connect(self._show)
        view.installEventFilter(self)
        bind = context.commands.bind
        bind("map.coordinates", self.next_form, owner=owner)
        bind("map.copy_place", self.copy, owner=owner)
        self.retranslate()
        self._place()

    def place(self) -> tuple[float, float]:
        """Longitude and latitude under the pointer; of the view's middle where it is away."""
        middle = QPointF(self.view.width() / 2, self.view.height() / 2)
        return self.view.lonlat_at(self._at if self._at is not None else middle)

    def words(self, lon: float, lat: float) -> str:
        """A place in the form that is shown."""
        return format_coordinates(lon, lat, self.form)

    def next_form(self) -> None:
        """Write coordinates in another form."""
        forms = list(FORMATS)
        self.form = forms[(forms.index(self.form) + 1) % len(forms)] if self.form in forms else ""
        self.form = self.form or forms[0]
        self.retranslate()

    def copy(self, lon: float | None = None, lat: float | None = None) -> None:
        """Put coordinates on the clipboard: of the pointer, or of a place."""
        if lon is None or lat is None:
            lon, lat = self.place()
        text = self.words(lon, lat)
        QApplication.clipboard().setText(text)
        self.view.strips.tell_briefly("copied", self.context.say("hands.copied", text=text))

    def _pointed(self, at: QPointF | None) -> None:
        self._at = at
        self._show()

    def _show(self) -> None:
        if not self.view.isVisible():
            return
        text = self.words(*self.place())
        if self._at is None:
            text = self.context.say("hands.middle", place=text)
        self.readout.put(text, dim=self._at is None)

    def _place(self) -> None:
        self.readout.move(MARGIN_PX, self.view.height() - MARGIN_PX - HEIGHT_PX)

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
            self._show()
        return False

    def choices(self, spot: Spot) -> tuple[Choice, ...]:
        if spot.found:
            return ()
        title = Message("hands.menu.copy", {"place": self.words(spot.lon, spot.lat)})
        return (Choice(title, lambda: self.copy(spot.lon, spot.lat), command_id="map.copy_place"),)

    def retranslate(self) -> None:
        say, key = self.context.say, self.context.commands.key_text
        tip = say("hands.readout", form=say(f"hands.form.{self.form}"), key=key("map.copy_place"))
        self.readout.setToolTip(tip)
        self.readout.setAccessibleName(tip)
        self._show()

    def restyle(self) -> None:
        self.readout.update()
