"""Painting by rule: one file a technique, numpy and OpenCV only; the same seed paints the same picture."""
