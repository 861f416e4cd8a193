"""The control file: curves for strength, weights, scale and stability as a compositor writes or exports them.

JSON::

    {"easing": "smooth",
     "strength": "0:0.2,5:1",
     "weights": {"starry": [[0, 1], ["120f", 0]], "woodcut": [[0, 0], ["120f", 1]]},
     "scale": 1.5,
     "stability": [[0, 0.5]]}

A curve is a number, the text that the command line takes, or pairs of a time (seconds, or a frame's number as "120f")
and a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from allaprima.config import LARGEST_STRENGTH
from allaprima.curves import EASINGS, Curve, Easing, constant, parsed_curve
from allaprima.errors import OptionError, SourceError
from allaprima.parsing import parsed_json, shown
from allaprima.pipeline.looks.styles import read_small

KNOWN = ("easing", "strength", "weights", "scale", "stability")
LARGEST_WEIGHT = 1e6


@dataclass(frozen=True, slots=True)
class ControlCurves:
    """What a control file says; None and nothing where it is silent."""

    strength: Curve | None = None
    scale: Curve | None = None
    stability: Curve | None = None
    weights: dict[str, Curve] = field(default_factory=dict)
    easing: Easing | None = None

    def weight_of(self, path: Path, weight: float) -> Curve:
        """The weight of a style picture: the file's curve for it, or the constant given beside the style."""
        named = [self.weights[name] for name in names_of(path) if name in self.weights]
        return named[0] if named else constant(weight)


def names_of(path: Path) -> tuple[str, str, str]:
    """What a style picture may go by in a control file."""
    return str(path), path.name, path.stem


def read_controls(path: Path, easing: Easing = "linear") -> ControlCurves:
    """The controls in that file; ``easing`` is for its curves where it says nothing of it.

    Raises SourceError where it cannot be read, OptionError where it says what cannot be meant.
    """
    try:
        content = parsed_json(read_small(path))
    except SourceError as error:
        raise SourceError(f"cannot read the controls {path}: {error}", error.hint) from error
    except ValueError as error:
        raise SourceError(f"cannot read the controls {path}: it is no JSON ({error})", "write it anew") from error
    if not isinstance(content, dict) or not set(content) <= set(KNOWN):
        unknown = shown(min(set(content) - set(KNOWN))) if isinstance(content, dict) else "a list or a number"
        raise OptionError(f"the controls {path} hold what nobody knows: {unknown}", f"known are {', '.join(KNOWN)}")
    said = content.get("easing", easing)
    if said not in EASINGS:
        raise OptionError(f"the controls {path} ask for the easing {shown(said)}", f"known are {', '.join(EASINGS)}")
    weights = content.get("weights", {})
    if not isinstance(weights, dict):
        raise OptionError(f"the weights in the controls {path} are not a curve for each style",
                          'write them as {"a.jpg": "0:1,5:0", "b.jpg": "0:0,5:1"}')

    def curve(name: str, low: float, high: float) -> Curve | None:
        return None if name not in content else curve_of(content[name], name, low, high, said)

    return ControlCurves(curve("strength", 0, LARGEST_STRENGTH), curve("scale", 0.05, 16), curve("stability", 0, 1),
                    {str(name): curve_of(value, f"weight of {name}", 0, LARGEST_WEIGHT, said)
                     for name, value in weights.items()}, said)


def curve_of(value: object, name: str, low: float, high: float, easing: Easing) -> Curve:
    """The curve that a number, a text or a list of pairs stands for."""
    if isinstance(value, list) and value and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return parsed_curve(",".join(f"{plain(time, name)}:{plain(number, name)}" for time, number in value), name, low,
                            high, easing)
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return parsed_curve(plain(value, name), name, low, high, easing)
    raise OptionError(f"the {name} {shown(value)} is no curve",
                      'write a number, "0:0.2,5:1", or pairs such as [[0, 0.2], ["120f", 1]]')


def plain(value: object, name: str) -> str:
    """A number or a text of a pair as the command line would have it; raises OptionError for anything else."""
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return str(value)
    raise OptionError(f"the {name} has the pair of {shown(value)}", 'write pairs as [0, 0.2] or ["120f", 1]')
