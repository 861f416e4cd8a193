"""Runtimes by device: each turns a network into compiled calls for one device and precision."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Literal, cast

from allaprima.errors import DeviceError, OptionError
from allaprima.runtimes.calls import Precision, Runtime
from allaprima.runtimes.nvidia import driver_answers

Device = Literal["auto", "cpu", "intel-gpu", "cuda", "torch"]

# Importing OpenVINO sends a report over the network through this package; without the package it goes on in silence.
sys.modules.setdefault("openvino_telemetry", cast(ModuleType, None))


def on_openvino(device: str, precision: Precision | Literal["auto"]) -> Runtime:
    """OpenVINO on a processor or on Intel's GPU; torch is never loaded."""
    from allaprima.runtimes.openvino import OpenVINORuntime

    return OpenVINORuntime(device, precision)


def on_torch_cpu(precision: Precision | Literal["auto"]) -> Runtime:
    """PyTorch on the CPU: exact, and slower than the others."""
    from allaprima.runtimes.pytorch import TorchRuntime

    return TorchRuntime("cpu", "fp32" if precision == "auto" else precision)


def on_cuda(precision: Precision | Literal["auto"]) -> Runtime:
    """PyTorch on NVIDIA's GPUs: experimental."""
    from allaprima.runtimes.cuda import CudaRuntime

    return CudaRuntime(precision)


RUNTIMES: dict[str, Callable[[Precision | Literal["auto"]], Runtime]] = {
    "cpu": partial(on_openvino, "cpu"),
    "intel-gpu": partial(on_openvino, "intel-gpu"),
    "cuda": on_cuda,
    "torch": on_torch_cpu,
}


def runtime_for(device: str = "auto", precision: Precision | Literal["auto"] = "auto") -> Runtime:
    """The runtime for a device; "auto" takes NVIDIA's GPU where torch can use one, else the processor."""
    if device == "auto":
        if driver_answers():
            try:
                return RUNTIMES["cuda"](precision)
            except DeviceError:  # a driver without a torch that knows it
                pass
        device = "cpu"
    if device not in RUNTIMES:
        raise OptionError(f"unknown device {device!r}", f"known devices: auto, {', '.join(RUNTIMES)}")
    return RUNTIMES[device](precision)
