"""A trained model on disk: `manifest.json` and plain arrays, read with numpy alone.

Hostile input is expected: sizes are capped, the manifest is decoded with types, every file must
match its SHA-256, arrays are read without pickle and only in the exact shape and type the
manifest implies, and weights that break the sign of their feature are refused.
"""

from __future__ import annotations

import ast
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import numpy.typing as npt

from dispatch.domain.message import Problem
from dispatch.severity.features import FeatureCode, TypeCode

FORMAT = 1
MICRO = 1_000_000
MANIFEST_LIMIT = 8_000_000
FILE_LIMIT = 64_000_000
WEIGHT_LIMIT = 40 * MICRO

ANSWERS_SCHEMA = "vigil_answers"

WEIGHTS = "weights.npy"
CALIBRATION = "calibration.npy"
CARD = "card.md"
CALLS = "calls.npy"

Sha = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Index = Annotated[int, msgspec.Meta(ge=0, le=10**6)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class FileEntry(_Strict, frozen=True):
    """A file of the bundle: its fingerprint and size."""

    sha256: Sha
    bytes: Count


class TypeEntry(_Strict, frozen=True):
    """The features of a call type and of each option of its questions."""

    own: Index
    questions: dict[str, dict[str, tuple[Index, ...]]]


class Trained(_Strict, frozen=True):
    """Where the weights come from. `kind` is `generated` or `recorded`; first/last are dates."""

    kind: str
    cases: Count
    snapshots: Count
    seed: int
    data_sha: Sha
    first: str = ""
    last: str = ""
    atypical: Share = 0.0


class TradeOff(_Strict, frozen=True):
    """A point of the published curve: what a weight of a miss costs in alerts."""

    weight: float
    threshold: Share
    missed: Share
    alerted: Share


class Manifest(_Strict, frozen=True):
    """Everything about a model but its numbers.

    `thresholds`: upgrade thresholds on P(at least Lk), k = 1..; each is 1 / (1 + weight of a
    miss). `options`: per type, question and option the share among not critical and critical
    calls, for the next best question. `lookup`: of an evaluation bundle, the share of critical
    calls per key of the look-up baseline ("" = over all).
    """

    format: int
    schema: str
    version: str
    trained: Trained
    ranks: Annotated[int, msgspec.Meta(ge=2, le=9)]
    stages: Annotated[int, msgspec.Meta(ge=1, le=12)]
    features: tuple[str, ...]
    signs: tuple[Annotated[int, msgspec.Meta(ge=-1, le=1)], ...]
    types: dict[str, TypeEntry]
    options: dict[str, dict[str, dict[str, tuple[Share, Share]]]]
    thresholds: tuple[Share, ...]
    miss_weights: tuple[float, ...]
    trade_off: tuple[TradeOff, ...]
    metrics: dict[str, float]
    versions: dict[str, str]
    files: dict[str, FileEntry]
    lookup: dict[str, Share] = {}


@dataclass(frozen=True)
class Bundle:
    """A model ready to use.

    `coef` (ranks-1, features) and `intercept` (ranks-1,): integers in millionths of log-odds;
    `calibration` (stages, ranks-1, 2): slope and offset; `sha`: SHA-256 of the manifest.
    """

    manifest: Manifest
    sha: str
    folder: Path
    coef: npt.NDArray[np.int64]
    intercept: npt.NDArray[np.int64]
    calibration: npt.NDArray[np.float64]
    code: FeatureCode

    @property
    def bytes(self) -> int:
        """The size of all its files but the manifest."""
        return sum(entry.bytes for entry in self.manifest.files.values())

    def read_calls(self) -> npt.NDArray[np.uint64]:
        """The hashes of the recorded calls it was trained on (sorted); empty if generated."""
        entry = self.manifest.files.get(CALLS)
        if entry is None:
            return np.zeros(0, dtype=np.uint64)
        data = _read(self.folder / CALLS, entry)
        return array_of(self.folder / CALLS, data, "<u8", (self.manifest.trained.cases,))


def open_bundle(folder: Path, schema: str | None = None) -> Bundle:
    """Reads and checks a bundle; `schema`: refuse one that learned from another kind of data.

    Raises `Problem("severity.bundle.missing" | ".broken" | ".tampered" | ".newer" |
    ".other_schema")`.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise Problem("severity.bundle.missing", file=str(folder))
    data = _bytes_of(path, MANIFEST_LIMIT)
    manifest = _decode(path, data)
    if schema is not None and manifest.schema != schema:
        raise Problem(
            "severity.bundle.other_schema", file=str(path), found=manifest.schema, wanted=schema
        )
    for name in (WEIGHTS, CALIBRATION):
        if name not in manifest.files:
            raise _broken(path, f"{name} is not listed")
    _check_codes(path, manifest)
    parts = {name: _read(folder / name, entry) for name, entry in manifest.files.items()}
    cuts, width = manifest.ranks - 1, len(manifest.features)
    weights = array_of(folder / WEIGHTS, parts[WEIGHTS], "<i8", (cuts, width + 1))
    calibration = array_of(
        folder / CALIBRATION, parts[CALIBRATION], "<f8", (manifest.stages, cuts, 2)
    )
    if np.any(np.abs(weights) > WEIGHT_LIMIT):
        raise _broken(folder / WEIGHTS, "a weight is out of range")
    if np.any(weights[:, :-1] * np.array(manifest.signs, dtype=np.int64) < 0):
        raise _broken(folder / WEIGHTS, "a weight has the wrong sign")
    if not np.all(np.isfinite(calibration)) or np.any(calibration[:, :, 0] <= 0):
        raise _broken(folder / CALIBRATION, "a calibrator does not rise")
    types = {name: TypeCode(entry.own, entry.questions) for name, entry in manifest.types.items()}
    return Bundle(
        manifest=manifest,
        sha=hashlib.sha256(data).hexdigest(),
        folder=folder,
        coef=weights[:, :-1],
        intercept=weights[:, -1],
        calibration=calibration,
        code=FeatureCode(manifest.features, manifest.signs, types),
    )


def pick_bundle(folder: Path, schema: str) -> Path:
    """The bundle for a kind of data: `folder` itself, or the one below it that learned from it."""
    if (folder / "manifest.json").is_file() or not folder.is_dir():
        return folder
    for each in sorted(folder.iterdir()):
        path = each / "manifest.json"
        if path.is_file() and _decode(path, _bytes_of(path, MANIFEST_LIMIT)).schema == schema:
            return each
    return folder


def _decode(path: Path, data: bytes) -> Manifest:
    try:
        head = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        found = msgspec.json.decode(head.get("format", msgspec.Raw(b"0")), type=int)
        if found > FORMAT:
            raise Problem("severity.bundle.newer", file=str(path), found=found, known=FORMAT)
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise _broken(path, str(error)) from error
    if manifest.format != FORMAT:
        raise _broken(path, f"format {manifest.format}")
    return manifest


def _check_codes(path: Path, manifest: Manifest) -> None:
    width = len(manifest.features)
    cuts = manifest.ranks - 1
    if len(manifest.signs) != width or len(set(manifest.features)) != width:
        raise _broken(path, "features and signs do not match")
    if len(manifest.thresholds) != cuts or len(manifest.miss_weights) != cuts:
        raise _broken(path, "one threshold per level is needed")
    for entry in manifest.types.values():
        used = [entry.own, *_flat(entry.questions)]
        if any(index >= width for index in used):
            raise _broken(path, "a code points outside the features")


def _flat(questions: Mapping[str, Mapping[str, tuple[int, ...]]]) -> list[int]:
    return [index for options in questions.values() for each in options.values() for index in each]


def _bytes_of(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise Problem("severity.bundle.missing", file=str(path)) from error
    if len(data) > limit:
        raise _broken(path, f"more than {limit} bytes")
    return data


def _read(path: Path, entry: FileEntry) -> bytes:
    if path.name not in (WEIGHTS, CALIBRATION, CARD, CALLS):
        raise _broken(path, "not a file of a bundle")
    data = _bytes_of(path, FILE_LIMIT)
    if len(data) != entry.bytes or hashlib.sha256(data).hexdigest() != entry.sha256:
        raise Problem("severity.bundle.tampered", file=str(path))
    return data


def array_of(path: Path, data: bytes, dtype: str, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The array of a version 1.0 .npy file, only if it has exactly this type and shape."""
    try:
        if data[:8] != b"\x93NUMPY\x01\x00":
            raise ValueError("not a version 1.0 array")
        (length,) = struct.unpack("<H", data[8:10])
        head = ast.literal_eval(data[10 : 10 + length].decode("latin1"))
        if head != {"descr": dtype, "fortran_order": False, "shape": shape}:
            raise ValueError("another type or shape than the manifest implies")
        return np.frombuffer(data[10 + length :], dtype=dtype).reshape(shape)
    except (ValueError, SyntaxError, struct.error, RecursionError, MemoryError) as error:
        raise _broken(path, str(error)) from error


def _broken(path: Path, what: str) -> Problem:
    return Problem("severity.bundle.broken", file=str(path), what=what[:300])
