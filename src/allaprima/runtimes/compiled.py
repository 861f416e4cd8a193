"""Compiled OpenVINO graphs: from the user's cache folder where one is kept, compiled and kept there otherwise."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from allaprima.errors import DeviceError, OutOfMemory
from allaprima.folders import cache_folder
from allaprima.runtimes.calls import Array, Tensors
from allaprima.version import __version__

if TYPE_CHECKING:  # painting on a GPU needs no OpenVINO
    from allaprima.runtimes.openvino_package import openvino

KEPT_BYTES = 256 << 20   # of compiled graphs in the cache folder, the oldest leave first
# How the processor's and the GPU's plugin say that memory does not suffice.
NO_MEMORY = ("bad_alloc", "Exceeded max size of memory", "CL_OUT_OF_RESOURCES", "CL_OUT_OF_HOST_MEMORY",
             "CL_MEM_OBJECT_ALLOCATION_FAILURE")
THREADS = "INFERENCE_NUM_THREADS"
KEPT_GRAPHS = 9          # compiled and in memory for one network, the least used leave first: a live run has three
# sizes, and each is painted by moments of its own, by a mixture of these, and by given ones.


@cache
def core() -> openvino.Core:
    """OpenVINO's core, one a process."""
    from allaprima.runtimes.openvino_package import openvino

    return openvino.Core()


@cache
def code_digest() -> str:
    """Changes with the version and with the code that builds graphs, so that no older graph is taken for a new one."""
    from allaprima.runtimes.openvino_package import openvino

    digest = hashlib.sha256(f"{__version__} {openvino.get_version()}".encode())
    for path in sorted(Path(__file__).parent.glob("graph_*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def weights_digest(tensors: Tensors) -> str:
    """The sha256 of names and values."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensors[name]).data)
    return digest.hexdigest()


class Graph:
    """A compiled graph with buffers for several calls at once; calls from several threads take turns."""

    def __init__(self, compiled: openvino.CompiledModel, at_once: int) -> None:
        self.requests = [compiled.create_infer_request() for _ in range(at_once)]
        self.lock = threading.Lock()

    def __call__(self, inputs: Sequence[Mapping[str, Array]]) -> list[list[Array]]:
        """The graph's outputs for each of those inputs, in memory of their own."""
        outputs: list[list[Array]] = []
        with self.lock, translated("run a network"):
            for start in range(0, len(inputs), len(self.requests)):
                together = list(zip(self.requests, inputs[start:start + len(self.requests)], strict=False))
                for request, given in together:
                    request.start_async(dict(given), share_inputs=True)
                for request, _ in together:
                    request.wait()
                    outputs.append([np.array(tensor.data) for tensor in request.output_tensors])
        return outputs


class Graphs:
    """The compiled graphs of one network on one device, by what they are compiled for."""

    def __init__(self, device: str, properties: Mapping[str, str | int | bool], identity: str) -> None:
        self.device, self.properties, self.identity = device, dict(properties), identity
        self.graphs: OrderedDict[str, Graph] = OrderedDict()
        self.compiling: dict[str, threading.Lock] = {}
        self.lock = threading.Lock()

    def graph(self, key: str, build: Callable[[], openvino.Model], *, at_once: int = 1,
              precise: bool = False, spared: int = 0) -> Graph:
        """The graph for that key, compiled on its first use.

        at_once: calls that share the device's threads out among them, each fewer. precise: fp32 whatever the device's
        precision. spared: of the processor's threads, left to others; one remains.
        """
        threads = self.properties.get(THREADS)
        key = f"{key} {at_once}" + (f" but {spared}" if spared and threads is not None else "")
        found = self._known(key)
        if found is not None:
            return found
        with self.lock:
            compiling = self.compiling.setdefault(key, threading.Lock())
        with compiling:  # whoever calls another graph of this network goes on meanwhile
            found = self._known(key)
            if found is not None:
                return found
            wanted = {**self.properties, "NUM_STREAMS": at_once}
            if spared and threads is not None:
                wanted[THREADS] = max(1, int(threads) - spared)
            if precise:
                wanted["INFERENCE_PRECISION_HINT"] = "f32"
            path = self._path(key, wanted)
            made = Graph(self._kept(path, wanted) or self._compiled(build(), path, wanted), at_once)
        with self.lock:
            self.graphs[key] = made
            if len(self.graphs) > KEPT_GRAPHS:
                self.graphs.popitem(last=False)
            return made

    def _known(self, key: str) -> Graph | None:
        """A graph that is compiled already, the latest used from now on; None where it is not."""
        with self.lock:
            if key in self.graphs:
                self.graphs.move_to_end(key)
            return self.graphs.get(key)

    def _path(self, key: str, properties: Mapping[str, str | int | bool]) -> Path:
        device = core().get_property(self.device, "FULL_DEVICE_NAME")
        parts = (code_digest(), self.identity, self.device, str(device), str(sorted(properties.items())), key)
        return cache_folder("compiled") / f"{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:32]}.blob"

    def _kept(self, path: Path, properties: Mapping[str, str | int | bool]) -> openvino.CompiledModel | None:
        """The graph kept in that file; None where there is none, or where it cannot be taken in."""
        try:
            content = io.BytesIO(path.read_bytes())
            os.utime(path)
            return core().import_model(content, self.device, dict(properties))
        except (OSError, RuntimeError):
            return None

    def _compiled(self, model: openvino.Model, path: Path,
                  properties: Mapping[str, str | int | bool]) -> openvino.CompiledModel:
        with translated(f"compile a network for {self.device}"):
            compiled = core().compile_model(model, self.device, dict(properties))
            keep(compiled, path)
            return compiled


def keep(compiled: openvino.CompiledModel, path: Path) -> None:
    """Writes a compiled graph to that file, and lets the oldest files go; a folder that refuses is no failure."""
    content = compiled.export_model().getbuffer()
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
        files = sorted(((file.stat().st_mtime, file) for file in path.parent.glob("*.blob")), reverse=True)
        total = 0
        for _, file in files:
            total += file.stat().st_size
            if total > KEPT_BYTES and file != path:
                file.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            partial.unlink()


class translated:  # noqa: N801  reads as a statement
    """Gives OpenVINO's errors our names."""

    def __init__(self, attempt: str) -> None:
        self.attempt = attempt

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MemoryError) or (isinstance(error, RuntimeError)
                                              and any(words in str(error) for words in NO_MEMORY)):
            raise OutOfMemory(f"cannot {self.attempt}: memory does not suffice",
                              "a smaller working height: --detail 540") from error
        if isinstance(error, RuntimeError):
            raise DeviceError(f"cannot {self.attempt}: {str(error).strip().splitlines()[-1]}",
                              "the exact fallback: --device torch") from error
