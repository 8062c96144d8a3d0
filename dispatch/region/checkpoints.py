"""The finished steps of a build, kept beside its output so that a build that was killed goes on.

A work folder `.NAME.region.build-KEY` holds them; the key is the hash of everything that decides
the outcome, so that another source or option never meets them. Each file carries the hash of its
content: half-written or spoilt ones are not believed but made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import shapely

from dispatch.domain.message import Problem
from dispatch.region.assemble import Draft
from dispatch.region.doubts import Doubts
from dispatch.region.manifest import Layer
from dispatch.region.road_draft import RoadDraft

try:
    import fcntl
except ImportError:  # Windows: two builds of one pack at once are not told apart there.
    fcntl = None  # type: ignore[assignment]

#: Counts changes of what a step makes from the same input.
BUILD_VERSION = 2
_LOCK, _LAYERS = "lock", "layers"


class _Saved(msgspec.Struct):
    """A draft as plain values; geometry as WKB."""

    columns: dict[str, list[Any]]
    coords: bytes
    counts: bytes
    signals: list[int]
    restrictions: list[dict[str, Any]]
    areas: list[dict[str, Any]]
    lines: list[dict[str, Any]]
    places: list[dict[str, Any]]
    addresses: list[dict[str, Any]]
    languages: list[str]
    doubts: dict[str, int]
    examples: dict[str, list[str]]
    date: str
    kind: str


def file_hash(path: Path) -> str:
    """SHA-256 (hex) of a file, or of the names and contents of a folder's files."""
    if path.is_dir():
        digest = hashlib.sha256()
        for entry in sorted(p for p in path.iterdir() if p.is_file()):
            digest.update(f"{entry.name}\0{file_hash(entry)}\n".encode())
        return digest.hexdigest()
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class WorkFolder:
    """Where one build keeps its finished steps. Nothing is made on disk before the first is.

    `decides` is whatever decides the outcome, as text. Raises `Problem("region.output_busy")` when
    another process is building just this, `region.output_unwritable` when the disk refuses.
    """

    def __init__(self, output: Path, decides: Mapping[str, str], fresh: bool = False) -> None:
        text = msgspec.json.encode([BUILD_VERSION, dict(decides)], order="deterministic")
        self._output = output
        self._prefix = f".{output.name}.build-"
        self.path = output.parent / (self._prefix + hashlib.sha256(text).hexdigest()[:16])
        self._lock: int | None = None
        #: Whether a finished step of an earlier build was believed.
        self.taken_over = False
        if self.path.is_symlink():
            raise Problem("region.output_exists", file=str(self.path))
        if fresh:
            shutil.rmtree(self.path, ignore_errors=True)
        if self.path.exists():
            self._hold()

    @property
    def tables(self) -> Path:
        """The folder of finished tables, made when asked for."""
        folder = self._made() / "pack"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def scratch(self) -> Path:
        """A folder for what a step needs while it runs."""
        folder = self._made() / "scratch"
        folder.mkdir(exist_ok=True)
        return folder

    def kept(self) -> bool:
        """Whether a step is kept."""
        return self.path.is_dir() and any(
            entry.suffix == ".step" or entry.name == _LAYERS for entry in self.path.iterdir()
        )

    def save_draft(self, step: str, draft: Draft) -> None:
        """Keep the draft as it is after a step."""
        coords, counts = draft.roads.raw()
        saved = _Saved(
            columns=draft.roads.columns,
            coords=coords,
            counts=counts,
            signals=sorted(draft.signals),
            restrictions=draft.restrictions,
            areas=_with_wkb(draft.areas),
            lines=draft.lines,
            places=draft.places,
            addresses=draft.addresses,
            languages=sorted(draft.languages),
            doubts=dict(draft.doubts),
            examples=dict(draft.doubts.examples),
            date=draft.date,
            kind=draft.kind,
        )
        self._save(f"{step}.step", msgspec.msgpack.encode(saved, enc_hook=_plain))

    def load_draft(self, step: str) -> Draft | None:
        """The draft as it was after a step; None where it was not kept or is spoilt."""
        content = self._load(f"{step}.step")
        if content is None:
            return None
        try:
            saved = msgspec.msgpack.decode(content, type=_Saved)
            roads = RoadDraft()
            if saved.columns.keys() != roads.columns.keys():
                return None
            counts, coords = array("q", saved.counts), array("i", saved.coords)
            fits = {len(values) for values in saved.columns.values()} <= {len(counts)}
            if not fits or 2 * sum(counts) != len(coords):
                return None
            roads.restore(saved.columns, coords, counts)
            for row in saved.areas:
                row["geometry"] = shapely.from_wkb(row["geometry"])
        except (msgspec.DecodeError, ValueError, KeyError, TypeError, shapely.errors.GEOSException):
            return None
        self.taken_over = True
        doubts = Doubts(saved.doubts)
        doubts.examples.update(saved.examples)
        return Draft(
            roads=roads,
            signals=set(saved.signals),
            restrictions=saved.restrictions,
            areas=saved.areas,
            lines=saved.lines,
            places=saved.places,
            addresses=saved.addresses,
            languages=set(saved.languages),
            doubts=doubts,
            date=saved.date,
            kind=saved.kind,
        )

    def save_layers(self, layers: list[Layer]) -> None:
        """Keep which tables are whole."""
        self._save(_LAYERS, msgspec.msgpack.encode(layers))

    def load_layers(self) -> list[Layer]:
        """The tables that are whole: their files are looked at again."""
        content = self._load(_LAYERS)
        if content is None:
            return []
        try:
            layers = msgspec.msgpack.decode(content, type=list[Layer])
        except msgspec.DecodeError:
            return []
        return [layer for layer in layers if self._whole(layer)]

    def _whole(self, layer: Layer) -> bool:
        path = self.path / "pack" / layer.file
        try:
            return Path(layer.file).name == layer.file and file_hash(path) == layer.sha256
        except OSError:
            return False

    def remove(self) -> None:
        """The build is done: remove this folder, and what other builds of this output left."""
        self.release()
        for entry in self.path.parent.glob(f"{self._prefix}*"):
            if entry == self.path or not _held(entry):
                shutil.rmtree(entry, ignore_errors=True)

    def release(self) -> None:
        """Let go of the folder; it goes itself where no step is kept in it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        shutil.rmtree(self.path / "scratch", ignore_errors=True)
        if self.path.is_dir() and not self.kept():
            shutil.rmtree(self.path, ignore_errors=True)

    def _made(self) -> Path:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                "region.output_unwritable", file=str(self._output), what=str(error)
            ) from error
        self._hold()
        return self.path

    def _hold(self) -> None:
        if self._lock is not None:
            return
        try:
            self._lock = os.open(self.path / _LOCK, os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as error:
            raise Problem(
                "region.output_unwritable", file=str(self._output), what=str(error)
            ) from error
        if fcntl is not None:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(self._lock)
                self._lock = None
                raise Problem("region.output_busy", file=str(self._output)) from error

    def _save(self, name: str, content: bytes) -> None:
        path = self._made() / name
        fresh = path.with_suffix(".new")
        try:
            with fresh.open("wb") as stream:
                stream.write(hashlib.sha256(content).digest())
                stream.write(content)
            fresh.replace(path)
        except OSError as error:
            raise Problem(
                "region.output_unwritable", file=str(self._output), what=str(error)
            ) from error

    def _load(self, name: str) -> bytes | None:
        path = self.path / name
        with contextlib.suppress(OSError):
            content = path.read_bytes()
            if hashlib.sha256(content[32:]).digest() == content[:32]:
                return content[32:]
        return None


def _held(folder: Path) -> bool:
    """Whether another process is at work in a folder."""
    if fcntl is None:
        return True
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def _with_wkb(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    shapes = shapely.to_wkb([row["geometry"] for row in rows], byte_order=1) if rows else []
    return [{**row, "geometry": shape} for row, shape in zip(rows, shapes, strict=True)]


def _plain(value: Any) -> Any:
    """A number of numpy's as one of Python's."""
    if hasattr(value, "item"):
        return value.item()
    raise NotImplementedError(type(value).__name__)
