"""Plates: pictures of film work whose numbers are light or printing densities. OpenEXR, DPX, Cineon, Radiance."""
