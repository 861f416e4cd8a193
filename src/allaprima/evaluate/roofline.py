"""What a processor could do at most: the rate of dense 3x3 convolutions alone, measured as the networks are run."""

from __future__ import annotations

import time

import numpy as np

from allaprima.runtimes.compiled import Graphs
from allaprima.runtimes.graph_operations import unbordered
from allaprima.runtimes.openvino import OpenVINORuntime
from allaprima.runtimes.openvino_package import Model, ops

WIDTH, LAYERS = 96, 8          # as the widest blocks of the compact networks
HEIGHT, LENGTH = 64, 96        # of the map: the work of a 640x360 picture's blocks, in the cache as theirs is
SECONDS = 1.0


def dense_rate(runtime: OpenVINORuntime, seconds: float = SECONDS) -> float:
    """Multiplications a second, in thousand millions, of 3x3 convolutions of 96 channels, on all cores."""
    graphs = Graphs(runtime.target, runtime.properties, "roofline")
    at_once = runtime.batch_size
    graph = graphs.graph("dense", dense_graph, at_once=at_once)
    inputs = [{"features": np.ones((1, WIDTH, HEIGHT, LENGTH), np.float32)}] * at_once
    graph(inputs)
    calls, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        graph(inputs)
        calls += at_once
    macs = sum(9 * WIDTH * WIDTH * (HEIGHT - 2 * layer) * (LENGTH - 2 * layer) for layer in range(1, LAYERS + 1))
    return calls * macs / (time.perf_counter() - started) / 1e9


def dense_graph() -> Model:
    """Convolutions and nothing else, each smaller by its border; one number of the last comes out."""
    features = ops.parameter([1, WIDTH, HEIGHT, LENGTH], np.float32, name="features")
    weights = np.random.default_rng(0).normal(0, 1 / WIDTH, (WIDTH, WIDTH, 3, 3)).astype(np.float32)
    x = features
    for _ in range(LAYERS):
        x = unbordered(x, weights)
    first = [np.array(numbers, np.int64) for numbers in ([0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1], [0, 1, 2, 3])]
    return Model([ops.slice(x, *first)], [features], "dense")
