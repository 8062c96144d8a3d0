"""Makes the built-in fictional city, as OpenStreetMap data, from a seed."""
