"""Where the docks are: kept per role, with a version, and restored at the next sign-on."""

from __future__ import annotations

import base64
import logging
import re
from pathlib import Path

import msgspec
from PySide6.QtCore import QByteArray

VERSION = 1
"""Counts up when the set of docks changes so that an older layout would not fit."""
MAX_BYTES = 200_000

log = logging.getLogger(__name__)


class SavedLayout(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A main window's geometry and docks, as Qt writes them, in base64."""

    version: int
    role: str
    screen: str
    geometry: str
    docks: str


class LayoutStore:
    """One small file a role in the settings folder; a broken one is passed over, never fatal."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, role: str, screen: str, geometry: QByteArray, docks: QByteArray) -> None:
        """Keep a role's layout; a failure is logged, since nothing operational depends on it."""
        saved = SavedLayout(
            version=VERSION,
            role=role,
            screen=screen,
            geometry=base64.b64encode(geometry.data()).decode(),
            docks=base64.b64encode(docks.data()).decode(),
        )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._path(role)
            fresh = path.with_suffix(".new")
            fresh.write_bytes(msgspec.json.encode(saved))
            fresh.replace(path)
        except OSError:
            log.warning("the layout could not be saved", exc_info=True)

    def load(self, role: str) -> tuple[QByteArray, QByteArray] | None:
        """A role's (geometry, docks); None where there is none that fits this version."""
        try:
            path = self._path(role)
            if path.stat().st_size > MAX_BYTES:
                return None
            saved = msgspec.json.decode(path.read_bytes(), type=SavedLayout)
            if saved.version != VERSION:
                return None
            return (
                QByteArray(base64.b64decode(saved.geometry, validate=True)),
                QByteArray(base64.b64decode(saved.docks, validate=True)),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            log.warning("the layout of %s is unreadable and is passed over", role, exc_info=True)
            return None

    def _path(self, role: str) -> Path:
        name = re.sub(r"[^a-z0-9_-]", "_", role.lower())[:40]
        return self._folder / f"layout-{name}.json"
