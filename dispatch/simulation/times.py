"""How long crews take, from `resources/simulation/times.toml`."""

from __future__ import annotations

import tomllib
from functools import cache

import msgspec
import numpy as np

from dispatch.domain.message import Problem
from dispatch.domain.value import Value
from dispatch.resources import resource
from dispatch.simulation.streams import lognormal_s


class Spread(Value, frozen=True):
    """A lognormal duration."""

    median_s: float
    sigma: float
    share: float = 0.0

    def draw_us(self, rng: np.random.Generator) -> int:
        """One duration in microseconds."""
        return round(lognormal_s(rng, self.median_s, self.sigma) * 1e6)


class FixTimes(Value, frozen=True):
    """How often vehicles report, and how often one falls silent."""

    moving_s: float
    parked_s: float
    silent_share: float
    silent_min_s: float
    silent_max_s: float


class Times(Value, frozen=True):
    """All durations of a simulated crew and caller."""

    format: int
    alert: Spread
    acknowledge: Spread
    acknowledge_slow: Spread
    turnout: dict[str, Spread]
    drive: Spread
    scene: dict[str, Spread]
    handover: Spread
    talk: Spread
    patience: Spread
    transport: dict[str, float]
    fixes: FixTimes

    def scene_for(self, type_id: str, service: str) -> Spread:
        """Time on scene by what it is; medical where nothing nearer is given."""
        return self.scene.get(type_id) or self.scene.get(service) or self.scene["medical"]


@cache
def load_times() -> Times:
    """The shipped durations; `Problem("simulation.times_broken")` where the file is not sound."""
    path = resource("simulation", "times.toml")
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Times)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Problem("simulation.times_broken", file=str(path), what=str(error)) from error
