"""A small model, trained once for the whole run."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.severity.bundle import Bundle
from dispatch.severity.features import feature_code
from dispatch.severity.generator import default_generator
from dispatch.severity.train import Fitted, fit_generated, train_generated


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory) -> Bundle:
    folder: Path = tmp_path_factory.mktemp("model") / "small"
    return train_generated(folder, seed=7, cases=3_000)


@pytest.fixture(scope="session")
def small_fit() -> Fitted:
    """The same training as `small_bundle`, as scikit-learn holds it."""
    generator = default_generator()
    return fit_generated(generator, feature_code(generator.book), seed=7, cases=3_000)
