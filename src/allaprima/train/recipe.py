"""A run's recipe: everything that was asked of it, kept in its folder, so that it cannot be taken up as another one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar

from allaprima.errors import OptionError, TrainingError
from allaprima.train.mixing.settings import SUFFIX, MixingObjective
from allaprima.train.settings import ENCODER, SHAPES, Objective, Schedule, Sources

FILE = "recipe.json"
ObjectiveT = TypeVar("ObjectiveT", Objective, MixingObjective)
FREE = frozenset({"leg_seconds", "checkpoint_seconds", "sheet_seconds", "log_steps"})  # may differ from leg to leg


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to train, towards what, for how long, and from which files."""

    networks: tuple[str, ...]
    objective: Objective | MixingObjective
    schedule: Schedule
    sources: Sources

    def __post_init__(self) -> None:
        mixing = [f"{name}{SUFFIX}" for name in SHAPES]
        unknown = [name for name in self.networks if name not in (*SHAPES, ENCODER, *mixing)]
        if unknown or not self.networks:
            raise OptionError(f"cannot train {unknown[0] if unknown else 'nothing'!r}: no such preset",
                              f"the presets are {', '.join([*SHAPES, ENCODER, *mixing])}")
        alone = [name for name in self.networks if name == ENCODER or name in mixing]
        if alone and len(self.networks) > 1:
            raise OptionError(f"cannot train the {alone[0]} together with others: they see other batches",
                              f"train {alone[0]} by itself")
        if ENCODER not in self.networks and self.sources.content is None:
            raise OptionError(f"cannot train {self.networks[0]} without contents", "give a folder with --content")

    @property
    def painting_objective(self) -> Objective:
        """The objective of whole networks, or of the style encoder."""
        assert isinstance(self.objective, Objective)
        return self.objective

    def values(self) -> dict[str, str]:
        """Every value by name, as text."""
        listed: dict[str, str] = {"networks": " ".join(self.networks)}
        for part, of_part in (("objective", self.objective), ("schedule", self.schedule), ("sources", self.sources)):
            listed |= {f"{part} {name}": plain(value) for name, value in asdict(of_part).items()}
        return listed


def plain(value: object) -> str:
    """A value as the report and the recipe's file show it."""
    if isinstance(value, dict):
        return " ".join(f"{name}={plain(own)}" for name, own in value.items())
    return Path(value).name if isinstance(value, Path) else str(value)


def changed(objective: ObjectiveT, values: dict[str, float]) -> ObjectiveT:
    """The objective with some values replaced by name. Raises OptionError for unknown names."""
    known = asdict(objective)
    unknown = [name for name in values if name not in known or isinstance(known[name], tuple)]
    if unknown:
        numbers = [name for name, value in known.items() if not isinstance(value, tuple)]
        raise OptionError(f"cannot set {unknown[0]!r}: the objective has no such number",
                          f"it has {', '.join(numbers)}")
    typed = {name: int(value) if isinstance(known[name], int) else value for name, value in values.items()}
    return replace(objective, **typed)  # type: ignore[arg-type]


def keep(recipe: Recipe, folder: Path) -> None:
    """Writes the recipe into a new run's folder; raises TrainingError where the folder's own run is another one."""
    path, values = folder / FILE, recipe.values()
    if path.exists():
        try:
            kept = dict(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise TrainingError(f"cannot go on with the run in {folder}: {FILE} there is none of ours, or damaged",
                                "give another folder") from error
        other = [name for name in values if name.split()[-1] not in FREE and kept.get(name) != values[name]]
        if other:
            raise TrainingError(f"cannot go on with the run in {folder}: its {other[0]!r} is {kept.get(other[0])}, "
                                f"not {values[other[0]]}", "give the values it was started with, or another folder")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
