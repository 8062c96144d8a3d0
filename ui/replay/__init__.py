"""Replay: any journal, read only, in a window of its own, at any moment."""
