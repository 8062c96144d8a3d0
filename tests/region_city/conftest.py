"""The shipped city, opened once."""

from __future__ import annotations

import pytest

from dispatch.region.pack import Pack, open_pack
from dispatch.resources import resource


@pytest.fixture(scope="session")
def tarvelin() -> Pack:
    return open_pack(resource("region", "builtin.region"))
