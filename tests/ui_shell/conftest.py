"""A window on a board of its own, without a centre behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from dispatch.board import Board
from dispatch.clock import SimClock
from dispatch.domain.message import Problem
from dispatch.domain.staff import Role, SignedOn
from ui.commands.registry import Registry
from ui.panel import PanelContext
from ui.panels import Slot
from ui.workstation import Workstation

NOW_US = 1_790_000_000_000_000


@dataclass(frozen=True)
class Someone:
    user_id: str
    name: str
    role: str


@dataclass
class FakeDesk:
    """Takes verbs and remembers them; answers when told to."""

    verbs: list[Any] = field(default_factory=list)
    waiting: list[tuple[Any, Any]] = field(default_factory=list)

    def submit(self, verb: Any, on_done: Any = None, on_refused: Any = None) -> None:
        self.verbs.append(verb)
        self.waiting.append((on_done, on_refused))

    def refuse(self, message_id: str) -> None:
        self.waiting.pop()[1](Problem(message_id))

    def accept(self) -> None:
        done = self.waiting.pop()[0]
        if done is not None:
            done(None)


@dataclass
class Bench:
    window: Workstation
    context: PanelContext
    commands: Registry
    board: Board
    desk: FakeDesk

    def sign_on(self, role: Role = Role.DISPATCHER) -> None:
        self.board.picture.staff[self.board.desk_id] = SignedOn(
            user_id="a", name="A. Seitkali", role=role, desk_id=self.board.desk_id, since_us=0
        )
        self.window.top_bar.refresh()


EMPTY = tuple(
    Slot(name, f"ui.nothing_yet:{name}", width, least)
    for name, width, least in (
        ("queue", 372, 296),
        ("map", 1096, 320),
        ("incident", 444, 372),
        ("units", 1912, 600),
    )
)


@pytest.fixture
def make_bench(qtbot: Any) -> Callable[..., Bench]:
    def make(
        *,
        mode: str = "exercise",
        language: str = "en",
        theme: str = "dark",
        people: Any = None,
        add_person: Any = None,
    ) -> Bench:
        board = Board(
            realm=mode if mode != "replay" else "exercise",
            region_name="Port Lumen",
            time_zone="Asia/Almaty",
            desk_id="desk-2",
        )
        commands = Registry()
        context = PanelContext(
            board,
            commands,
            SimClock(NOW_US),
            mode=mode,
            language=language,
            theme=theme,
            time_zone="Asia/Almaty",
        )
        desk = FakeDesk()
        if people is None:
            people = [
                Someone("a", "A. Seitkali", "dispatcher"),
                Someone("b", "M. Orlova", "trainer"),
            ]
        window = Workstation(
            context,
            "Port Lumen",
            people=lambda: people,
            add_person=add_person,
            submit=desk.submit,
            slots=EMPTY,
        )
        window.resize(1366, 768)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        made.append(window)
        return Bench(window, context, commands, board, desk)

    made: list[Workstation] = []
    yield make
    for window in made:
        window.leave_for_good()
        window.deleteLater()


@pytest.fixture
def bench(make_bench: Callable[..., Bench]) -> Bench:
    return make_bench()
