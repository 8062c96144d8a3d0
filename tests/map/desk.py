"""A map panel and a queue on a small town with a board of its own, and a desk that remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from dispatch.board import Board
from dispatch.clock import SimClock
from dispatch.domain.incident import Incident
from dispatch.domain.level import Level
from dispatch.domain.place import Place, PlaceState
from dispatch.domain.staff import Role, SignedOn
from dispatch.domain.unit import Fix, Unit, UnitState
from dispatch.domain.value import Point
from dispatch.region.pack import Pack
from tests.map.canvas import middle
from ui.commands.key_filter import KeyFilter
from ui.commands.registry import Registry
from ui.incidents.queue import QueuePanel
from ui.map_panel import MapPanel
from ui.panel import PanelContext

NOW_US = 1_790_000_000_000_000
STEP = 0.004


@dataclass
class Desk:
    """A window with a map and a queue."""

    window: QWidget
    panel: MapPanel
    queue: QueuePanel
    context: PanelContext
    board: Board
    verbs: list[Any]
    refused: list[str]
    asked: list[tuple[str, Any, Any]] = field(default_factory=list)

    @property
    def view(self) -> Any:
        return self.panel.view

    def part(self, kind: type[Any]) -> Any:
        return next(part for part in self.panel.parts if isinstance(part, kind))

    def run(self, command_id: str, **arguments: Any) -> bool:
        return self.context.commands.run(command_id, **arguments)

    def move(self, unit_id: str, lon: float, lat: float) -> None:
        """A new position of a unit, shown at once."""
        self.board.apply_fixes(
            [Fix(unit_id=unit_id, point=Point(lon=lon, lat=lat), t_us=NOW_US + 1)]
        )
        self.panel.refresh()
        self.view.repaint()

    def at_unit(self, unit_id: str) -> QPoint:
        lon, lat = self.view.place_of_unit(unit_id)
        return self.view.canvas_at(lon, lat).toPoint()

    def at_incident(self, incident_id: str) -> QPoint:
        point = self.board.incident(incident_id).place.point
        return self.view.canvas_at(point.lon, point.lat).toPoint()

    def point_at(self, at: QPoint) -> None:
        """Bring the pointer over a canvas point."""
        self.view.pointed(QPointF(at))

    def drag(self, start: QPoint, end: QPoint, *, rest_ms: int = 0, drop: bool = True) -> None:
        """Press, rest, draw and let go, as a hand does."""
        view = self.view
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        if rest_ms:
            QTest.qWait(rest_ms)
        for n in range(1, 6):
            QTest.mouseMove(view, start + (end - start) * n / 5)
            QApplication.processEvents()
        if drop:
            QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)


def make_desk(town: Pack, cache: Path, qtbot: Any, *, language: str = "en", **how: Any) -> Desk:
    """A desk with a dispatcher at it: M12 and E3 free, M9 on 0409, 0417 waiting."""
    lon, lat = middle(town)
    board = Board(realm="exercise", region_name="Town", time_zone="Asia/Almaty", desk_id="d")
    picture = board.picture
    picture.staff["d"] = SignedOn(
        user_id="a", name="A. Seitkali", role=Role.DISPATCHER, desk_id="d", since_us=0
    )
    for n, (unit_id, state, incident) in enumerate(
        (
            ("M12", UnitState.AVAILABLE_ON_AIR, None),
            ("E3", UnitState.AVAILABLE_ON_AIR, None),
            ("M9", UnitState.OUT_OF_SERVICE, None),
        )
    ):
        home = Point(lon=lon - STEP + STEP * n, lat=lat - STEP / 2)
        picture.units[unit_id] = Unit(
            unit_id=unit_id,
            kind="als_ambulance",
            service="medical",
            label=unit_id,
            station_id="",
            capabilities=("als", "transport"),
            crew=2,
            home=home,
            state=state,
            since_us=NOW_US - 65_000_000,
            incident_id=incident,
        )
        board.fixes[unit_id] = Fix(unit_id=unit_id, point=home, t_us=NOW_US - 3_000_000)
    for n, (incident_id, number) in enumerate((("i417", 417), ("i409", 409))):
        picture.incidents[incident_id] = Incident(
            incident_id=incident_id,
            number=number,
            opened_us=NOW_US - 41_000_000,
            person_level=Level.of_rank(1 + 2 * n),
            person_by="a",
            place=Place(
                label=f"Orchard Street {n + 1}",
                point=Point(lon=lon + STEP * n, lat=lat + STEP / 2),
                state=PlaceState.VERIFIED,
            ),
        )
    commands = Registry()
    context = PanelContext(
        board,
        commands,
        SimClock(NOW_US),
        language=language,
        time_zone="Asia/Almaty",
        mode=how.pop("mode", "exercise"),
        theme=how.pop("theme", "dark"),
    )
    context.pack, context.cache = town, cache
    context.kept = cache.parent / "kept"
    context.agency = how.pop("agency", None)
    verbs: list[Any] = []
    refused: list[str] = []
    commands.bind_submit(lambda verb, on_done, on_refused: verbs.append(verb))
    commands.who = lambda: "dispatcher"
    commands.locked = lambda: context.locked
    commands.refused.connect(lambda message: refused.append(message.id))
    commands.bind("window.escape", lambda: commands.run("map.stop"))
    window = QWidget()
    qtbot.addWidget(window)
    asked: list[tuple[str, Any, Any]] = []
    context.ask_route = lambda key, fix, target: asked.append((key, fix, target))
    panel, queue = MapPanel(context), QueuePanel(context)
    panel.view.animate = False
    row = QHBoxLayout(window)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(0)
    queue.setFixedWidth(300)
    row.addWidget(queue)
    row.addWidget(panel, 1)
    window.resize(1100, 600)
    keys = KeyFilter(commands, window)
    app = QApplication.instance()
    assert app is not None
    app.installEventFilter(keys)
    window.destroyed.connect(lambda: None)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    queue.refresh()
    panel.refresh()
    panel.view.centre_on(lon, lat, 14.5)
    panel.view.setFocus()
    panel.view.repaint()
    return Desk(window, panel, queue, context, board, verbs, refused, asked)
