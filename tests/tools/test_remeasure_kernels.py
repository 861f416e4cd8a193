from pathlib import Path

import torch

import remeasure_kernels
from allaprima import weights
from allaprima.train.mixing.files import write_kernels
from allaprima.train.mixing.run import started_mixing


def test_what_a_linear_map_finds_is_found_though_there_are_fewer_rows_than_numbers() -> None:
    torch.manual_seed(3)
    hidden = torch.randn(300, 20)
    given = hidden @ torch.randn(20, 400) + 0.1 * torch.randn(300, 400) + 2
    wanted = hidden @ torch.randn(20, 30) - 1
    matrix, offset = remeasure_kernels.regressed(given[:200], wanted[:200])
    rest = given[200:] @ matrix + offset - wanted[200:]
    assert rest.square().sum() < 0.05 * (wanted[200:] - wanted[200:].mean(dim=0)).square().sum()


@torch.no_grad()
def test_kernels_written_anew_mix_by_given_codes_what_they_mixed_by_wanted_ones(tmp_path: Path) -> None:
    torch.manual_seed(4)
    base = weights.path_of("fast")
    network = started_mixing(base, None, 2)
    before = write_kernels(network, tmp_path / "before.safetensors", base, {})
    given = torch.randn(40, 1920)
    matrix, offset = torch.eye(1920).roll(1, dims=1), 0.1 * torch.randn(1920)
    wanted = given @ matrix + offset
    codes = remeasure_kernels.Known(given, wanted, matrix, offset)
    after = remeasure_kernels.write_anew("fast", before, tmp_path / "after.safetensors", codes, back=False)
    ours, theirs = (started_mixing(base, path, 2).styles(own) for path, own in ((after, given), (before, wanted)))
    for mine, other in ((ours.rows, theirs.rows), (ours.null_rows, theirs.null_rows)):
        assert (mine - other).norm() < 0.05 * other.norm()
