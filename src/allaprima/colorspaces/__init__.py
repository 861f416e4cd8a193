"""Colour management by OpenColorIO: what a network is shown of scene-linear or log pixels, and the way back to them."""
