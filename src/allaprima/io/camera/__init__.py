"""Cameras: devices, network streams, and films in their place."""
