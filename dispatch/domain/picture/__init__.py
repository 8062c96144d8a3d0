"""The operational picture: the fold of all facts. `fold` is the one way to change it."""

from dispatch.domain.picture.fold import fold
from dispatch.domain.picture.picture import Change, Picture

__all__ = ["Change", "Picture", "fold"]
