from dataclasses import replace

import torch

from allaprima.functional.padding import MARGIN
from allaprima.train.fit.contents import DEEPEST, MIDDLE, ROOM, bank_of, drawn_crop, drawn_window
from allaprima.train.fit.moving import Moving, along
from allaprima.train.fit.settings import FitObjective
from allaprima.train.run import prepared_vgg
from allaprima.train.steadiness import moved
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
        place = drawn_window(torch.Generator().manual_seed(seed))
        places.add((place.top, place.left))
        window = place.of(crops)
        assert window.shape[2] % 8 == 0
        assert min(ROOM - place.top, ROOM - place.left) >= MARGIN - 4
        assert torch.equal(place.inside(window, 64), crops[:, :, ROOM:-ROOM, ROOM:-ROOM])
    assert len(places) > 20


def test_small_pictures_are_enlarged_whole() -> None:
    crop = drawn_crop((40, 60), 88, 400, torch.Generator().manual_seed(0)).picture(scene(1, 40, 60))
    assert crop.shape == (3, 88, 88)
    assert crop.dtype == torch.uint8


def test_a_crop_of_frames_in_motion_moves_as_they_do(workshop: Workshop) -> None:
    wide = scene(3, 160, 210)
    shift = 6
    frames = Moving(wide[:, :, shift:shift + 200], wide[:, :, :200],
                    torch.tensor([shift, 0.0])[:, None, None].expand(2, 160, 200), torch.ones(1, 160, 200))
    vgg = prepared_vgg(workshop.vgg, torch.device("cpu"))
    bank = bank_of([], vgg, replace(SMALL, bank=8), 1, [frames])
    assert bank.moving is not None
    signs = set()
    for index in range(len(bank)):
        backward = bank.moving.backward[[index]]
        signs.add(float(backward[0, 0, 40, 40]) > 0)
        motion = along(backward, bank.moving.trust[[index]])
        apart = (moved(bank.moving.before[[index]].float(), motion) - bank.crops[[index]].float()).abs() * motion.known
        still = (bank.moving.before[[index]].float() - bank.crops[[index]].float()).abs() * motion.known
        assert float(apart.mean()) < 0.3 * float(still.mean())
    assert signs == {True, False}
