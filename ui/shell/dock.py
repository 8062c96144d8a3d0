"""A dock: a panel with a slim header that can be moved, floated to another monitor, and hidden.

A floated dock wears the mode's frame and badge, so that an exercise cannot be taken for live.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ui.panel import Panel, PanelContext
from ui.shell.glyphs import glyph
from ui.shell.mode import FRAME_WIDTH, ModeBadge, mode_colours
from ui.theme.fonts import Size, font
from ui.theme.stylesheet import set_look

HEADER_HEIGHT = 28


class DockHeader(QWidget):
    """Title, the panel's own summary, and the buttons that float and hide it."""

    def __init__(self, dock: Dock, context: PanelContext) -> None:
        super().__init__(dock)
        self._dock = dock
        self._context = context
        self._focused = False
        self.setFixedHeight(HEADER_HEIGHT)
        self.setAutoFillBackground(True)
        self.badge = ModeBadge(context, self)
        self.title = QLabel(self)
        self.title.setProperty("look", "heading")
        self.title.setFont(font(Size.SMALL, bold=True, spaced=True))
        self.summary = QLabel(self)
        self.summary.setProperty("look", "small")
        self.summary.setFont(font(Size.SMALL))
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.float_button = QToolButton(self)
        self.close_button = QToolButton(self)
        for button in (self.float_button, self.close_button):
            button.setFixedSize(QSize(22, 22))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.float_button.clicked.connect(lambda: dock.setFloating(not dock.isFloating()))
        self.close_button.clicked.connect(dock.close)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.badge)
        row.addWidget(self.title)
        row.addStretch(1)
        row.addWidget(self.summary)
        row.addWidget(self.float_button)
        row.addWidget(self.close_button)
        self.badge.hide()
        self._show_buttons(False)

    def sizeHint(self) -> QSize:
        """The header's height, which a dock asks for in no other way."""
        return QSize(120, HEADER_HEIGHT)

    def restyle(self) -> None:
        """Icons in the theme's ink."""
        ink = self._context.theme.ui.text_dim
        self.float_button.setIcon(glyph("dock" if self._dock.isFloating() else "float", ink))
        self.close_button.setIcon(glyph("close", ink))

    def retranslate(self) -> None:
        """Every word anew."""
        say = self._context.say
        self.title.setText(say(self._dock.panel.title_id))
        floats = "shell.dock.back" if self._dock.isFloating() else "shell.dock.float"
        for button, words in ((self.float_button, floats), (self.close_button, "shell.dock.hide")):
            button.setToolTip(say(words))
            button.setAccessibleName(say(words))

    def enterEvent(self, event: QEvent) -> None:
        """Show the buttons under the pointer only: the header stays calm."""
        self._show_buttons(True)
        super().enterEvent(event)  # type: ignore[arg-type]

    def leaveEvent(self, event: QEvent) -> None:
        """Calm again."""
        self._show_buttons(self._dock.isFloating())
        super().leaveEvent(event)

    def set_focused(self, focused: bool) -> None:
        """Whether the keyboard is in this panel."""
        if focused != self._focused:
            self._focused = focused
            set_look(self.title, "heading_on" if focused else "heading")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hairline below, and a mark at the left while the keyboard is here."""
        ui = self._context.theme.ui
        painter = QPainter(self)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(ui.hairline))
        if self._focused:
            painter.fillRect(0, 6, 3, self.height() - 12, QColor(ui.focus))

    def _show_buttons(self, shown: bool) -> None:
        for button in (self.float_button, self.close_button):
            button.setVisible(shown)
        self._row.setContentsMargins(12, 0, 4 if shown else 12, 0)


class Dock(QDockWidget):
    """One panel in its dock; `objectName` is the panel's id, by which layouts remember it."""

    def __init__(self, panel: Panel, context: PanelContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = panel
        self._context = context
        self.setObjectName(f"dock.{panel.panel_id}")
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
        self.header = DockHeader(self, context)
        self.setTitleBarWidget(self.header)
        self._body = _Body(panel, self, context)
        self.setWidget(self._body)
        panel.summary_changed.connect(self.header.summary.setText)
        self.topLevelChanged.connect(self._floated)
        context.language_changed.connect(self.retranslate)
        context.theme_changed.connect(self.restyle)
        self.retranslate()
        self.restyle()

    def retranslate(self) -> None:
        """Title of header, window and screen reader."""
        self.header.retranslate()
        title = self._context.say(self.panel.title_id)
        self.setWindowTitle(title)
        self.panel.setAccessibleName(title)

    def restyle(self) -> None:
        """Colours anew."""
        self.header.restyle()
        self._body.update()

    def _floated(self, floating: bool) -> None:
        self.header.badge.setVisible(floating)
        self._body.set_framed(floating)
        self.header._show_buttons(floating)
        self.header.restyle()
        self.header.retranslate()


class _Body(QWidget):
    """The panel, and round it the mode's frame while the dock floats."""

    def __init__(self, panel: Panel, dock: Dock, context: PanelContext) -> None:
        super().__init__(dock)
        self._context = context
        self._framed = False
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.addWidget(panel)
        self.setSizePolicy(panel.sizePolicy())

    def set_framed(self, framed: bool) -> None:
        self._framed = framed
        width = FRAME_WIDTH if framed else 0
        self._rows.setContentsMargins(width, width, width, width)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._framed:
            QPainter(self).fillRect(self.rect(), QColor(mode_colours(self._context).frame))
