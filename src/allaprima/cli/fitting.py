"""What a fit is asked for, from pictures on disk to a style that can be saved: for every command that fits."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from allaprima.cli.fitting_contents import contents_of, film_moving, is_film
from allaprima.cli.train import at_hand
from allaprima.errors import DeviceError, OptionError, TrainingError
from allaprima.weights import sha256_of

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from allaprima.engines import Style
    from allaprima.engines.fitted import Difference
    from allaprima.engines.style_files import StyleFile
    from allaprima.train.fit.job import FitOutcome, FitPlan, Watch

WRITTEN = "written.json"
CROP_SHARE = 0.75      # of the lines: with its margin a crop is no larger than contents are, which would be enlarged
CONTENT_POWER = 0.2    # of what weights of content are multiplied by: by that much less pictures go from their contents
STEADY = 200.0         # weight of painting a film's own frames alike along their motion
PAIRS_STEADY = 60.0    # the same beside painted frames, which say themselves how to paint
LARGEST_STRETCH = 0.02  # of a painted frame's shape to its frame's
THUMBNAIL_PX = 160
FITTED_MODELS = ("balanced", "fast")


@dataclass(frozen=True, slots=True)
class FitRequest:
    """A fit as it is asked for.

    pictures: of one style. on: a film, a folder of pictures or a packed file whose pictures are its contents; None for
    the shipped ones. lines: the working height it is fitted for. content: how much of the content stays, 1 as usual.
    minutes or steps: how long. values: numbers of the objective by name. pairs: frames and the same frames painted;
    ``pictures`` are then the painted ones.
    """

    pictures: tuple[Path, ...]
    model: str = "balanced"
    on: Path | None = None
    minutes: float | None = None
    steps: int | None = None
    lines: int = 400
    content: float = 1.0
    seed: int = 1
    values: tuple[tuple[str, float], ...] = ()
    pairs: tuple[tuple[Path, Path], ...] = ()

    def __post_init__(self) -> None:
        if self.model not in FITTED_MODELS:
            raise OptionError(f"cannot fit {self.model!r} to a style", f"choose {' or '.join(FITTED_MODELS)}")
        asked = [span for span in (self.minutes, self.steps) if span is not None]
        if len(asked) != 1:
            raise OptionError("cannot plan a fit: it needs either a number of steps or a time",
                              "give --steps or --minutes")
        if not 0 < self.content <= 20:
            raise OptionError(f"content {self.content:g} is out of range", "choose a number above 0, 1 is usual")
        if asked[0] <= 0:
            raise OptionError("a fit of no time learns nothing", "give --minutes above 0, or --steps from 1 on")


def planned(request: FitRequest) -> FitPlan:
    """The plan of a fit, its pictures read, its weights at hand."""
    from allaprima.functional.padding import MULTIPLE
    from allaprima.train.fit.job import FitPlan
    from allaprima.train.fit.settings import FitObjective, changed, departure_at

    usual = FitObjective()
    crop_px = max(64, min(usual.crop_px, int(CROP_SHARE * request.lines) // MULTIPLE * MULTIPLE))
    weighed = replace(usual, lines=request.lines, style_px=request.lines if request.pairs else usual.style_px,
                      crop_px=crop_px, content=usual.content * request.content,
                      content_middle=usual.content_middle * request.content,
                      departure=departure_at(request.lines) * request.content ** -CONTENT_POWER)
    styles = tuple(as_tensor(path) for path in request.pictures)
    pairs = tuple(pair_of(frame, painted) for frame, painted in request.pairs)
    moving = film_moving(request.on, request.lines) if request.on is not None and is_film(request.on) else ()
    if moving:
        weighed = replace(weighed, steady=PAIRS_STEADY if pairs else STEADY)
        contents = tuple(frames.now for frames in moving)
    else:
        contents = () if pairs and request.on is None else tuple(contents_of(request.on, request.lines))
    objective = changed(weighed, dict(request.values))
    return FitPlan(styles, contents, at_hand(request.model), objective,
                   None if pairs else usual_start(request, objective.style_px), request.steps,
                   None if request.minutes is None else 60 * request.minutes, request.seed, pairs, moving)


def as_tensor(path: Path) -> Tensor:
    """A picture's file as (3, H, W), uint8."""
    import torch

    from allaprima.io.still.cutouts import read_shown
    from allaprima.io.still.picture import as_uint8

    return torch.from_numpy(as_uint8(read_shown(path)).copy()).permute(2, 0, 1)


