import torch

from allaprima.functional.padding import MARGIN
from allaprima.train.fit.contents import DEEPEST, MIDDLE, ROOM, bank_of, fitting_crop, shifted
from allaprima.train.fit.settings import FitObjective
from allaprima.train.run import prepared_vgg
from train.workshop import Workshop, scene

SMALL = FitObjective(crop_px=64, batch=1, bank=4, lines=150)


def test_a_bank_is_the_same_for_a_seed_and_holds_features_of_what_the_losses_see(workshop: Workshop) -> None:
    vgg = prepared_vgg(workshop.vgg, torch.device("cpu"))
    images = [scene(number) for number in range(3)]
    bank, again, other = (bank_of(images, vgg, SMALL, seed) for seed in (1, 1, 2))
    assert torch.equal(bank.crops, again.crops)
    assert not torch.equal(bank.crops, other.crops)
    assert bank.crops.shape == (4, 3, 64 + 2 * ROOM, 64 + 2 * ROOM)
    found = bank.features([2, 0])
    assert found[MIDDLE].shape == (2, 256, 16, 16)
    assert found[DEEPEST].shape == (2, 512, 8, 8)
    assert torch.equal(bank.features([0])[DEEPEST][0], found[DEEPEST][1])


def test_wherever_the_grid_is_laid_the_losses_see_the_same() -> None:
    crops = torch.randint(256, (2, 3, 64 + 2 * ROOM, 64 + 2 * ROOM), dtype=torch.uint8)
    places = set()
    for seed in range(40):
        window, (top, left) = shifted(crops, torch.Generator().manual_seed(seed))
        places.add((top % 8, left % 8))
        assert window.shape[2] % 8 == 0
        assert min(top, left) >= MARGIN - 4
        seen = window[:, :, top:top + 64, left:left + 64]
        torch.testing.assert_close(seen, crops[:, :, ROOM:-ROOM, ROOM:-ROOM].float() / 255)
    assert len(places) > 20


def test_small_pictures_are_enlarged_whole() -> None:
    crop = fitting_crop(scene(1, 40, 60), 88, 400, torch.Generator().manual_seed(0))
    assert crop.shape == (3, 88, 88)
    assert crop.dtype == torch.uint8
