"""Fixtures for the region room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dispatch.region.build import build_pack
from dispatch.region.pack import Pack, open_pack
from tests.region.osm_text import OsmText


@pytest.fixture
def osm() -> OsmText:
    """An empty small map."""
    return OsmText()


@pytest.fixture
def built(tmp_path: Path) -> Callable[..., Pack]:
    """Builds a small map and opens the pack."""

    def build(text: OsmText, **options: Any) -> Pack:
        source = text.write(tmp_path / "small.osm")
        options.setdefault("time_zone", "Asia/Almaty")
        build_pack(source, tmp_path / "small.region", **options)
        return open_pack(tmp_path / "small.region")

    return build


@pytest.fixture(scope="session")
def san_francisco(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """San Francisco from centrelines with its places."""
    output = tmp_path_factory.mktemp("sf") / "sf.region"
    build_pack(
        shared / "data/sf_roads",
        output,
        places=shared / "data/sf_places",
        name="San Francisco",
        time_zone="America/Los_Angeles",
    )
    return open_pack(output)
