"""Exercises in the window: the brief, the trainer's strip, and the score."""
