"""House numbers as figures: parity, interpolation between two, splitting off letters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

_LEADING = re.compile(r"\s*(\d{1,6})")
#: A longer run of numbers between two houses is a slip of the mapper.
_MOST = 500


def leading_number(text: str | None) -> int | None:
    """The number a house number starts with (`12А/3` -> 12), None where it starts with none."""
    match = _LEADING.match(text or "")
    return int(match[1]) if match else None


def interpolated(
    rule: str, nodes: list[int], known: dict[int, dict[str, Any]], first_id: int
) -> Iterator[dict[str, Any]]:
    """Rows of `addresses` between the numbered nodes of one `addr:interpolation` way.

    `known` maps node ids to their own address rows. Houses are spread evenly between two numbered
    nodes; new ids count down from `first_id`.
    """
    step = {"odd": 2, "even": 2, "all": 1}.get(rule)
    if step is None:
        return
    numbered = [known[node] for node in nodes if node in known]
    for a, b in itertools.pairwise(numbered):
        low, high = leading_number(a["number"]), leading_number(b["number"])
        if low is None or high is None or not 0 < abs(high - low) <= _MOST:
            continue
        sign = 1 if high > low else -1
        for number in range(low + sign * step, high, sign * step):
            share = (number - low) / (high - low)
            yield {
                **a,
                "address_id": first_id,
                "number": str(number),
                "street": a["street"] or b["street"],
                "entrance": None,
                "label": None,
                "lon_e7": round(a["lon_e7"] + share * (b["lon_e7"] - a["lon_e7"])),
                "lat_e7": round(a["lat_e7"] + share * (b["lat_e7"] - a["lat_e7"])),
            }
            first_id -= 1
