"""Exercises: automatic dispatchers and scores. Only ever on a journal of realm exercise."""
