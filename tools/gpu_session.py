"""What a borrowed GPU is used for, in calls of at most ten minutes: tests, speeds, and the training of the networks.

`python tools/gpu_session.py pack FOLDER --content PHOTOS --style PAINTINGS` here, where the pictures are, then there
`python tools/gpu_session.py tests --out OUT`, `... bench --out OUT` and, as often as time allows,
`... train FOLDER --out OUT --minutes 8 --leg 8 [--network fast-kernels] [--resume OUT_OF_THE_LEG_BEFORE]`: the kernels
that the styles of a network mix, which stays as it is.

A pack is small enough to be carried: pictures reduced to WebP, VGG-19 to relu4_1 in half precision. Training needs
torch, torchvision, numpy, safetensors, Pillow and rich there; tests and speeds need the whole installation.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from allaprima import weights
from allaprima.nets.vgg import VGG19
from allaprima.train.checkpoint import SHARD_BYTES, STATE, checkpoints_in, read_checkpoint, shards_of, write_checkpoint
from allaprima.train.loop import LOG
from allaprima.train.mixing.settings import MixingObjective, base_of
from allaprima.train.packs import pack_pictures
from allaprima.train.pictures import encoded_pictures
from allaprima.train.recipe import FILE as RECIPE
from allaprima.train.recipe import Recipe, changed
from allaprima.train.run import train
from allaprima.train.settings import Schedule, Sources
from allaprima.train.trainee import MOMENTS

ROOT = Path(__file__).parents[1]
SHORTER_SIDE_PX, QUALITY = 264, 78
MIB = 1 << 20
CARRIED, SMALL = "carried", "small.zip"
NETWORK, AVERAGE = "network", "average"  # what a checkpoint calls them
MEANS, SQUARES = MOMENTS
SIZES = ("1920x1080", "3840x2160")
NETWORKS = ("balanced-kernels", "fast-kernels")
OBJECTIVE = {"styles_a_step": 4, "contents_a_style": 4, "crop_px": 240, "contents": 2000, "styles": 2000}
RATE, WARMUP_STEPS = 1e-3, 50
TINY = {"crop_px": 64, "fewest_lines": 72, "most_lines": 96, "contents": 4, "styles": 4}


def small_pictures(source: Path, budget: int) -> Iterator[tuple[str, bytes]]:
    """Pictures of a folder, reduced, in an order drawn from a fixed seed, until they fill the budget in bytes."""
    found = list(encoded_pictures(source))
    random.Random(1).shuffle(found)
    held = 0
    for name, data in found:
        with Image.open(io.BytesIO(data)) as opened:
            picture = opened.convert("RGB")
        scale = SHORTER_SIDE_PX / min(picture.size)
        if scale < 1:
            picture = picture.resize([round(side * scale) for side in picture.size], Image.Resampling.LANCZOS)
        encoded = io.BytesIO()
        picture.save(encoded, "WEBP", quality=QUALITY)
        held += encoded.tell()
        if held > budget:
            return
        yield name, encoded.getvalue()


def pack(folder: Path, content: Path, style: Path, budget_mib: float) -> None:
    """Writes the pack: a half of the budget for either kind of pictures, and VGG-19 beside them."""
    for name, source in (("content", content), ("style", style)):
        pack_pictures(small_pictures(source, int(budget_mib * MIB / 2)), folder / name)
    wanted = VGG19(last="relu4_1").state_dict()
    held = load_file(weights.path_of("vgg19"))
    save_file({name: held[name].half() for name in wanted}, folder / "vgg19.safetensors")
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {total / MIB:.1f} MiB")


def run_command(command: list[str], log: Path) -> int:
    """Runs a command of this repository, its output shown and kept; gives back its exit code."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        child = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
        assert child.stdout is not None
        for line in child.stdout:
            print(line, end="", flush=True)
            file.write(line)
        return child.wait()


def files_of_tests() -> list[str]:
    """The files that hold tests for a GPU; others would be imported too, and need packages that are not there."""
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "tests").rglob("test_*.py"))
            if any(words in path.read_text(encoding="utf-8") for words in ("pytest.mark.gpu", "from gpus import"))]


def run_tests(out: Path) -> int:
    """The tests that need a GPU; a warning of a library that is newer or older there is told and fails none."""
    return run_command(["-m", "pytest", "-m", "gpu", "-q", "-W", "default", "-p", "no:cacheprovider", "--durations=8",
                        *files_of_tests()], out / "tests.txt")


def run_bench(out: Path, device: str, sizes: list[str]) -> int:
    """The speeds of both networks, alone and end to end, at every size."""
    options = [part for size in sizes for part in ("--size", size)]
    models = ["-m", "balanced", "-m", "fast"]
    return run_command(["-m", "allaprima", "bench", *models, *options, "--device", device], out / "bench.txt")


