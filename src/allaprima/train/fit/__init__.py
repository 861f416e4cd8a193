"""Fitting: a compact network made to paint one style as well as it can, in minutes."""
