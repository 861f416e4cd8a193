"""Steadiness over time: shots, the statistics of a shot, and blending along the motion. States are values.

This room knows numpy and OpenCV only: it works the same whatever paints the frames.
"""