def pair_of(frame: Path, painted: Path) -> tuple[Tensor, Tensor]:
    """A frame and the same frame painted, (3, H, W), uint8; raises OptionError where they differ in shape."""
    before, after = as_tensor(frame), as_tensor(painted)
    (height, width), (other_height, other_width) = before.shape[1:], after.shape[1:]
    if abs(height * other_width / (width * other_height) - 1) > LARGEST_STRETCH:
        raise OptionError(f"{painted} is {other_width}x{other_height}, and its frame {frame} {width}x{height}",
                          "paint over the frame itself, and keep its shape")
    if before.shape == after.shape:
        return before, after
    from torch.nn import functional as F

    scaled = F.interpolate(after[None].float(), (height, width), mode="bicubic", antialias=other_height > height)
    return before, scaled[0].round().clamp(0, 255).byte()


def usual_start(request: FitRequest, style_px: int) -> dict[str, Tensor] | None:
    """Where a fit begins: the kernels and the row that its pictures mix, refined and on average; None for the base.

    What that wins over the mean of the bundled fits is measured in docs/fitting.md.
    """
    import torch

    from allaprima import weights
    from allaprima.cli.opening import open_engine
    from allaprima.engines.fitted import fits_of
    from allaprima.engines.looks import Sight
    from allaprima.io.still.cutouts import read_shown

    engine, sha256 = open_engine(request.model, "cpu", "auto"), weights.named(request.model).sha256
    scale, found = style_px / engine.style_size, []
    for path in request.pictures:
        picture = read_shown(path)
        mixed = fits_of(engine.encode(picture, path.stem, scale, sight=Sight(picture, scale)).fitted, sha256)
        if mixed is None:
            return None
        found.append({"row": mixed.row} | {f"kernels.{name}": difference.array()
                                           for name, difference in mixed.kernels.items()})
    return {name: torch.stack([torch.from_numpy(one[name]) for one in found]).mean(dim=0) for name in found[0]}


def digest_of(request: FitRequest, plan: FitPlan) -> str:
    """The first digits of a hash over all that decides what a fit learns: the name of its checkpoints' folder."""
    digest = hashlib.sha256(repr((plan.objective, plan.steps, plan.seconds, plan.seed)).encode())
    digest.update(request.model.encode() + plan.base.read_bytes())
    before = (frames.before for frames in plan.moving)
    for picture in (*plan.styles, *plan.contents, *(part for pair in plan.pairs for part in pair), *before):
        digest.update(picture.numpy().tobytes())
    for name, value in sorted((plan.start or {}).items()):
        digest.update(name.encode() + value.numpy().tobytes())
    return digest.hexdigest()[:24]


def folder_of(request: FitRequest, plan: FitPlan) -> Path:
    """Where a fit's checkpoints lie."""
    from allaprima.folders import cache_folder

    return cache_folder("fits") / digest_of(request, plan)


def note_written(folder: Path, path: Path) -> None:
    """Notes beside a fit's checkpoints what it has written, so that taking it up may replace that and nothing else."""
    noted = written_by(folder) | {str(path.absolute()): sha256_of(path)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / WRITTEN).write_text(json.dumps(noted, indent=2) + "\n", encoding="utf-8")


