"""The button and list that turn the map's layers on and off, their legend, and what is kept of
them for each role."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QSize, Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QToolButton, QWidget

from ui.map.furniture import BUTTON_PX, GAP_PX, MARGIN_PX
from ui.map.view import MapView
from ui.map_parts.layer_list import LayerList
from ui.map_parts.legend import LegendOverlay
from ui.map_parts.part import MapPart, Switch
from ui.panel import PanelContext
from ui.theme.icons import icon_pixmap

log = logging.getLogger(__name__)

VERSION = 1
MAX_BYTES = 50_000
BUTTONS_ABOVE = 3


class KeptLayers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which layers are on, by the id of their switch, and which of their options are chosen."""

    version: int
    on: dict[str, bool]
    options: dict[str, str]


class LayerSwitch(MapPart):
    """Lists the switches of all parts of its panel, itself not among them."""

    def __init__(self, view: MapView, context: PanelContext, owner: QObject) -> None:
        super().__init__(view, context, owner)
        self.legend_overlay = LegendOverlay()
        view.lay(self.legend_overlay)
        self.button = QToolButton(view)
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.setIconSize(QSize(16, 16))
        self.button.setCursor(Qt.CursorShape.ArrowCursor)
        top = MARGIN_PX + BUTTONS_ABOVE * (BUTTON_PX + GAP_PX)
        self.button.setGeometry(MARGIN_PX, top, BUTTON_PX, BUTTON_PX)
        self.button.clicked.connect(self.open_or_close)
        self.list = LayerList(context, view, self.all_switches)
        self._role: str | None = None
        self._kept: KeptLayers | None = None
        self._heard = False
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self._show)
        panel = owner if isinstance(owner, QWidget) else None
        context.commands.bind("map.layers", self.open_or_close, owner=panel)
        self._dress()

    # -- switches ------------------------------------------------------------------------------

    def _parts(self) -> Sequence[MapPart]:
        parts: Sequence[MapPart] = getattr(self.owner, "parts", ())
        return [part for part in parts if part is not self]

    def all_switches(self) -> list[Switch]:
        """What every part can show."""
        return [switch for part in self._parts() for switch in part.switches()]

    def open_or_close(self) -> None:
        """Show the list, or hide it."""
        if self.list.isVisible():
            self.list.close_it()
        else:
            # Beside its own button: the upper edge is for alarms.
            self.list.open_at(MARGIN_PX + BUTTON_PX + GAP_PX, self.button.y())

    # -- turning -------------------------------------------------------------------------------

    def refresh(self, now_us: int) -> None:
        if not self._heard:
            self._heard = True
            for part in self._parts():
                part.legend_changed.connect(self._soon.start)
        self._take_up_role()
        self._show()

    def _show(self) -> None:
        self._keep()
        self.list.renew()
        blocks = [block for part in self._parts() for block in part.legend()]
        if self.legend_overlay.set_blocks(blocks):
            about = self.context.say("map.accessible.about")
            self.view.setAccessibleDescription(" ".join((about, *self.legend_overlay.words)))
            self.view.update()

    def retranslate(self) -> None:
        self._dress()
        self._show()
        if self.list.isVisible():
            self.list.fill()

    def restyle(self) -> None:
        self._dress()

    def _dress(self) -> None:
        ui, ratio = self.context.theme.ui, self.view.devicePixelRatioF()
        self.button.setStyleSheet(
            f"QToolButton {{ background: {ui.panel}; border: 1px solid {ui.outline};"
            f" border-radius: 6px; }}"
            f"QToolButton:hover {{ background: {ui.hover}; border-color: {ui.control}; }}"
            f"QToolButton:pressed {{ background: {ui.selected}; }}"
        )
        self.button.setIcon(QIcon(icon_pixmap("layers", 16, ui.text, ratio)))
        key = self.context.commands.key_text("map.layers")
        words = self.context.say("maplayers.open")
        self.button.setToolTip(f"{words}  {key}" if key else words)
        self.button.setAccessibleName(words)

    # -- what is kept --------------------------------------------------------------------------

    def _take_up_role(self) -> None:
        signed = self.context.board.signed_on
        role = signed.role.value if signed is not None else ""
        if role == self._role:
            return
        first, self._role = self._role is None, role
        kept = self._read(role)
        if kept is None:
            # Somebody without a choice of their own goes on with what stands.
            self._kept = self._standing() if not first else None
            return
        for switch in self.all_switches():
            for option in switch.options():
                wanted = kept.options.get(f"{switch.switch_id}/{option.row}")
                if wanted == option.option_id and not option.is_on:
                    option.choose()
            wanted_on = kept.on.get(switch.switch_id)
            changes = wanted_on is not None and wanted_on != switch.is_on()
            if changes and (not wanted_on or switch.why_not() is None):
                switch.turn(bool(wanted_on))
        self._kept = self._standing()

    def _standing(self) -> KeptLayers:
        switches = self.all_switches()
        return KeptLayers(
            version=VERSION,
            on={switch.switch_id: switch.is_on() for switch in switches},
            options={
                f"{switch.switch_id}/{option.row}": option.option_id
                for switch in switches
                for option in switch.options()
                if option.is_on
            },
        )

    def _keep(self) -> None:
        standing = self._standing()
        before, self._kept = self._kept, standing
        path = self._path(self._role or "")
        if before is None or standing == before or path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(standing))
            fresh.replace(path)
        except OSError:
            log.warning("the chosen layers could not be kept", exc_info=True)

    def _read(self, role: str) -> KeptLayers | None:
        path = self._path(role)
        if path is None:
            return None
        try:
            if path.stat().st_size > MAX_BYTES:
                return None
            kept = msgspec.json.decode(path.read_bytes(), type=KeptLayers)
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            log.warning("the chosen layers of %s are unreadable", role, exc_info=True)
            return None
        return kept if kept.version == VERSION else None

    def _path(self, role: str) -> Path | None:
        folder: Path | None = self.context.kept
        if folder is None or not role:
            return None
        return folder / f"layers-{re.sub(r'[^a-z0-9_-]', '_', role)[:40]}.json"

    def shut(self) -> None:
        self.list.close_it()
