"""What should be offered now: it sees changes, computes beside, and offers results to the desk.

The computing happens in a process of its own (`engine` files); the room itself decides nothing.
"""
