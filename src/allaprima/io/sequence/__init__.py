"""Numbered frames: found, read, written one by one and checked."""
