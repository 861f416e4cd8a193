"""What a borrowed GPU is used for, in calls of at most ten minutes: tests, speeds, and the training of the networks.

`python tools/gpu_session.py pack FOLDER --content PHOTOS [--content LARGER] --style PAINTINGS [--style LARGER]` here,
where the pictures are, then there `python tools/gpu_session.py tests --out OUT`, `... bench --out OUT` and, as often as
time allows, `... train FOLDER --out OUT --minutes 8 [--leg 4] [--network fast-kernels] [--resume OUT_OF_LEG_BEFORE]`:
the kernels that the styles of a network mix, which stays as it is. Two networks learn side by side as two processes.
Every minute the kernels so far are laid into OUT. All in one call: `gpu_call.py`.

A pack is small enough to be carried: pictures reduced to WebP, VGG-19 to relu4_1 in half precision. Training needs
torch, torchvision, numpy, safetensors, Pillow, platformdirs and rich there; tests and speeds need all dependencies.
"""

from __future__ import annotations

import argparse
import io
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from allaprima import weights
from allaprima.nets.vgg import VGG19
from allaprima.packs import pack_pictures
from allaprima.train.loop import TrainingProgress
from allaprima.train.mixing.settings import MixingObjective, base_of
from allaprima.train.pictures import encoded_pictures
from allaprima.train.recipe import Recipe, changed
from allaprima.train.run import train
from allaprima.train.settings import Schedule, Sources
from gpu_call import NETWORKS, SIZES, bench_command, run_command, tests_command
from gpu_parcels import gather, save, unpack

SHORTER_SIDES_PX, LARGER_PX = {"content": 264, "style": 280}, {"content": 384, "style": 432}
QUALITIES = {"content": 68, "style": 74}
SHARES_OF_BUDGET = {"content": 0.33, "style": 0.67}  # styles have more to teach
LARGER_SHARE = 0.2                                   # of either: pictures that show larger strokes
MIB = 1 << 20
SAVING_SECONDS = 60
OBJECTIVE = {"differences": 8, "styles_a_step": 16, "contents_a_style": 1, "crop_px": 240, "contents": 2500,
             "styles": 4000, "content": 4.8, "affinity": 28.0, "weave": 50.0, "steady": 30.0, "null": 5.0}
RATES, WARMUP_STEPS = {"balanced-kernels": 2.5e-4, "fast-kernels": 3e-4}, 100  # of runs that start from kernels
TINY = {"styles_a_step": 2, "crop_px": 64, "fewest_lines": 72, "most_lines": 96, "contents": 4, "styles": 4}


def small_pictures(source: Path, budget: float, side_px: int, quality: int,
                   known: frozenset[str] = frozenset()) -> Iterator[tuple[str, bytes]]:
    """Pictures of a folder, reduced, in an order drawn from a fixed seed, until they fill the budget in bytes.

    known: names that are left out, since larger copies are packed already.
    """
    found = [(name, data) for name, data in encoded_pictures(source) if name not in known]
    random.Random(1).shuffle(found)
    held = 0
    for name, data in found:
        with Image.open(io.BytesIO(data)) as opened:
            picture = opened.convert("RGB")
        scale = side_px / min(picture.size)
        if scale < 1:
            picture = picture.resize([round(side * scale) for side in picture.size], Image.Resampling.LANCZOS)
        encoded = io.BytesIO()
        picture.save(encoded, "WEBP", quality=quality)
        held += encoded.tell()
        if held > budget:
            return
        yield name, encoded.getvalue()


