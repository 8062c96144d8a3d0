"""What a city would do: callers, crews and vehicles, deterministic from a seed.

It knows nothing of the desk: it is told orders and answers with events, both plain values.
"""
