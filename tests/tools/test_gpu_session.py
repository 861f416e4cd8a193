"""What is carried to a borrowed GPU and back: small enough, and enough to go on from."""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

import gpu_call
import gpu_parcels
import gpu_session
from allaprima.train.checkpoint import checkpoints_in, read_checkpoint, write_checkpoint
from allaprima.train.loop import LOG
from allaprima.train.pictures import encoded_pictures, load_pictures


def test_packed_pictures_stay_within_their_budget_and_are_read_by_training(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    (tmp_path / "photos").mkdir()
    for index in range(6):
        picture = np.kron(rng.integers(0, 256, (40, 50, 3)), np.ones((9, 9, 1))).astype(np.uint8)
        Image.fromarray(picture).save(tmp_path / "photos" / f"{index}.png")
    one = sum(len(data) for _, data in gpu_session.small_pictures(tmp_path / "photos", 1 << 30, 264, 70)) / 6
    small = gpu_session.small_pictures(tmp_path / "photos", 3.5 * one, 264, 70, frozenset({"0.png"}))
    gpu_session.pack_pictures(small, tmp_path / "packed")
    found = load_pictures(tmp_path / "packed", 64, 264)
    assert 2 <= len(found) <= 4
    assert all(min(image.shape[1:]) == 264 for image in found.images)
    names = [name for name, _ in encoded_pictures(tmp_path / "packed")]
    assert "0.png" not in names


def test_a_leg_s_checkpoint_comes_back_in_few_small_files_and_is_taken_up(tmp_path: Path) -> None:
    run, out, again = (tmp_path / name for name in ("run", "out", "again"))
    out.mkdir()
    generator = torch.Generator().manual_seed(5)
    tensors = {f"balanced-kernels/{part}.common.0": 0.01 * torch.randn(9_500_000, generator=generator).abs()
               for part in ("network", "average", "exp_avg", "exp_avg_sq")}
    write_checkpoint(run, tensors, {"step": 7, "elapsed_seconds": 12.5})
    (run / LOG).write_text('{"step": 7}\n', encoding="utf-8")
    (run / gpu_parcels.RECIPE).write_text(json.dumps({"networks": "balanced-kernels"}), encoding="utf-8")
    save_file({"common.0": torch.zeros(12_000_000, dtype=torch.int8)}, run / "balanced-kernels.safetensors")
    gpu_parcels.gather(run, out, "balanced-kernels", done=False)
    sizes = [path.stat().st_size for path in out.iterdir()]
    assert len(sizes) <= 8
    assert max(sizes) < 16 << 20
    assert sum(sizes) < 60 << 20
    gpu_parcels.unpack(out, again, "balanced-kernels")
    held, state = read_checkpoint(checkpoints_in(again)[-1])
    assert state == {"step": 7, "elapsed_seconds": 12.5}
    assert (again / LOG).read_text(encoding="utf-8") == '{"step": 7}\n'
    for kept, given, error in (("network", "network", 2**-11), ("average", "network", 2**-11),
                               ("exp_avg_sq", "exp_avg_sq", 2**-8)):
        ours, theirs = joined(held, f"balanced-kernels/{kept}."), tensors[f"balanced-kernels/{given}.common.0"]
        assert torch.allclose(ours, theirs, rtol=error, atol=1e-6)
    assert not joined(held, "balanced-kernels/exp_avg.").any()


def test_of_a_run_that_is_done_only_its_kernels_come_back(tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    run.mkdir()
    out.mkdir()
    for name in (LOG, gpu_parcels.RECIPE, "fast-kernels.safetensors"):
        (run / name).write_text("{}", encoding="utf-8")
    gpu_parcels.gather(run, out, "fast-kernels", done=True)
    assert [path.name for path in out.iterdir() if path.is_file()] == ["fast-kernels.safetensors"]


def test_of_a_call_that_is_cut_the_kernels_so_far_are_kept(tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    run.mkdir()
    out.mkdir()
    gpu_parcels.save(run, out, "fast-kernels")
    assert not list(out.iterdir())
    for text in ("first", "later"):
        (run / "fast-kernels.safetensors").write_text(text, encoding="utf-8")
        gpu_parcels.save(run, out, "fast-kernels")
        assert (out / "fast-kernels.safetensors").read_text(encoding="utf-8") == text
    assert [path for path in out.rglob("*") if path.is_file()] == [out / "fast-kernels.safetensors"]


def test_there_only_files_with_tests_for_a_gpu_are_read() -> None:
    found = gpu_call.files_of_tests()
    assert {"tests/runtimes/test_cuda.py", "tests/test_transforms.py", "tests/io/film/test_hardware.py"} <= set(found)
    assert "tests/runtimes/test_openvino.py" not in found


def joined(held: dict[str, torch.Tensor], name: str) -> torch.Tensor:
    pieces = [tensor for key, tensor in sorted(held.items()) if key.startswith(name)]
    return torch.cat([piece.flatten() for piece in pieces])
