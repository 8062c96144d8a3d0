"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parent.parent


def shared_dir() -> Path | None:
    """The folder of real data for development, if this machine has it."""
    folder = Path(os.environ.get("VIGIL_SHARED", ROOT.parent / "shared"))
    return folder if (folder / "data").is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared development data; the test skips, with the reason, where there is none."""
    folder = shared_dir()
    if folder is None:
        pytest.skip("no shared development data here (set VIGIL_SHARED)")
    return folder
