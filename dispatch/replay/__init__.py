"""What stood on the board at a moment: the same facts, another clock."""

from dispatch.replay.player import SPEEDS, Player, Shown
from dispatch.replay.surroundings import Surroundings, surroundings_of
from dispatch.replay.timeline import Mark, Timeline

__all__ = ["SPEEDS", "Mark", "Player", "Shown", "Surroundings", "Timeline", "surroundings_of"]
