"""Lessons: contents, codes and a teacher's pictures, painted once before the first step and learnt from many times.

Where a teacher costs many times as much as its pupil, most of a run on a processor would go to the teacher. Every time
a lesson is taken it is seen a little elsewhere, and as often as not mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Generator, Tensor

from allaprima.nets.style_encoder import CODE_LENGTH, Whitening
from allaprima.train.batches import Batch, drawn_batch, in_turn, step_generator
from allaprima.train.blocks import Keeping, kept_in_blocks
from allaprima.train.checkpoint import State, read_checkpoint, restored, write_tensors
from allaprima.train.codes import CodeBank
from allaprima.train.loop import Tell
from allaprima.train.pictures import Pictures
from allaprima.train.settings import Objective
from allaprima.train.teachers import Teacher

FOLDER = "lessons"
SPARE_PX = 32            # of a side: what a lesson has more than is looked at, so that it can be looked at elsewhere
FIRST_STEP = 1 << 30     # of drawing lessons: past every step's own number
BLOCK = 50               # lessons that are kept as soon as they are painted


@dataclass(frozen=True, slots=True)
class Lessons:
    """``n`` contents with S styles each, L pixels a side.

    content: (n, 3, L, L) and picture: (n, S, 3, L, L), uint8. code, target: (n, S, 1920), as in ``Batch``. strength:
    (n, S).
    """

    content: Tensor
    picture: Tensor
    code: Tensor
    target: Tensor
    strength: Tensor

    def __len__(self) -> int:
        return self.content.shape[0]

    def drawn(self, objective: Objective, seed: int, step: int) -> tuple[Batch, Tensor]:
        """The batch of one step, and the teacher's pictures (N, 3, S, S) of it."""
        generator = step_generator(seed, step)
        distinct = objective.batch // objective.styles_per_content
        chosen = in_turn(len(self), step * distinct, distinct, seed)
        seen = [seen_elsewhere(self.content[index], self.picture[index], objective.crop_px, generator)
                for index in chosen]
        device = self.content.device
        content = torch.stack([content for content, _ in seen]).to(device).float() / 255
        picture = torch.cat([picture for _, picture in seen]).to(device).float() / 255
        code, target, strength = (part[chosen].flatten(0, 1) for part in (self.code, self.target, self.strength))
        return Batch(content, code, target, strength), picture


NAMES = tuple(Lessons.__dataclass_fields__)


def seen_elsewhere(content: Tensor, picture: Tensor, side: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """The same square of a content (3, L, L) and its pictures (S, 3, L, L), mirrored in half of the cases."""
    top, left = torch.randint(content.shape[-1] - side + 1, (2,), generator=generator).tolist()
    mirrored = float(torch.rand((), generator=generator)) < 0.5
    both = (whole[..., top:top + side, left:left + side] for whole in (content, picture))
    cut_content, cut_picture = (cut.flip(-1) if mirrored else cut for cut in both)
    return cut_content, cut_picture


def painted_lessons(teacher: Teacher, contents: Pictures, bank: CodeBank, whitening: Whitening, objective: Objective,
                    seed: int, numbers: range) -> Lessons:
    """The lessons of these numbers: a content each, painted in ``styles_per_content`` styles of the bank."""
    styles = objective.styles_per_content
    one = replace(objective, size_px=objective.size_px + SPARE_PX, batch=styles)
    parts: list[tuple[Tensor, ...]] = []
    for number in numbers:
        batch = drawn_batch(contents, bank, whitening, one, seed, FIRST_STEP + number)
        picture = teacher(batch, styles)
        parts.append((as_bytes(batch.content[0]), as_bytes(picture), batch.code, batch.target, batch.strength))
    return Lessons(*(torch.stack(part) for part in zip(*parts, strict=True)))


def as_bytes(picture: Tensor) -> Tensor:
    """A picture of values about [0, 1] at the nearest of 256 levels, uint8."""
    return (picture.clamp(0, 1) * 255).round().to(torch.uint8)


def kept_lessons(folder: Path, teacher: Teacher, contents: Pictures, bank: CodeBank, whitening: Whitening,
                 objective: Objective, seed: int, tell: Tell) -> Lessons:
    """The run's lessons: read where an earlier leg has painted them, painted and kept elsewhere.

    They are kept block by block as they are painted, so that an ended run goes on where it was.
    """
    def rest(done: int) -> Iterator[Lessons]:
        for first in range(done, objective.lessons, BLOCK):
            numbers = range(first, min(first + BLOCK, objective.lessons))
            yield painted_lessons(teacher, contents, bank, whitening, objective, seed, numbers)

    lessons = kept_in_blocks(folder / FOLDER, rest, Keeping(write, read, joined),
                             lambda done: tell(f"painting lessons: {done} of {objective.lessons}"))
    return Lessons(**{name: getattr(lessons, name).to(bank.measured.device) for name in NAMES})


def joined(blocks: Sequence[Lessons]) -> Lessons:
    """The lessons of several blocks, one behind the other."""
    return Lessons(**{name: torch.cat([getattr(block, name) for block in blocks]) for name in NAMES})


def write(path: Path, lessons: Lessons) -> None:
    """Keeps lessons under a name, which appears when they are whole."""
    state: State = {"lessons": len(lessons), "styles": lessons.code.shape[1], "side": lessons.content.shape[-1]}
    write_tensors(path, {name: getattr(lessons, name) for name in NAMES}, state)


def read(path: Path) -> Lessons:
    """Lessons that were kept."""
    held, state = read_checkpoint(path)
    count, styles, side = (int(state[name]) for name in ("lessons", "styles", "side"))
    shapes = {"content": (count, 3, side, side), "picture": (count, styles, 3, side, side),
              "code": (count, styles, CODE_LENGTH), "target": (count, styles, CODE_LENGTH), "strength": (count, styles)}
    return Lessons(**{name: restored(held, name, torch.empty(shape, device="meta")) for name, shape in shapes.items()})
