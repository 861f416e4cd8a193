"""Measurements of what the models paint: quality here and now; time and speed beside it."""
