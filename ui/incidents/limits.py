"""Limits of the agency that the panels are loud about."""

from __future__ import annotations

from ui.panel import PanelContext

ACKNOWLEDGE_S = 60.0
"""The limit where no agency says another."""


def acknowledge_limit_s(context: PanelContext) -> float:
    """How long a crew may take to answer before it is loud."""
    agency = context.agency
    return agency.limits.acknowledge_s if agency is not None else ACKNOWLEDGE_S
