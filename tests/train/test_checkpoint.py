from pathlib import Path

import pytest
import torch

from allaprima.errors import TrainingError
from allaprima.train.checkpoint import checkpoints_in, read_checkpoint, restored, shards_of, write_checkpoint

TENSORS = {"small": torch.arange(6.0).reshape(2, 3), "long": torch.arange(1000.0).reshape(10, 100),
           "number": torch.tensor(7.0)}
LIMIT = 1024  # bytes


def test_no_shard_is_larger_than_asked_and_long_tensors_come_together_again(tmp_path: Path) -> None:
    assert all(sum(tensor.nbytes for tensor in shard.values()) <= LIMIT for shard in shards_of(TENSORS, LIMIT))
    held, state = read_checkpoint(write_checkpoint(tmp_path, TENSORS, {"step": 3, "elapsed_seconds": 1.5}, LIMIT))
    assert state == {"step": 3, "elapsed_seconds": 1.5}
    for name, tensor in TENSORS.items():
        assert torch.equal(restored(held, name, tensor), tensor)
    with pytest.raises(TrainingError, match="holds no other"):
        restored(held, "other", TENSORS["small"])


def test_only_the_last_two_checkpoints_stay(tmp_path: Path) -> None:
    for step in (1, 2, 10):
        write_checkpoint(tmp_path, TENSORS, {"step": step})
    assert [path.name for path in checkpoints_in(tmp_path)] == ["checkpoint-00000002", "checkpoint-00000010"]


def test_a_checkpoint_cut_short_is_not_taken_for_one(tmp_path: Path) -> None:
    whole = write_checkpoint(tmp_path, TENSORS, {"step": 1})
    partial = tmp_path / "checkpoint-00000002.partial"
    partial.mkdir()
    (partial / "000.safetensors").write_bytes(b"half")
    assert checkpoints_in(tmp_path) == [whole]
    write_checkpoint(tmp_path, TENSORS, {"step": 2})
    assert not partial.exists()


def test_a_damaged_checkpoint_is_named_with_a_remedy(tmp_path: Path) -> None:
    checkpoint = write_checkpoint(tmp_path, TENSORS, {"step": 1})
    (checkpoint / "000.safetensors").write_bytes(b"half")
    with pytest.raises(TrainingError, match="checkpoint-00000001") as raised:
        read_checkpoint(checkpoint)
    assert raised.value.hint
