"""Inner loops compiled for this processor by numba: what many passes over small fields do, in one pass.

Each has a form by numpy and OpenCV where it is called, which is its reference, and what runs until the loops are ready.
Nothing here is imported before ``readiness`` says so: importing and reading them takes a third of a second.
"""
