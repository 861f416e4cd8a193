"""Whole jobs: a film, a numbered sequence, a still, a preview."""
