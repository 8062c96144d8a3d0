"""What stood on the board at a moment: the same facts, another clock."""

from dispatch.replay.timeline import Mark, Timeline

__all__ = ["Mark", "Timeline"]
