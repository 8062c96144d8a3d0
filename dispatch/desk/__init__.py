"""What a person (or a feed) may do now: the verbs, one file a noun; the only writer of facts."""

from dispatch.desk.desk import Desk, Done, Published
from dispatch.desk.verbs import Actor, Refusal

__all__ = ["Actor", "Desk", "Done", "Published", "Refusal"]
