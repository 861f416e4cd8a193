import torch

from allaprima.train.fit.weave import BANDS, flatness, own_energy, weave_loss

FLAT = torch.full((1, 3, 64, 64), 0.5)


def checkerboard(period: int, contrast: float = 0.1) -> torch.Tensor:
    place = torch.arange(64) * 2 // period
    return 0.5 + contrast * ((place[:, None] + place[None]) % 2 * 2.0 - 1).expand(1, 3, 64, 64)


def test_a_net_in_a_flat_place_is_found_at_every_period() -> None:
    nothing = torch.zeros(1, BANDS)
    plain = float(weave_loss(FLAT, FLAT, nothing))
    assert all(float(weave_loss(checkerboard(period), FLAT, nothing)) > plain + 0.03 for period in (2, 4, 8))


def test_what_the_style_has_itself_is_allowed() -> None:
    style = checkerboard(4)
    allowed = own_energy([style])
    assert float(weave_loss(style, FLAT, allowed)) < 0.3 * float(weave_loss(style, FLAT, torch.zeros(1, BANDS)))


def test_detail_of_the_content_is_no_weave() -> None:
    busy = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    half = torch.cat([FLAT[:, :, :, :32], busy[:, :, :, 32:]], dim=3)
    flat = flatness(half)
    assert float(flat[..., :8].min()) > 0.9
    assert float(flat[..., 56:].max()) < 0.1
