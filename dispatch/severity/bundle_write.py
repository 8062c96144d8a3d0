"""Writes a bundle whole or not at all: a folder beside the target, then renamed into its place."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from dispatch.domain.message import Problem
from dispatch.severity.bundle import CALIBRATION, WEIGHTS, Bundle, FileEntry, Manifest, open_bundle


def array_bytes(array: npt.NDArray[np.generic]) -> bytes:
    """The array as a version 1.0 .npy file."""
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array), (1, 0), allow_pickle=False)
    return stream.getvalue()


def write_bundle(
    folder: Path,
    manifest: Manifest,
    weights: npt.NDArray[np.int64],
    calibration: npt.NDArray[np.float64],
    more: Mapping[str, bytes],
) -> Bundle:
    """Writes manifest and files, reads them back and returns the bundle.

    `weights`: (ranks-1, features+1) millionths, the intercept last. Raises
    `Problem("severity.bundle.in_the_way")` if `folder` is something else than a bundle.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder / "manifest.json").is_file():
        if not folder.is_dir() or any(folder.iterdir()):
            raise Problem("severity.bundle.in_the_way", file=str(folder))
        folder.rmdir()
    files = {
        WEIGHTS: array_bytes(weights.astype("<i8")),
        CALIBRATION: array_bytes(calibration.astype("<f8")),
        **more,
    }
    entries = {
        name: FileEntry(sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))
        for name, data in files.items()
    }
    manifest = msgspec.structs.replace(manifest, files=entries)
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as name:
            made = Path(name) / "bundle"
            made.mkdir()
            (made / "manifest.json").write_bytes(text)
            for file, data in files.items():
                (made / file).write_bytes(data)
            open_bundle(made)
            if folder.exists():
                shutil.rmtree(folder)
            made.rename(folder)
    except OSError as error:
        what = error.strerror or str(error)
        raise Problem("severity.bundle.unwritable", file=str(folder), what=what) from error
    return open_bundle(folder)
