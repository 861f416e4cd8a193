"""Tests marked gpu, and how they are rehearsed: with ALLAPRIMA_GPU_REHEARSAL=1 they run, on the processor.

That shows that a test itself is right, where no GPU is; of a GPU it shows nothing, and the suite does not do it.
"""

import os

import pytest
import torch

REHEARSED = os.environ.get("ALLAPRIMA_GPU_REHEARSAL") == "1"
DEVICE = "cpu" if REHEARSED else "cuda"    # torch's
NAMED = "torch" if REHEARSED else "cuda"   # as --device has it
GPU = (pytest.mark.gpu,
       pytest.mark.skipif(not (REHEARSED or torch.cuda.is_available()), reason="no CUDA device"))


def on_a_gpu(test: object) -> object:
    """Marks a test, or a class of tests, as one for a GPU."""
    for mark in GPU:
        test = mark(test)  # type: ignore[operator]
    return test
