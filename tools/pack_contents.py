"""Make weights/contents.pack.safetensors again: the pictures that `allaprima fit` learns from where it is given none.

`python tools/pack_contents.py [--to weights/contents.pack.safetensors]`

Whole pictures and parts of them, all reduced to 400 lines, the height at which pictures are painted: far and near,
faces, fur, leaves, water, buildings, plain skies and walls, drawn film; a third of them also in other colours. Public
domain, CC0 and CC BY; `NOTICE` has the credits.
"""

import argparse
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
from PIL import Image, ImageEnhance, ImageOps

from allaprima.packs import pack_pictures
from sources import ASTRONAUT, MOUNTAINS, PAGODA, PackageFile, fetch

ROOT = Path(__file__).parents[1]
LINES, WIDEST, QUALITY = 400, 1.5, 82


def of_scikit_image(name: str, sha256: str) -> PackageFile:
    return PackageFile("pip-wheel", "scikit-image", "0.26.0", (f"skimage/data/{name}",), sha256)


def of_wallpapers(name: str, sha256: str) -> PackageFile:
    return PackageFile("apt", "lomiri-wallpapers-16.04", "20.04.0-2", (f"./usr/share/backgrounds/{name}",), sha256)


# A picture, and the parts of it that are taken: left, top and height, in shares of the whole.
Part = tuple[float, float, float]
WHOLE: Part = (0.0, 0.0, 1.0)
PHOTOS: dict[str, tuple[PackageFile, tuple[Part, ...]]] = {
    "astronaut": (ASTRONAUT, (WHOLE, (0.2, 0.0, 0.5), (0.4, 0.45, 0.55))),
    "mountains": (MOUNTAINS, (WHOLE, (0.1, 0.05, 0.45), (0.45, 0.1, 0.45), (0.2, 0.5, 0.5))),
    "pagoda": (PAGODA, (WHOLE, (0.15, 0.0, 0.65), (0.0, 0.4, 0.6))),
    "cat": (of_scikit_image(
        "chelsea.png",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb"),
        (WHOLE, (0.1, 0.2, 0.6))),
    "coffee": (of_scikit_image(
        "coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7"),
        (WHOLE, (0.4, 0.1, 0.6))),
    "rocket": (of_scikit_image(
        "rocket.jpg",
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c"),
        (WHOLE, (0.3, 0.3, 0.6))),
    "fig": (of_wallpapers(
        "Picture_0B_by_freespace.jpg",
        "c8c0ab18e48d9e0419fe42881112137f3afafc27dfddc29ec3a6d54c56d225ad"),
        (WHOLE, (0.3, 0.3, 0.5))),
    "brushes": (of_wallpapers(
        "Picture_1A_by_freespace.jpg",
        "89e86af38d04daaef975665dc2127e9fa76f0fd68f4eea105a2d0ae3390b010b"),
        (WHOLE, (0.1, 0.4, 0.5))),
    "drum": (of_wallpapers(
        "Wine_by_Jakkub_Mede.jpg",
        "d2e96e6d4da40dd804b3d0ce295e94de04a2d7d9b6785d42cd9d92ba58bced74"),
        ((0.0, 0.05, 0.5), (0.0, 0.45, 0.5))),
    "meadow": (of_wallpapers(
        "aitzgorri_by_Aitzol_Berasategi.jpg",
        "66268e7b48f8854d36a28765fac6e23ec1aee251daa6da1f64715f201020ad36"),
        (WHOLE, (0.1, 0.1, 0.5), (0.5, 0.4, 0.5))),
    "dogs": (of_wallpapers(
        "friends_by_Aitzol_Berasategi.jpg",
        "cc40e313c74e421edffe3403def413c16878ce14661cce7ec5915baeab35538d"),
        ((0.0, 0.1, 0.55), (0.25, 0.2, 0.28))),
    "stream": (of_wallpapers(
        "life_by_Aitzol_Berasategi.jpg",
        "4c119350ead80201fe256850c3d316309ddfb4bdf10b235ce982dcde0c667c05"),
        (WHOLE, (0.3, 0.3, 0.5))),
    "dandelion": (of_wallpapers(
        "seeding_by_Clements_Engelhardt.jpg",
        "a5634d1ab5e41a3568e92d4a894a500c92b891f9ff734e50bd224d6e185a605f"),
        (WHOLE, (0.1, 0.0, 0.6))),
    "sunset": (of_wallpapers(
        "sunset_by_Aitzol_Berasategi.jpg",
        "474dab6a4b9f94dc76c29dfe30e9f5db4af0fd2e33fe5d695f8152b371efca18"),
        (WHOLE, (0.0, 0.0, 0.5), (0.5, 0.5, 0.5))),
    "gradient": (of_wallpapers(
        "umang_by_Abhishek_Mudgal.jpg",
        "bfb425545e77e9f0eb1b037b607fc9ed4a446f3b0f04aa2879be3556073c57ef"),
        (WHOLE,)),
    "dahlia": (PackageFile("pip-wheel", "scikit-learn", "1.9.1", ("sklearn/datasets/images/flower.jpg",),
        "a77f6ec41e353afdf8bdff2ea981b2955535d8d83294f8cfa49cf4e423dd5638"),
        (WHOLE, (0.25, 0.1, 0.6))),
}
RECOLOURED = 3   # every so many of the pictures come in other colours too
FRAMES = (4, 60, 90, 118, 150, 200, 235)  # of the example clip


def reduced(picture: Image.Image, part: Part) -> Image.Image:
    """A part of a picture at LINES lines, at most WIDEST times as wide as high."""
    left, top, height = (share * side for share, side in zip(part, (picture.width, picture.height, picture.height),
                                                             strict=True))
    width = min(WIDEST * height, picture.width - left)
    height = min(height, 1.6 * width)
    box = (round(left), round(top), round(left + width), round(top + height))
    scale = LINES / min(width, height)
    size = (round(width * scale), round(height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, box=box)


def recoloured(picture: Image.Image, turn: int) -> Image.Image:
    """A picture mirrored, its channels changed over, brighter or darker: another scene to a network."""
    red, green, blue = ImageOps.mirror(picture).split()
    orders = ((green, blue, red), (blue, red, green), (green, red, blue), (blue, green, red))
    return ImageEnhance.Brightness(Image.merge("RGB", orders[turn % 4])).enhance((0.6, 1.25)[turn % 2])


def pictures(folder: Path) -> Iterator[tuple[str, Image.Image]]:
    """All pictures by name."""
    number = 0
    for name, (file, parts) in PHOTOS.items():
        with Image.open(fetch(file, folder)) as opened:
            photo = ImageOps.exif_transpose(opened).convert("RGB")
        for index, part in enumerate(parts):
            yield f"{name}-{index}", reduced(photo, part)
            if number % RECOLOURED == 0:
                yield f"{name}-{index}-recoloured", recoloured(reduced(photo, part), number // RECOLOURED)
            number += 1
    with av.open(str(ROOT / "examples/clip.mp4")) as film:
        for index, frame in enumerate(film.decode(video=0)):
            if index in FRAMES:
                yield f"clip-{index:03d}", reduced(frame.to_image(), WHOLE)


def encoded(picture: Image.Image) -> bytes:
    """A picture as WebP."""
    held = io.BytesIO()
    picture.save(held, "WEBP", quality=QUALITY, method=6)
    return held.getvalue()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "weights" / "contents.pack.safetensors")
    parser.add_argument("--sources", type=Path, help="a folder where fetched packages are kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        made = [(f"{name}.webp", encoded(picture)) for name, picture in pictures(given.sources or Path(temporary))]
        (packed,) = pack_pictures(made, Path(temporary) / "packed")
        given.to.write_bytes(packed.read_bytes())
    print(f"{len(made)} pictures, {given.to.stat().st_size} bytes: {given.to}")
