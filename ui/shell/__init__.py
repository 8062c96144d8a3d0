"""The frame round the panels: top bar, command line, palette, cheat sheet, sign-on, notices."""
