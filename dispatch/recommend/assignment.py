"""Which unit fills which slot: one joint solve over all open slots.

The objective, smaller is better, in this order: fill the slots (the earlier ones of a card
first), count on as few unsure positions as possible, arrive early. Solved exactly as a linear
assignment (`scipy.optimize.linear_sum_assignment`, Jonker-Volgenant without augmenting start).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from dispatch.domain.advice import Arrival
from dispatch.domain.level import Level
from dispatch.recommend.run_cards import Need

UNFILLED_COST = 1e8
UNSURE_COST = 1e6
_NEVER = 1e12
#: How much a second counts at each level when incidents compete for units.
LEVEL_WEIGHT = {Level.L1: 8.0, Level.L2: 4.0, Level.L3: 2.0, Level.L4: 1.0, Level.L5: 0.5}


@dataclass(frozen=True)
class Offer:
    """A unit as the solve sees it: what it can do and when it would be there."""

    unit_id: str
    capabilities: frozenset[str]
    arrival: Arrival
    sure: bool


@dataclass(frozen=True)
class OpenSlots:
    """The open slots of one incident and the units that may fill them."""

    needs: Sequence[Need]
    offers: Sequence[Offer]
    weight: float = 1.0


def costs(slots: OpenSlots, unit_ids: Sequence[str]) -> NDArray[np.float64]:
    """A row for each need: the cost of each unit, then the cost of leaving the need open."""
    column = {unit_id: i for i, unit_id in enumerate(unit_ids)}
    matrix = np.full((len(slots.needs), len(unit_ids) + 1), _NEVER)
    for row, need in enumerate(slots.needs):
        for offer in slots.offers:
            price_s = need.price_s(offer.capabilities)
            if price_s is None:
                continue
            seconds = offer.arrival.p50_s + price_s
            unsure = 0.0 if offer.sure else UNSURE_COST
            matrix[row, column[offer.unit_id]] = slots.weight * (seconds + unsure)
        later = row / (1 + len(slots.needs))
        matrix[row, -1] = slots.weight * UNFILLED_COST * (2.0 - later)
    return matrix


def assign(incidents: Sequence[OpenSlots]) -> list[dict[int, str]]:
    """For each incident the unit of each filled need (need's place -> unit id).

    No unit appears twice. Equal costs are settled by unit id, so that the order in which units
    are given does not matter.
    """
    unit_ids = sorted({offer.unit_id for slots in incidents for offer in slots.offers})
    rows = [costs(slots, unit_ids) for slots in incidents]
    total = sum(len(block) for block in rows)
    if total == 0 or not unit_ids:
        return [{} for _ in incidents]
    matrix = np.full((total, len(unit_ids) + total), _NEVER)
    at = 0
    for block in rows:
        matrix[at : at + len(block), : len(unit_ids)] = block[:, :-1]
        for offset in range(len(block)):
            matrix[at + offset, len(unit_ids) + at + offset] = block[offset, -1]
        at += len(block)
    chosen = dict(zip(*(side.tolist() for side in linear_sum_assignment(matrix)), strict=True))
    answer: list[dict[int, str]] = []
    at = 0
    for block in rows:
        picks = {need: chosen[at + need] for need in range(len(block))}
        answer.append({n: unit_ids[c] for n, c in picks.items() if c < len(unit_ids)})
        at += len(block)
    return answer


def objective(slots: OpenSlots, picks: dict[int, str]) -> float:
    """The cost of a choice for one incident: what `assign` makes as small as possible."""
    unit_ids = sorted({offer.unit_id for offer in slots.offers})
    matrix = costs(slots, unit_ids)
    column = {unit_id: i for i, unit_id in enumerate(unit_ids)}
    return float(
        sum(matrix[n, column[picks[n]] if n in picks else -1] for n in range(len(slots.needs)))
    )
