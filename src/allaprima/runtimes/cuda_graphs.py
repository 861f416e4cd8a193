"""A call of torch recorded once as a CUDA graph and replayed; off a GPU it is the call itself, made again.

What is recorded reads and writes the same memory every time, so that a call costs one launch instead of hundreds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor

from allaprima.runtimes.calls import Batch

WARM_UPS = 3  # before recording: libraries choose their algorithms and take their memory then

Call = Callable[[Mapping[str, Tensor]], tuple[Tensor, ...]]


class Lane:
    """One call on its way at a time, on a stream of its own; two lanes copy and compute side by side.

    like: inputs of the shapes and types that will come. On a GPU host memory is pinned, so that copies need no waiting.
    """

    def __init__(self, call: Call, like: Mapping[str, Batch], device: torch.device) -> None:
        self._gpu, self.pictures = device.type == "cuda", len(like["images"])
        self._stream = torch.cuda.Stream(device) if self._gpu else None  # type: ignore[no-untyped-call]
        self._sent = {name: self._on_host(torch.from_numpy(np.empty_like(array))) for name, array in like.items()}
        with self._turn():
            self._inputs = {name: torch.empty_like(memory, device=device) for name, memory in self._sent.items()}
            self._replay, self._outputs = self._recorded(call) if self._gpu else again(call, self._inputs)
        self._received = [self._on_host(torch.empty_like(output, device="cpu")) for output in self._outputs]

    def begin(self, inputs: Mapping[str, Batch]) -> None:
        """Sends inputs on their way; a row may stand for all pictures. Call ``end`` before the next."""
        for name, memory in self._sent.items():
            np.copyto(memory.numpy(), inputs[name])
        with self._turn():
            for name, memory in self._sent.items():
                self._inputs[name].copy_(memory, non_blocking=True)
            self._replay()
            for received, output in zip(self._received, self._outputs, strict=True):
                received.copy_(output, non_blocking=True)

    def end(self) -> list[Batch]:
        """The outputs of what was begun, in memory that the next ``begin`` writes over."""
        if self._stream is not None:
            self._stream.synchronize()
        return [received.numpy() for received in self._received]

    def replay_ms(self, calls: int = 20) -> float:
        """Milliseconds of the call on the device alone, no copy to or from it counted: the mean of so many."""
        if self._stream is None:
            started = time.perf_counter()
            for _ in range(calls):
                self._replay()
            return (time.perf_counter() - started) / calls * 1e3
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        with self._turn():
            begin.record(self._stream)
            for _ in range(calls):
                self._replay()
            end.record(self._stream)
        end.synchronize()
        return float(begin.elapsed_time(end)) / calls

    def _recorded(self, call: Call) -> tuple[Callable[[], None], tuple[Tensor, ...]]:
        torch.cuda.synchronize()  # streams do not wait for each other: weights may still be on their way
        for _ in range(WARM_UPS):
            call(self._inputs)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the device meanwhile: a decoder's frames, another network's pictures.
        with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
            outputs = call(self._inputs)
        return graph.replay, outputs

    def _on_host(self, memory: Tensor) -> Tensor:
        return memory.pin_memory() if self._gpu else memory

    def _turn(self) -> AbstractContextManager[object]:
        return nullcontext() if self._stream is None else torch.cuda.stream(self._stream)


def again(call: Call, inputs: Mapping[str, Tensor]) -> tuple[Callable[[], None], tuple[Tensor, ...]]:
    """The call as something to repeat, and the memory that its outputs come to lie in."""
    outputs = call(inputs)

    def replay() -> None:
        for memory, value in zip(outputs, call(inputs), strict=True):
            memory.copy_(value)

    return replay, outputs
