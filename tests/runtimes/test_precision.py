import pytest
import torch

from allaprima.runtimes.precision import working, working_precision


@pytest.mark.parametrize(("bf16", "amx", "precision"),
                         [(True, False, torch.bfloat16), (False, True, torch.bfloat16), (False, False, torch.float32)])
def test_a_processor_works_in_what_it_multiplies(monkeypatch: pytest.MonkeyPatch, bf16: bool, amx: bool,
                                                 precision: torch.dtype) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: bf16)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    working_precision.cache_clear()
    try:
        assert working_precision("cpu") == precision
        with working("cpu"):
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == precision
        assert working_precision("cuda") == torch.bfloat16
    finally:
        working_precision.cache_clear()
