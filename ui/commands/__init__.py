"""Everything a person can do, as named commands that keys, menus, palette and tests share."""
