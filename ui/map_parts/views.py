"""Back and forward through the views one has had, and four views kept by number for a role."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer

from dispatch.domain.message import Message, Problem
from ui.map.layers import ViewState
from ui.map.view import MapView
from ui.map_parts.part import MapPart
from ui.panel import PanelContext

log = logging.getLogger(__name__)

#: A view that has stood so long is one that somebody looked at.
SETTLED_MS = 700
MOST = 60
#: Views whose middles are nearer than this share of the canvas are one.
SAME_SHARE = 0.12
NUMBERS = (1, 2, 3, 4)
VERSION = 1
MAX_BYTES = 50_000


class ViewHistory:
    """A line of views with a place in it. Going somewhere new forgets what lay ahead."""

    def __init__(self, most: int = MOST) -> None:
        self._views: list[ViewState] = []
        self._at = -1
        self._most = most

    @property
    def current(self) -> ViewState | None:
        """The view one is at."""
        return self._views[self._at] if self._views else None

    def visit(self, view: ViewState) -> None:
        """Remember a view as the next one."""
        del self._views[self._at + 1 :]
        self._views.append(view)
        del self._views[: -self._most]
        self._at = len(self._views) - 1

    def renew(self, view: ViewState) -> None:
        """The view one is at, a little moved."""
        if self._views:
            self._views[self._at] = view

    def can(self, step: int) -> bool:
        """Whether there is a view so many steps on."""
        return 0 <= self._at + step < len(self._views)

    def go(self, step: int) -> ViewState | None:
        """The view so many steps back (-1) or forward (1), and be there; None at the end."""
        if not self.can(step):
            return None
        self._at += step
        return self._views[self._at]


class KeptView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A view that was given a number."""

    lon: float
    lat: float
    zoom: float


class KeptViews(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbered views of a role, by region name and number."""

    version: int = VERSION
    regions: dict[str, dict[str, KeptView]] = {}


class ViewStore:
    """One small file a role; a broken one is passed over. Without a folder nothing outlives."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._cache: dict[str, KeptViews] = {}

    def load(self, role: str, region: str, number: int) -> ViewState | None:
        """A kept view; None where there is none."""
        kept = self._of(role).regions.get(region, {}).get(str(number))
        if kept is None or not (abs(kept.lon) <= 180 and abs(kept.lat) <= 85):
            return None
        return ViewState(lon=kept.lon, lat=kept.lat, zoom=min(22.0, max(0.0, kept.zoom)))

    def keep(self, role: str, region: str, number: int, view: ViewState) -> None:
        """Keep a view under a number. Raises `Problem("hands.views.unsaved")`."""
        before = self._of(role).regions
        views = {
            **before.get(region, {}),
            str(number): KeptView(lon=view.lon, lat=view.lat, zoom=view.zoom),
        }
        self._cache[role] = KeptViews(regions={**before, region: views})
        path = self._path(role)
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(self._cache[role]))
            fresh.replace(path)
        except OSError as error:
            raise Problem("hands.views.unsaved", file=str(path), what=str(error)) from error

    def _of(self, role: str) -> KeptViews:
        if role not in self._cache:
            self._cache[role] = self._read(role)
        return self._cache[role]

    def _read(self, role: str) -> KeptViews:
        path = self._path(role)
        try:
            if path is None or path.stat().st_size > MAX_BYTES:
                return KeptViews()
            kept = msgspec.json.decode(path.read_bytes(), type=KeptViews)
        except FileNotFoundError:
            return KeptViews()
        except (OSError, ValueError):
            log.warning("the map views in %s are unreadable and are passed over", path)
            return KeptViews()
        return kept if kept.version == VERSION else KeptViews()

    def _path(self, role: str) -> Path | None:
        name = re.sub(r"[^a-z0-9_-]", "_", role.lower())[:40]
        return self._folder / f"views-{name}.json" if self._folder is not None else None


class Views(MapPart):
    """History and numbered views of one map."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.history = ViewHistory()
        self.store = ViewStore(context.kept)
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(self._remember)
        view.view_changed.connect(self._settled.start)
        view.views_stepped.connect(self._stepped)
        bind = context.commands.bind
        bind("map.back", lambda: self.step(-1), owner=owner, enabled=lambda: self._may(-1))
        bind("map.forward", lambda: self.step(1), owner=owner, enabled=lambda: self._may(1))
        for n in NUMBERS:
            bind(f"map.view_{n}", lambda n=n: self.show_kept(n), owner=owner)
            bind(f"map.keep_view_{n}", lambda n=n: self.keep(n), owner=owner)
        self._settled.start()

    def _remember(self) -> None:
        """The view has stood for a while; one that follows a unit is not a view of its own."""
        self._settled.stop()
        now = self.view.view_state()
        if self.view.following or not self.view.isVisible():
            return
        before = self.history.current
        if before is not None and self._alike(before, now):
            self.history.renew(now)
        else:
            self.history.visit(now)

    def _alike(self, one: ViewState, other: ViewState) -> bool:
        if one.zoom != other.zoom:
            return False
        way = self.view.canvas_at(one.lon, one.lat) - self.view.canvas_at(other.lon, other.lat)
        size = min(self.view.width(), self.view.height())
        return max(abs(way.x()), abs(way.y())) < SAME_SHARE * size

    def _may(self, step: int) -> bool | Message:
        moved = self._settled.isActive() and (
            self.history.current is None
            or not self._alike(self.history.current, self.view.view_state())
        )
        if moved and step < 0:
            return True  # from where one is on the way to, back to where one was
        if not moved and self.history.can(step):
            return True
        return Message("hands.views.first" if step < 0 else "hands.views.last")

    def _stepped(self, step: int) -> None:
        self.context.commands.run("map.back" if step < 0 else "map.forward")

    def step(self, step: int) -> None:
        """Back (-1) or forward (1)."""
        if self._settled.isActive():
            self._remember()
        found = self.history.go(step)
        if found is None:
            raise Problem("hands.views.first" if step < 0 else "hands.views.last")
        self.view.restore_view(found)
        self._settled.stop()

    # -- by number ---------------------------------------------------------------------------

    def _role(self) -> str:
        signed = self.context.board.signed_on
        return signed.role.value if signed is not None else "nobody"

    def _region(self) -> str:
        return self.context.pack.name if self.context.pack is not None else ""

    def keep(self, number: int) -> None:
        """Keep what is in view under a number."""
        self.store.keep(self._role(), self._region(), number, self.view.view_state())
        key = self.context.commands.key_text(f"map.view_{number}")
        said = self.context.say("hands.views.kept", n=number, key=key)
        self.view.strips.tell_briefly("views", said)

    def show_kept(self, number: int) -> None:
        """Go to a kept view."""
        found = self.store.load(self._role(), self._region(), number)
        if found is None:
            key = self.context.commands.key_text(f"map.keep_view_{number}")
            raise Problem("hands.views.none", n=number, key=key)
        self.view.restore_view(found)

    def shut(self) -> None:
        self._settled.stop()
