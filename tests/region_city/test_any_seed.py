"""The generator works for a seed nobody has looked at.

A whole city takes a minute and more; `vigil region generate --seed N -o PACK` makes one, and twice
the same gives the same bytes. Here its streets stand for it.
"""

from __future__ import annotations

from dispatch.region.city.build import make_streets
from dispatch.region.city.trimming import components


def test_that_another_seed_gives_the_streets_of_another_whole_city() -> None:
    graph = make_streets(41)[3]
    label, _ = components(graph, strong=True)
    assert len(set(label.values())) == 1
    assert 15_000 < len(graph.edges) < 25_000
