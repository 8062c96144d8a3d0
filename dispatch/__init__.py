"""Vigil's rooms without a window: what is true, where, how bad, who should go, what was done."""

__version__ = "0.1.0"
