from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from allaprima.errors import OptionError
from allaprima.nets.decoder import Decoder
from allaprima.nets.style_encoder import Whitening
from allaprima.nets.vgg import STYLE_LAYERS, VGG19
from allaprima.train import lessons
from allaprima.train.batches import Batch, repeated
from allaprima.train.codes import CodeBank, code_of, seen_by
from allaprima.train.lessons import SPARE_PX, Lessons, as_bytes, kept_lessons, painted_lessons
from allaprima.train.loop import TrainingProgress
from allaprima.train.pictures import Pictures
from allaprima.train.recipe import changed
from allaprima.train.run import train
from allaprima.train.teachers import Teacher, reference_teacher
from allaprima.train.trainee import load_into
from train.workshop import SMALL, Workshop, scene

TWO_STYLES = replace(SMALL, batch=4, styles_per_content=2, teacher=20.0, lessons=3, null_share=0.0, partial_share=0.0)


def negative(batch: Batch, styles_per_content: int) -> torch.Tensor:
    return 1 - repeated(batch.content, styles_per_content)


@pytest.fixture
def drawn() -> Callable[[], Lessons]:
    contents = Pictures(tuple(scene(number) for number in range(3)), ())
    bank = CodeBank(torch.randn(5, 1920), torch.randn(5, 1920))
    return lambda: painted_lessons(negative, contents, bank, Whitening(), TWO_STYLES, 1, range(3))


def test_a_lesson_is_seen_elsewhere_with_its_pictures(drawn: Callable[[], Lessons]) -> None:
    kept = drawn()
    assert len(kept) == 3
    assert kept.content.shape[-1] == TWO_STYLES.crop_px + SPARE_PX
    batches = [kept.drawn(TWO_STYLES, 1, step) for step in range(6)]
    for batch, picture in batches:
        assert picture.shape == (4, 3, TWO_STYLES.crop_px, TWO_STYLES.crop_px)
        assert torch.allclose(picture, 1 - repeated(batch.content, 2), atol=1 / 255 + 1e-6)
        assert batch.code.shape == batch.target.shape == (4, 1920)
    corners = {tuple(batch.content[0, :, 0, 0].tolist()) for batch, _ in batches}
    assert len(corners) > 3  # of three lessons: no two looks begin at the same place


def test_the_same_step_sees_the_same_lessons(drawn: Callable[[], Lessons]) -> None:
    kept = drawn()
    (batch, picture), (again, same) = (kept.drawn(TWO_STYLES, 1, 4) for _ in range(2))
    assert torch.equal(batch.content, again.content)
    assert torch.equal(batch.code, again.code)
    assert torch.equal(picture, same)


def test_a_run_taken_up_reads_its_lessons_again(tmp_path: Path) -> None:
    contents, bank = Pictures((scene(1),), ()), CodeBank(torch.randn(5, 1920), torch.randn(5, 1920))
    first, again = (kept_lessons(tmp_path, teacher, contents, bank, Whitening(), TWO_STYLES, 1, lambda text: None)
                    for teacher in (negative, lambda batch, styles: pytest.fail("painted twice")))
    for name in Lessons.__dataclass_fields__:
        assert torch.equal(getattr(first, name), getattr(again, name))


def test_lessons_that_were_painted_before_a_run_ended_are_not_painted_again(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "BLOCK", 1)
    contents = Pictures(tuple(scene(number) for number in range(3)), ())
    torch.manual_seed(0)
    bank, painted = CodeBank(torch.randn(5, 1920), torch.randn(5, 1920)), list[int]()

    def teacher(ends: int) -> Teacher:
        def paint(batch: Batch, styles_per_content: int) -> torch.Tensor:
            if len(painted) == ends:
                raise KeyboardInterrupt
            painted.append(len(painted))
            return negative(batch, styles_per_content)
        return paint

    def taken(ends: int) -> Lessons:
        return kept_lessons(tmp_path, teacher(ends), contents, bank, Whitening(), TWO_STYLES, 1, lambda text: None)

    with pytest.raises(KeyboardInterrupt):
        taken(2)
    held = taken(3)
    whole = painted_lessons(negative, contents, bank, Whitening(), TWO_STYLES, 1, range(3))
    assert painted == [0, 1, 2]
    assert all(torch.equal(getattr(held, name), getattr(whole, name)) for name in Lessons.__dataclass_fields__)
    assert [path.name for path in tmp_path.iterdir()] == ["lessons"]


def test_a_run_learns_from_lessons_of_the_published_decoder(workshop: Workshop, tmp_path: Path,
                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "BLOCK", 1)
    save_file(Decoder().state_dict(), tmp_path / "decoder.safetensors")
    recipe = workshop.recipe(4, objective=replace(SMALL, teacher=20.0, imitate=0.5, lessons=3, teacher_least=0.25))
    recipe = replace(recipe, sources=replace(recipe.sources, decoder=tmp_path / "decoder.safetensors"))
    heard: list[TrainingProgress] = []
    told: list[str] = []
    train(recipe, tmp_path / "run", torch.device("cpu"), heard.append, told.append, False)
    assert told[-3:] == [f"painting lessons: {number} of 3" for number in (1, 2, 3)]
    losses = [progress.losses["fast"] for progress in heard]
    assert ["content" in own for own in losses] == [False, False, True, True]
    assert all(own["teacher"] > 0 for own in losses)  # a quarter of its weight stays to the end


def test_the_published_teacher_shows_the_content_at_strength_zero_and_the_styles_colours_else(
        workshop: Workshop) -> None:
    vgg = load_into(VGG19("reflect", "relu4_1"), workshop.vgg)
    torch.manual_seed(0)
    decoder = Decoder()
    teacher = reference_teacher(vgg, decoder)
    content, style = torch.rand(1, 3, 44, 36), torch.rand(2, 3, 64, 64) ** 3
    target = code_of(vgg(seen_by(vgg, style), STYLE_LAYERS))
    with torch.no_grad():
        shown = teacher(Batch(content, torch.zeros(2, 1920), target, torch.tensor([0.0, 1.0])), 2)
        own = code_of(vgg(content, STYLE_LAYERS))
        kept = teacher(Batch(content, torch.zeros(1, 1920), own, torch.ones(1)), 1)
        rebuilt = decoder(vgg(content, ["relu4_1"])["relu4_1"])[:, :, :44, :36].clamp(0, 1)
    assert shown.shape == (2, 3, 44, 36)
    assert torch.equal(shown[0], content[0])
    assert not torch.allclose(shown[1], content[0], atol=0.05)
    assert torch.allclose(kept, rebuilt, atol=1e-3)  # a content in its own style is what the decoder makes of it


def test_bytes_are_the_nearest_levels() -> None:
    assert as_bytes(torch.tensor([-0.1, 0.4 / 255, 0.6 / 255, 1.1])).tolist() == [0, 0, 1, 255]


@pytest.mark.parametrize("asked", [{"lessons": 8}, {"imitate": 0.5}])
def test_lessons_without_a_teacher_are_refused(asked: dict[str, float]) -> None:
    with pytest.raises(OptionError, match="nobody teaches"):
        changed(replace(SMALL, teacher=0.0, lessons=0, imitate=0.0), asked)
