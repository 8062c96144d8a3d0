"""What a room says: a message id with typed values, never a sentence.

Sentences are made at the edge (window, command line, print-out) by `dispatch.words` from the
catalogue in `resources/languages/`, so that one fact reads in four languages.
"""

from __future__ import annotations

import msgspec

Value = str | int | float | bool


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An id of the catalogue and the values its placeholders take."""

    id: str
    values: dict[str, Value] = {}


class Problem(Exception):
    """Something the user can act on: bad input, a refusal, a missing file.

    `id` is a message id; `values` should name the file (`file`), the place in it (`line`,
    `column`) and what to do, as far as they are known.
    """

    def __init__(self, id: str, **values: Value) -> None:
        super().__init__(id, values)
        self.message = Message(id, values)

    def __str__(self) -> str:
        shown = ", ".join(f"{key}={value}" for key, value in self.message.values.items())
        return f"{self.message.id} ({shown})" if shown else self.message.id
