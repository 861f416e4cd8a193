import torch

import remeasure_kernels


def test_what_a_linear_map_finds_is_found_though_there_are_fewer_rows_than_numbers() -> None:
    torch.manual_seed(3)
    hidden = torch.randn(300, 20)
    given = hidden @ torch.randn(20, 400) + 0.1 * torch.randn(300, 400) + 2
    wanted = hidden @ torch.randn(20, 30) - 1
    matrix, offset = remeasure_kernels.regressed(given[:200], wanted[:200])
    rest = given[200:] @ matrix + offset - wanted[200:]
    assert rest.square().sum() < 0.05 * (wanted[200:] - wanted[200:].mean(dim=0)).square().sum()
