"""A small model, trained once for the whole run."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.severity.bundle import Bundle
from dispatch.severity.train import train_generated


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory) -> Bundle:
    folder: Path = tmp_path_factory.mktemp("model") / "small"
    return train_generated(folder, seed=7, cases=3_000)
