"""Figures of a whole day or of one machine: what is measured by running everything together."""