def run_training(folder: Path, out: Path, network: str, minutes: float, leg: float, resume: Path | None, device: str,
                 tiny: bool) -> int:
    """One leg of teaching a network's styles to mix kernels: from nothing, or from where the leg before stopped.

    minutes: planned for all legs together; the rate falls over these. The checkpoint that the next leg needs, the
    kernels so far and a sheet are left right in ``out``.
    """
    run = out / "run"
    if resume is not None:
        unpack(resume, run)
    base = {base_of(network): weights.path_of(base_of(network))}
    sources = Sources(folder / "content", folder / "style", folder / "vgg19.safetensors",
                      weights.path_of("style-encoder"), start=base)
    schedule = Schedule(seconds=60 * minutes, leg_seconds=60 * leg, rate=RATE, warmup_steps=WARMUP_STEPS, seed=51,
                        checkpoint_seconds=120)
    recipe = Recipe((network,), changed(MixingObjective(), TINY if tiny else OBJECTIVE), schedule, sources)
    outcome = train(recipe, run, torch.device(device), lambda progress: print(progress, flush=True), print,
                    compiled=device == "cuda")
    gather(run, out, network)
    print("done" if outcome.done else "this leg is over: carry its files back and go on with --resume")
    return 0


def gather(run: Path, out: Path, network: str) -> None:
    """What must come back of a leg, eight files under 16 MiB and 60 MiB together: the newest checkpoint, the kernels
    so far, the last sheet, and one archive of all that is small.

    Of the checkpoint the network and its gradients' squares are carried, in half precision: enough to go on from,
    though not to the bit. The average begins anew at the network.
    """
    tensors, state = read_checkpoint(checkpoints_in(run)[-1])
    carried = {name: tensor.to(torch.bfloat16 if f"/{SQUARES}." in name else torch.float16)
               for name, tensor in tensors.items() if f"/{NETWORK}." in name or f"/{SQUARES}." in name}
    for index, shard in enumerate(shards_of(carried, SHARD_BYTES)):
        save_file(shard, out / f"{CARRIED}-{index}.safetensors")
    with ZipFile(out / SMALL, "w", ZIP_DEFLATED) as archive:
        archive.writestr(STATE, json.dumps(state))
        for name in (LOG, RECIPE):
            archive.write(run / name, name)
    shutil.copy(run / f"{network}.safetensors", out)
    if sheets := sorted(run.glob(f"sheet-{network}-*.png")):
        with Image.open(sheets[-1]) as sheet:
            sheet.convert("RGB").save(out / f"sheet-{network}.jpg", quality=85)


def unpack(gathered: Path, run: Path) -> None:
    """Puts back what ``gather`` took out of a run."""
    run.mkdir(parents=True, exist_ok=True)
    held: dict[str, torch.Tensor] = {}
    for path in sorted(gathered.glob(f"{CARRIED}-*.safetensors")):
        held |= {name: tensor.float() for name, tensor in load_file(path).items()}
    for name in [name for name in held if f"/{NETWORK}." in name]:
        held[name.replace(f"/{NETWORK}.", f"/{AVERAGE}.")] = held[name].clone()
    for name in [name for name in held if f"/{SQUARES}." in name]:
        held[name.replace(f"/{SQUARES}.", f"/{MEANS}.")] = torch.zeros_like(held[name])
    with ZipFile(gathered / SMALL) as archive:
        for name in (LOG, RECIPE):
            (run / name).write_bytes(archive.read(name))
        write_checkpoint(run, held, json.loads(archive.read(STATE)))


def main() -> int:
    """Does what is asked; the exit code is that of the command inside."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pack", "tests", "bench", "train"))
    parser.add_argument("folder", nargs="?", type=Path, help="the pack")
    parser.add_argument("--content", type=Path, help="photographs, to pack")
    parser.add_argument("--style", type=Path, help="paintings, to pack")
    parser.add_argument("--budget", type=float, default=20.0, help="MiB of pictures in the pack")
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--network", choices=NETWORKS, default=NETWORKS[0], help="to train")
    parser.add_argument("--minutes", type=float, default=8.0, help="of training, all legs together")
    parser.add_argument("--leg", type=float, default=8.0, help="minutes of this leg")
    parser.add_argument("--resume", type=Path, help="what the leg before left")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--size", action="append", help=f"to measure; default: {' and '.join(SIZES)}")
    parser.add_argument("--tiny", action="store_true", help="a rehearsal: tiny batches")
    given = parser.parse_args()
    if given.what in ("pack", "train") and given.folder is None:
        parser.error("name the pack's folder")
    given.out.mkdir(parents=True, exist_ok=True)
    if given.what == "pack":
        pack(given.folder, given.content, given.style, given.budget)
        return 0
    if given.what == "tests":
        return run_tests(given.out)
    if given.what == "bench":
        return run_bench(given.out, given.device, given.size or list(SIZES))
    return run_training(given.folder, given.out, given.network, given.minutes, given.leg, given.resume, given.device,
                        given.tiny)


if __name__ == "__main__":
    raise SystemExit(main())