def written_by(folder: Path) -> dict[str, str]:
    """The files that a fit which was stopped has written, with their hashes."""
    try:
        noted = json.loads((folder / WRITTEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def may_replace(folder: Path, path: Path) -> bool:
    """Whether the file at that name is what an earlier leg of this fit wrote, untouched since."""
    noted = written_by(folder).get(str(path.absolute()))
    return noted is not None and path.is_file() and sha256_of(path) == noted


def device_of(name: str) -> torch.device:
    """The device of that name: the GPU where there is one, for auto. Raises DeviceError where there is none."""
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise DeviceError("cannot fit on cuda: torch finds no such device", "fit with --device cpu")
    if name not in ("auto", "cpu", "cuda"):
        raise OptionError(f"cannot fit on {name!r}: no such device", "give --device auto, cpu or cuda")
    return torch.device(("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name)


def fitted_style(request: FitRequest, plan: FitPlan, device: torch.device, watch: Watch) -> tuple[StyleFile, bool]:
    """The fitted style, and whether the fit ran to its end; its checkpoints are kept where it did not.

    After Ctrl-C it is as much as there was time for, and the same request goes on from there.
    """
    from allaprima.nets.style_encoder import StyleEncoder
    from allaprima.runtimes.torch_errors import memory_named
    from allaprima.train.fit.job import carried_out
    from allaprima.train.run import prepared_vgg
    from allaprima.train.trainee import load_into

    folder = folder_of(request, plan)
    vgg = prepared_vgg(at_hand("slim-vgg19"), device)
    encoder = load_into(StyleEncoder(), at_hand("style-encoder")).requires_grad_(False)
    with memory_named(f"fit on {device}", "smaller crops, or fewer at once: --set crop_px=192 --set batch=1"):
        outcome = carried_out(plan, vgg, encoder, folder, device, watch)
    if outcome.standing.step == 0:
        raise TrainingError("the fit ended before its first step", "give it more time: --minutes 3")
    if outcome.done:
        shutil.rmtree(folder, ignore_errors=True)
    return as_style_file(request, plan, outcome), outcome.done


def as_style_file(request: FitRequest, plan: FitPlan, outcome: FitOutcome) -> StyleFile:
    """What a fit has learnt as a style that can be saved, its kernels in 8 bits."""
    from allaprima import weights
    from allaprima.engines.fitted import Fitted
    from allaprima.engines.style_files import StyleFile

    fitted = Fitted(request.model, weights.named(request.model).sha256,
                    {name: kept(name, value, outcome) for name, value in outcome.kernels.items()},
                    outcome.row.numpy(), outcome.null.numpy(), outcome.ranges, request.lines, guides=outcome.guides)
    style = replace(encoded(request), fitted=(fitted,))
    recipe = {"pictures": [path.name for path in request.pictures], "on": "" if request.on is None else request.on.name,
              "pairs": [f"{frame.name}={painted.name}" for frame, painted in request.pairs],
              "steps": outcome.standing.step, "seconds": round(outcome.standing.elapsed_seconds, 1),
              "seed": request.seed, "objective": {name: getattr(plan.objective, name)
                                                  for name in type(plan.objective).__slots__}}
    figures = {name: round(value, 4) for name, value in outcome.standing.losses.items()}
    return StyleFile(style, thumbnail_of(plan.styles[0]), recipe, figures)


def kept(name: str, difference: Tensor, outcome: FitOutcome) -> Difference:
    """A difference of kernels as it is kept: in 8 bits, but where guides are read, which are large beside the rest."""
    from allaprima.engines.fitted import Difference, in_bytes
    from allaprima.train.fit.guiding import FIRST

    if outcome.guides is not None and name == FIRST:
        return Difference(difference.half().numpy())
    return in_bytes(difference.float().numpy())


def encoded(request: FitRequest) -> Style:
    """The style's code, of all its pictures in equal parts, under one name."""
    from allaprima.cli.opening import open_engine
    from allaprima.engines import blended
    from allaprima.io.still.cutouts import read_shown

    engine = open_engine(request.model, "cpu", "auto")
    codes = [engine.encode(read_shown(path), path.stem) for path in request.pictures]
    return replace(blended([(code, 1.0) for code in codes]), name=request.pictures[0].stem)


def thumbnail_of(picture: Tensor) -> NDArray[np.uint8]:
    """A small picture of a style (3, H, W), uint8."""
    from allaprima.sheets import fitted

    return fitted(picture.permute(1, 2, 0).cpu().numpy(), THUMBNAIL_PX, THUMBNAIL_PX)

