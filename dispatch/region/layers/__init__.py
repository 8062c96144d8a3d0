"""Layers that others hand over: tables and map files read as hostile input, made an agency's own.

Nothing here is opened by a library that could follow a file elsewhere: text tables, GeoJSON and
GeoPackages are read by our own readers, a shapefile by a private copy of its parts.
"""
