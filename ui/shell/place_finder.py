"""`f elm/5th`: looks a place up beside the surface, marks it on the map, asks about twins.

`f m12` goes to the unit of that call sign.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from dispatch.domain.message import Message
from ui.commands.key_filter import KEPT_PROPERTY
from ui.commands.keys import chord_of
from ui.incidents.place_names import PlaceNames
from ui.panel import PanelContext
from ui.shell.overlay import Overlay
from ui.theme.fonts import Size, font

_DIGITS = "1 2 3 4 5 6 7 8 9"
_ROW = 25
#: Twins of another name fit worse than this.
_ALIKE = 0.05


class WhichPlace(Overlay):
    """Places of one name, numbered; a digit, or the arrows and Enter, picks one."""

    def __init__(
        self, context: PanelContext, window: QWidget, picked: Callable[[Any], None]
    ) -> None:
        super().__init__(context, window, 640)
        self._picked = picked
        self._places: tuple[Any, ...] = ()
        self._text = ""
        self.list = QListWidget(self)
        self.list.setProperty("look", "plain")
        self.list.setFont(font(Size.BODY))
        self.list.setUniformItemSizes(True)
        self.list.setProperty(KEPT_PROPERTY, f"{_DIGITS} Up Down PageUp PageDown Enter")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.installEventFilter(self)
        self.list.itemClicked.connect(lambda item: self._pick(self.list.row(item)))
        self.rows.addWidget(self.list)

    def ask(self, text: str, places: Sequence[Any]) -> None:
        """Show the places that a text may mean; none is marked, since none may be guessed."""
        self._text, self._places = text, tuple(places[:9])
        self.list.clear()
        for number, match in enumerate(self._places, start=1):
            item = QListWidgetItem(f"{number}   {match.label}")
            item.setToolTip(match.label)
            self.list.addItem(item)
        self.list.setCurrentRow(-1)
        self.list.setFixedHeight(_ROW * max(1, len(self._places)))
        self.retranslate()
        self.open()

    def retranslate(self) -> None:
        """The question anew."""
        self.title.setText(self.context.say("shell.find.which", text=self._text))
        self.list.setAccessibleName(self.title.text())

    def take_focus(self) -> None:
        """The list hears the digits."""
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, target: object, event: object) -> bool:
        """Digits and Enter pick, whatever layout is on."""
        if (
            target is self.list
            and isinstance(event, QKeyEvent)
            and event.type() == QKeyEvent.Type.KeyPress
        ):
            key = str(chord_of(event) or "")
            if key in _DIGITS.split():
                self._pick(int(key) - 1)
                return True
            if key == "Enter":
                self._pick(self.list.currentRow())
                return True
        return super().eventFilter(target, event)  # type: ignore[arg-type]

    def _pick(self, row: int) -> None:
        if 0 <= row < len(self._places):
            self.close_it()
            self._picked(self._places[row])


class PlaceFinder(QObject):
    """Looks up in the worker of the place names; the newest text wins."""

    def __init__(
        self, context: PanelContext, window: QWidget, tell: Callable[[Message], None]
    ) -> None:
        super().__init__(window)
        self._context, self._tell = context, tell
        self._names = PlaceNames.of(context)
        self._wanted = ""
        self.which = WhichPlace(context, window, self._mark)
        self._names.found.connect(self._found)

    def find(self, text: str) -> None:
        """Show the unit that is called so, whole and exactly; else look a place up by name.

        A call sign resembles many a road's number: it must never lead to the road.
        """
        called = text.strip().casefold()
        for unit in self._context.board.picture.units.values():
            if called in (unit.unit_id.casefold(), unit.label.casefold()):
                self._wanted = ""
                self._context.selection.seek_unit(unit.unit_id)
                return
        self._wanted = text
        if not self._names.search(text):
            self._tell(Message("callform.no_gazetteer"))

    def _found(self, text: str, matches: Any) -> None:
        if not self._wanted or text != self._wanted:
            return
        self._wanted = ""
        if not matches:
            self._tell(Message("shell.not_found", {"text": text}))
        elif matches[0].twins:
            least = matches[0].score - _ALIKE
            alike = [match for match in matches if match.twins and match.score >= least]
            self.which.ask(text, alike)
        else:
            self._mark(matches[0])

    def _mark(self, match: Any) -> None:
        self._context.selection.place_found.emit(match)
        self._tell(Message("shell.found", {"label": match.label}))