def pack(folder: Path, sources: dict[str, list[Path]], budget_mib: float) -> None:
    """Writes the pack: pictures of either kind, the second folder's larger, and VGG-19 beside them."""
    for kind, (source, *larger) in sources.items():
        budget = budget_mib * MIB * SHARES_OF_BUDGET[kind]
        chosen = [picture for one in larger
                  for picture in small_pictures(one, LARGER_SHARE * budget, LARGER_PX[kind], QUALITIES[kind])]
        rest = budget - sum(len(data) for _, data in chosen)
        known = frozenset(name for name, _ in chosen)
        chosen += small_pictures(source, rest, SHORTER_SIDES_PX[kind], QUALITIES[kind], known)
        pack_pictures(chosen, folder / kind)
        print(f"{len(chosen)} pictures of {kind}")
    wanted = VGG19(last="relu4_1").state_dict()
    held = load_file(weights.path_of("vgg19"))
    save_file({name: held[name].half() for name in wanted}, folder / "vgg19.safetensors")
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {total / MIB:.1f} MiB")


def run_training(folder: Path, out: Path, network: str, minutes: float, leg: float | None, resume: Path | None,
                 device: str, tiny: bool) -> int:
    """One leg of teaching a network's styles to mix kernels: from what ships, or from where the leg before stopped.

    minutes: planned for all legs together; the rate falls over these. The kernels so far and a sheet are left right in
    ``out``, and the checkpoint that the next leg needs, where there is one.
    """
    run = Path(tempfile.gettempdir()) / f"{network}-run"
    if resume is not None:
        unpack(resume, run, network)
    base = base_of(network)
    start = {name: weights.path_of(name) for name in (base, network) if name in weights.known()}
    sources = Sources(folder / "content", folder / "style", folder / "vgg19.safetensors",
                      weights.path_of("style-encoder"), start=start)
    schedule = Schedule(seconds=60 * minutes, leg_seconds=None if leg is None else 60 * leg, rate=RATES[network],
                        warmup_steps=WARMUP_STEPS, seed=51, checkpoint_seconds=SAVING_SECONDS,
                        log_steps=1 if tiny else 100)
    objective = changed(changed(MixingObjective(), OBJECTIVE), TINY if tiny else {})
    recipe = Recipe((network,), objective, schedule, sources)
    torch.backends.cudnn.benchmark = True  # every step has the same shapes

    def watch(progress: TrainingProgress) -> None:
        print(progress, flush=True)
        save(run, out, network)

    outcome = train(recipe, run, torch.device(device), watch, print, compiled=False)
    gather(run, out, network, outcome.done)
    print("done" if outcome.done else "this leg is over: carry its files back and go on with --resume")
    return 0


def main() -> int:
    """Does what is asked; the exit code is that of the command inside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pack", "tests", "bench", "train"))
    parser.add_argument("folder", nargs="?", type=Path, help="the pack")
    for kind in SHORTER_SIDES_PX:
        parser.add_argument(f"--{kind}", type=Path, action="append", default=[],
                            help="a folder to pack; a second one of larger copies of some of its pictures")
    parser.add_argument("--budget", type=float, default=37.0, help="MiB of pictures in the pack")
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--network", choices=NETWORKS, default=NETWORKS[0], help="to train")
    parser.add_argument("--minutes", type=float, default=8.0, help="of training, all legs together")
    parser.add_argument("--leg", type=float, help="minutes of this leg; default: all of them")
    parser.add_argument("--resume", type=Path, help="what the leg before left")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--size", action="append", help=f"to measure; default: {' and '.join(SIZES)}")
    parser.add_argument("--tiny", action="store_true", help="a rehearsal: tiny batches")
    given = parser.parse_args()
    if given.what in ("pack", "train") and given.folder is None:
        parser.error("name the folder")
    if given.what == "pack" and not (given.content and given.style):
        parser.error("name what to pack: --content PHOTOS --style PAINTINGS")
    given.out.mkdir(parents=True, exist_ok=True)
    if given.what == "pack":
        pack(given.folder, {"content": given.content, "style": given.style}, given.budget)
        return 0
    if given.what == "tests":
        return run_command(tests_command(), given.out / "tests.txt")
    if given.what == "bench":
        return run_command(bench_command(given.device, given.size or SIZES), given.out / "bench.txt")
    return run_training(given.folder, given.out, given.network, given.minutes, given.leg, given.resume, given.device,
                        given.tiny)


if __name__ == "__main__":
    raise SystemExit(main())
