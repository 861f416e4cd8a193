"""Engines by model name: each encodes styles and paints batches of pictures."""

from __future__ import annotations

from collections.abc import Callable

from allaprima import weights
from allaprima.config import OptimiserOptions
from allaprima.engines.adain import AdaINEngine, compact, reference
from allaprima.engines.color import in_own_colors
from allaprima.engines.detail import DetailEngine
from allaprima.engines.engine import Engine, Statistics
from allaprima.engines.identity import IdentityEngine
from allaprima.engines.looks import Look, Region, Style, blended, settled
from allaprima.errors import OptionError
from allaprima.fetching import FetchProgress
from allaprima.runtimes.calls import Runtime
from allaprima.spelling import guess


def optimiser(runtime: Runtime, progress: FetchProgress | None, options: OptimiserOptions | None = None) -> Engine:
    """The model ``gatys``, by its own defaults unless there are options; only it needs torch here."""
    from allaprima.engines.gatys import DEFAULTS, gatys

    return gatys(runtime, progress, options or DEFAULTS)


NETWORK_SUFFIX = ".onnx"
MODELS: dict[str, Callable[[Runtime, FetchProgress | None], Engine]] = {
    "balanced": lambda runtime, progress: compact("balanced", runtime),
    "fast": lambda runtime, progress: compact("fast", runtime),
    "reference": reference,
    "gatys": optimiser,
    "none": lambda runtime, progress: IdentityEngine(),
}


def network_of_others(path: str, runtime: Runtime) -> Engine:
    """The engine of a network of others, in an ONNX file with its description beside it; always on the processor."""
    from allaprima.engines.network import network_engine

    return network_engine(path, runtime.precision)


def works_at_a_height(engine: Engine) -> bool:
    """Whether an engine paints large pictures small unless asked otherwise: every network that paints in one pass."""
    from allaprima.engines.network import NetworkEngine

    return isinstance(engine, AdaINEngine | NetworkEngine)


def at_detail(engine: Engine, detail: int | None) -> Engine:
    """A network's engine at that working height, in pixels of the shorter side; None leaves it, as all others."""
    return DetailEngine(engine, detail) if detail is not None and works_at_a_height(engine) else engine


def is_network(model: str) -> bool:
    """Whether a model's name is the file of a network of others."""
    return model.lower().endswith(NETWORK_SUFFIX)


def engine_for(model: str, runtime: Runtime, progress: FetchProgress | None = None,
               options: OptimiserOptions | None = None) -> Engine:
    """The engine of that model on that runtime; ``progress`` follows the fetching of weights where they must come.

    model: a name, a file of weights that ``allaprima train`` wrote, or an ONNX file. options: of the model gatys;
    raises OptionError for any other model that is given some.
    """
    if model not in MODELS and not weights.is_file(model) and not is_network(model):
        raise OptionError(f"unknown model {model!r}", guess(
            model, MODELS, f"known models: {', '.join(MODELS)}; a file of weights that allaprima train wrote, "
                           f"NAME{weights.SUFFIX}; or any network, NAME{NETWORK_SUFFIX}"))
    if options is not None and model != "gatys":
        raise OptionError(f"the model {model} does not optimise: it has no steps and no weight of the content",
                          "leave these out, or choose the model gatys")
    if is_network(model):
        return network_of_others(model, runtime)
    if weights.is_file(model):
        return compact(model, runtime)
    return MODELS[model](runtime, progress) if options is None else optimiser(runtime, progress, options)


__all__ = ["MODELS", "AdaINEngine", "Engine", "Look", "Region", "Statistics", "Style", "at_detail", "blended",
           "engine_for", "in_own_colors", "settled"]
