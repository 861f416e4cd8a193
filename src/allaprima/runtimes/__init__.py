"""Runtimes by device: each turns a network into compiled calls for one device and precision."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from allaprima.errors import DeviceError, OptionError
from allaprima.runtimes.calls import Precision, Runtime
from allaprima.runtimes.nvidia import Card, card

Device = Literal["auto", "cpu", "intel-gpu", "cuda", "torch"]


def on_openvino(device: str, precision: Precision | Literal["auto"]) -> Runtime:
    """OpenVINO on a processor or on Intel's GPU; torch is never loaded. Raises DeviceError where it is missing."""
    try:
        from allaprima.runtimes.openvino import OpenVINORuntime
    except ImportError as error:
        raise DeviceError(f"cannot use the device {device!r}: the package openvino cannot be loaded",
                          "install it, python -m pip install openvino, or paint with torch: --device torch") from error

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


def on_the_processor(precision: Precision | Literal["auto"]) -> Runtime:
    """The processor's fastest: OpenVINO, or torch where a machine with a GPU has been set up without it."""
    try:
        return RUNTIMES["cpu"](precision)
    except DeviceError:
        return RUNTIMES["torch"](precision)


def on_the_best(precision: Precision | Literal["auto"], on_note: Callable[[str], None] | None = None) -> Runtime:
    """NVIDIA's GPU where a trial found that it paints as the processor does, and sooner; else the processor.

    on_note: told why a GPU that is here is not taken. The trial runs once for a card and its driver; nothing is tried,
    and torch is not loaded, where none is here or an earlier trial spoke against it.
    """
    found = card()
    if found is None:
        return on_the_processor(precision)
    objection = objection_to(found)
    if objection is None:
        return RUNTIMES["cuda"](precision)
    if on_note is not None:
        on_note(f"{found.name} is not used, the processor paints: {objection}; --device cuda takes it all the same")
    return on_the_processor(precision)


def objection_to(found: Card) -> str | None:
    """Why that GPU is not to be taken, None where it is."""
    from allaprima.runtimes.trial import objection, remember, remembered, tried

    trial = remembered(found)
    if trial is None:
        try:
            gpu = RUNTIMES["cuda"]("auto")
            trial = tried(gpu, on_the_processor("auto"), RUNTIMES["torch"]("fp32"))
        except (DeviceError, RuntimeError) as error:  # another program may hold it now: that is not kept
            return f"it cannot be used ({str(error).splitlines()[0] if str(error) else type(error).__name__})"
        remember(found, trial)
    return objection(trial)


def runtime_for(device: str = "auto", precision: Precision | Literal["auto"] = "auto",
                on_note: Callable[[str], None] | None = None) -> Runtime:
    """The runtime for a device; "auto" takes NVIDIA's GPU where a trial speaks for it, else the processor.

    on_note: told what of the choice its owner should know, as a sentence.
    """
    if device == "auto":
        return on_the_best(precision, on_note)
    if device not in RUNTIMES:
        raise OptionError(f"unknown device {device!r}", f"known devices: auto, {', '.join(RUNTIMES)}")
    return RUNTIMES[device](precision)
