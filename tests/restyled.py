"""A data set that workers of a DataLoader can import: one picture, restyled again and again."""

from __future__ import annotations

import torch
from torch.utils.data import Dataset

from allaprima.transforms import RandomStyle


class Restyled(Dataset[torch.Tensor]):
    """The picture, ``count`` times, each time as the transform gives it."""

    def __init__(self, transform: RandomStyle, picture: torch.Tensor, count: int) -> None:
        self.transform, self.picture, self.count = transform, picture, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> torch.Tensor:
        result: torch.Tensor = self.transform(self.picture)
        return result
