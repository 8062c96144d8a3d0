"""Set-up, tests and checks of the checkout, by the standard library alone."""
