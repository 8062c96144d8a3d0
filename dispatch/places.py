"""Where things live on this machine: settings, journals, packs, cache, logs, drafts, keys.

The operating system's own folders, or everything below one folder (`--data-dir`).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from dispatch.domain.message import Problem

APP = "vigil"
KEEP_DEMONSTRATIONS_DAYS = 30
JOURNAL_SUFFIX = ".vigil"


class Places:
    """The folders of one user, or of one `--data-dir`; `prepare` makes them."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.data_dir = data_dir.expanduser().absolute() if data_dir is not None else None

    def _folder(self, name: str, system: Path) -> Path:
        return self.data_dir / name if self.data_dir is not None else system

    @property
    def settings_file(self) -> Path:
        """The file of settings; it may not exist yet."""
        system = platformdirs.user_config_path(APP, appauthor=False)
        return self._folder("settings", system) / "settings.toml"

    @property
    def data(self) -> Path:
        """What must not be lost: journals, keys, drafts and packs lie below it."""
        return self._folder("data", platformdirs.user_data_path(APP, appauthor=False))

    @property
    def journals(self) -> Path:
        """Journals of exercises and those whose place nobody named."""
        return self.data / "journals"

    @property
    def demonstrations(self) -> Path:
        """Journals of simulated shifts, removed after `KEEP_DEMONSTRATIONS_DAYS`."""
        return self.data / "demonstrations"

    @property
    def packs(self) -> Path:
        """Region packs that the user has built or fetched."""
        return self.data / "packs"

    @property
    def drafts(self) -> Path:
        """Half-typed calls, durable within a second."""
        return self.data / "drafts"

    @property
    def keys(self) -> Path:
        """The keys that open personal fields; readable by this user alone."""
        return self.data / "keys"

    @property
    def layouts(self) -> Path:
        """Where panels stand, per role and screen."""
        return self.data / "layouts"

    @property
    def cache(self) -> Path:
        """What can be made again: map tiles, search indexes."""
        return self._folder("cache", platformdirs.user_cache_path(APP, appauthor=False))

    @property
    def logs(self) -> Path:
        """Rotating logs, without personal data."""
        return self._folder("logs", platformdirs.user_log_path(APP, appauthor=False))

    def all_folders(self) -> tuple[Path, ...]:
        """Every folder that `prepare` makes."""
        below_data = (self.journals, self.demonstrations, self.packs, self.drafts, self.layouts)
        return (self.settings_file.parent, *below_data, self.keys, self.cache, self.logs)

    def prepare(self) -> Places:
        """Make the folders, the user's own alone. Raises `Problem("places.unwritable")`."""
        for folder in self.all_folders():
            try:
                folder.mkdir(parents=True, exist_ok=True)
                # Journals and drafts hold what callers said; keys open it.
                if os.name == "posix" and folder.is_relative_to(self.data):
                    folder.chmod(0o700)
            except OSError as error:
                what = error.strerror or str(error)
                raise Problem("places.unwritable", file=str(folder), what=what) from error
        return self

    def new_demonstration(self, now: datetime) -> Path:
        """A free path for the journal of a simulated shift that starts at `now` (with a zone)."""
        stem = now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
        path = self.demonstrations / f"{stem}{JOURNAL_SUFFIX}"
        number = 2
        while path.exists():
            path = self.demonstrations / f"{stem}-{number}{JOURNAL_SUFFIX}"
            number += 1
        return path


def prune_demonstrations(
    places: Places, now: datetime, keep_days: int = KEEP_DEMONSTRATIONS_DAYS
) -> list[Path]:
    """Remove simulated shifts that nobody has touched for `keep_days`; return what was removed.

    Only files that `new_demonstration` names are looked at, and a journal goes with its
    companions (`-wal`, `-shm`, `.lock`) or stays with them: one that is open has just been
    written to.
    """
    removed = []
    oldest_s = now.timestamp() - keep_days * 86_400
    for journal in sorted(places.demonstrations.glob(f"????-??-??T??-??-??Z*{JOURNAL_SUFFIX}")):
        companions = [path for path in journal.parent.glob(journal.name + "*") if path.is_file()]
        try:
            if any(path.stat().st_mtime >= oldest_s for path in companions):
                continue
            for path in companions:
                path.unlink()
        except OSError:
            # Another start is tidying as well, or a virus scanner holds the file: next time.
            continue
        removed.append(journal)
    return removed
