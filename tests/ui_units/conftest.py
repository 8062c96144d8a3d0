"""The bench of the incident panels serves the unit board as well: a real desk behind it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "ui_incidents"))

from panel_bench import PanelBench


@pytest.fixture
def make_bench(tmp_path: Path, qtbot: Any) -> Iterator[Callable[..., PanelBench]]:
    """Benches with their own journals."""
    made: list[PanelBench] = []

    def make(**options: Any) -> PanelBench:
        folder = tmp_path / f"b{len(made)}"
        folder.mkdir()
        bench = PanelBench(folder, **options)
        made.append(bench)
        return bench

    yield make
    for bench in made:
        bench.close()


@pytest.fixture
def bench(make_bench: Callable[..., PanelBench]) -> PanelBench:
    """One bench."""
    return make_bench()
