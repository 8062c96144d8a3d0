"""What a feature of the map dock is: something of its own beside the map's layers.

A part gets the view and the panel's context, binds its commands, lays its overlays, and is asked
for what the layer switch and the context menu show of it. `ui/map_parts/__init__.py` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from dispatch.domain.message import Message
from ui.map.view import MapView
from ui.panel import PanelContext


@dataclass(frozen=True)
class Option:
    """One of several ways to show a layer. `option_id` is kept, `row` tells rows of them apart."""

    row: str
    option_id: str
    title: Message
    is_on: bool
    choose: Callable[[], None]


@dataclass(frozen=True)
class LegendLine:
    """A line of the legend. `swatch`: "tint", "hatch", "line" or "" for words alone, in `ink`;
    `dim` words are for the second look."""

    text: str
    swatch: str = ""
    ink: str = ""
    alpha: float = 1.0
    dim: bool = False


@dataclass(frozen=True)
class LegendBlock:
    """What one layer says at the map's edge."""

    title: str
    lines: tuple[LegendLine, ...] = ()


@dataclass(frozen=True)
class Switch:
    """A layer that a person can turn on and off; `title` is a message id."""

    switch_id: str
    title: str
    is_on: Callable[[], bool]
    turn: Callable[[bool], None]
    #: Why it cannot be turned on now, None when it can.
    why_not: Callable[[], Message | None] = lambda: None
    #: Id of the command that turns it, whose key stands beside it; "" for none.
    command_id: str = ""
    #: Message id of the heading it stands under: "maplayers.group.time", ".live" or ".city".
    group: str = "maplayers.group.city"
    #: The ways to show it that a person chooses from.
    options: Callable[[], Sequence[Option]] = tuple


@dataclass(frozen=True)
class Choice:
    """A line of the context menu; `title` is a message."""

    title: Message
    run: Callable[[], None]
    enabled: bool = True
    #: Message id of the command whose key stands beside it, "" for none.
    command_id: str = ""


@dataclass(frozen=True)
class Spot:
    """Where on the map something is asked: `found` is "incident/ID", "unit/ID", ... or ""."""

    lon: float
    lat: float
    found: str


class MapPart(QObject):
    """A feature of the map dock. `owner` is the panel: commands are bound in its name."""

    legend_changed = Signal()
    """What `legend` or `switches` say is something else now."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(owner)
        self.view = view
        self.context = context
        self.owner = owner

    def refresh(self, now_us: int) -> None:
        """The board has changed or a second has passed; coalesced to 10 Hz at most."""

    def replaced(self) -> None:
        """Another board (a seek in replay): forget what was asked and computed."""

    def switches(self) -> Sequence[Switch]:
        """Its lines of the layer switch."""
        return ()

    def legend(self) -> Sequence[LegendBlock]:
        """What stands at the map's edge of its layers that are on, in the surface's language."""
        return ()

    def choices(self, spot: Spot) -> Sequence[Choice]:
        """Its lines of the context menu at a spot."""
        return ()

    def describe(self, found: str) -> Sequence[Message]:
        """The hover card's lines for what this part's overlay names "noun/ID"; () for what is
        not its own. The first line is the headline."""
        return ()

    def escape(self) -> bool:
        """Escape on the map: end what it shows for a while; whether there was anything."""
        return False

    def retranslate(self) -> None:
        """Another language."""

    def restyle(self) -> None:
        """Another theme."""

    def shut(self) -> None:
        """The window closes for good."""
