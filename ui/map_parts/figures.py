"""Figures as the window's language writes them."""

from __future__ import annotations

#: Languages that write a comma before the tenths.
COMMA = ("ru", "kk")


def decimal(value: float, digits: int, language: str) -> str:
    """A number with so many places behind the point: `6.85`, in Russian `6,85`."""
    figure = f"{value:.{digits}f}"
    return figure.replace(".", ",") if language in COMMA else figure
