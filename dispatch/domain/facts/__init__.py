"""Facts: what happened. One file a noun; `table.py` maps a kind's name to its codec.

A fact is never changed. Undo, merge and correction are facts of their own.
"""
